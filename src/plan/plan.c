/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Making, running and reading plans, whatever the device. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/record.h"
#include "gemm/gemm.h"
#include "plan/pipeline.h"

/* Copies the list for the plan; names stay behind. */
static enum nncl_status copy_list(const struct nncl_op_list *list, struct nncl_op_list **copy)
{
    enum nncl_status status = nncl_op_list_create(copy);
    if (status != NNCL_OK)
        return status;
    struct nncl_op_list *new = *copy;
    new->tensors = calloc(list->tensor_count + PIPELINE_TENSORS, sizeof *new->tensors);
    new->ops = calloc(list->op_count + 1, sizeof *new->ops);
    if (!new->tensors || !new->ops)
        return nncl_fail_memory("a plan's ops", list->op_count * sizeof *new->ops);
    for (size_t i = 0; i < list->tensor_count; i++) {
        new->tensors[i] = list->tensors[i];
        new->tensors[i].name = NULL;
    }
    if (list->op_count)
        memcpy(new->ops, list->ops, list->op_count * sizeof *new->ops);
    new->tensor_count = list->tensor_count;
    new->op_count = list->op_count;
    return NNCL_OK;
}

static bool same_shape(const struct nncl_shape *a, const struct nncl_shape *b)
{
    return a->rank == b->rank && memcmp(a->size, b->size, a->rank * sizeof a->size[0]) == 0;
}

static enum nncl_status bind(struct nncl_plan *plan, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        nncl_tensor_id id = bindings[i].id;
        const struct nncl_tensor *tensor = bindings[i].tensor;
        if (id >= list->tensor_count || !list->tensors[id].declared)
            return nncl_fail(NNCL_USAGE,
                "a plan cannot bind tensor %u: the op list declares none "
                "of that number",
                id);
        const struct op_tensor *declared = &list->tensors[id];
        if (!tensor)
            return nncl_fail(NNCL_USAGE, "no tensor is given for %s", declared->name);
        if (tensor->type != declared->type || !same_shape(&tensor->shape, &declared->shape))
            return nncl_fail(NNCL_USAGE,
                "the tensor bound to %s has another type or shape than declared", declared->name);
        if (tensor->buffer->device != plan->device)
            return nncl_fail(
                NNCL_USAGE, "the tensor bound to %s is on another device", declared->name);
        plan->buffers[id] = tensor->buffer;
    }
    for (size_t i = 0; i < list->op_count; i++)
        for (unsigned j = 0; j < op_tensor_count(list->ops[i].type); j++) {
            nncl_tensor_id id = list->ops[i].tensor[j];
            if (list->tensors[id].declared && !plan->buffers[id])
                return nncl_fail(
                    NNCL_USAGE, "the plan needs a tensor bound to %s", list->tensors[id].name);
        }
    return NNCL_OK;
}

static enum nncl_status allocate(struct nncl_plan *plan, const struct plan_settings *settings)
{
    size_t alignment = plan->device->info.base_alignment;
    enum nncl_status status = plan_layout(plan->list, settings, alignment > 64 ? alignment : 64,
        plan->placements, &plan->arena_bytes);
    if (status != NNCL_OK || plan->arena_bytes == 0)
        return status;
    status = settings->shared ? buffer_create_shared(plan->device, plan->arena_bytes, &plan->arena)
                              : buffer_create(plan->device, plan->arena_bytes, &plan->arena);
    for (size_t i = 0; i < plan->list->tensor_count && status == NNCL_OK; i++) {
        const struct op_tensor *tensor = &plan->list->tensors[i];
        if (plan->placements[i].placed)
            status = buffer_slice(plan->arena, plan->placements[i].offset,
                nncl_shape_elements(&tensor->shape) * nncl_type_size(tensor->type),
                &plan->buffers[i]);
    }
    return status;
}

enum nncl_status plan_create(struct nncl_device *device, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count, const struct plan_settings *settings,
    struct nncl_plan **plan)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_plan *new = calloc(1, sizeof *new);
    if (!new)
        return nncl_fail_memory("a plan", sizeof *new);
    new->device = device;
    const uint64_t before = device->allocated;
    *plan = NULL;
    if (settings->gemm)
        TRY(gemm_check_name(settings->gemm));
    TRY(copy_list(list, &new->list));
    const size_t tensors = list->tensor_count + PIPELINE_TENSORS;
    new->placements = calloc(tensors, sizeof *new->placements);
    new->buffers = calloc(tensors, sizeof(struct buffer *));
    if (!new->placements || !new->buffers)
        TRY(nncl_fail_memory("a plan", tensors * sizeof *new->placements));
    TRY(bind(new, list, bindings, count));
    if (!device_is_host(device) && !settings->keep_all)
        TRY(plan_fuse(new->list, device, settings->gemm));
    if (settings->pipelined)
        TRY(pipeline_list(new->list, device, &new->round));
    if (settings->pipelined && new->round.count == 0)
        goto out;
    TRY(allocate(new, settings));
    TRY(device_is_host(device) ? plan_prepare_ref(new) : plan_prepare_opencl(new, settings->gemm));
    new->workspace_bytes = device->allocated - before - new->arena_bytes;
    *plan = new;
    new = NULL;
out:
    nncl_plan_free(&new);
    return status;
}

enum nncl_status nncl_plan_create(struct nncl_device *device, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count, const struct nncl_plan_options *options,
    struct nncl_plan **plan)
{
    const struct plan_settings settings = {.gemm = options ? options->gemm : NULL};
    return plan_create(device, list, bindings, count, &settings, plan);
}

void nncl_plan_free(struct nncl_plan **plan)
{
    struct nncl_plan *old = *plan;
    if (!old)
        return;
    nncl_error_hold();
    (void)record_harvest(old->device, true); /* what is recorded points into the plan */
    nncl_error_restore();
    for (size_t i = 0; i < old->step_count; i++)
        step_clear(&old->steps[i]);
    free(old->steps);
    for (size_t i = 0; i < old->launch_count; i++)
        free(old->launches[i]);
    free(old->launches);
    if (old->buffers && old->placements)
        for (size_t i = 0; i < old->list->tensor_count; i++)
            if (old->placements[i].placed)
                buffer_free(&old->buffers[i]);
    buffer_free(&old->arena);
    free(old->buffers);
    free(old->placements);
    nncl_op_list_free(&old->list);
    free(old);
    *plan = NULL;
}

enum nncl_status nncl_plan_run(struct nncl_plan *plan)
{
    return device_is_host(plan->device) ? plan_run_ref(plan) : plan_run_opencl(plan);
}

enum nncl_status nncl_plan_read(struct nncl_plan *plan, nncl_tensor_id id, void *values)
{
    if (id >= plan->list->tensor_count || !plan->placements[id].placed)
        return nncl_fail(NNCL_USAGE, "tensor %u does not live inside the plan", id);
    return buffer_read(plan->buffers[id], 0, values, plan->buffers[id]->bytes);
}
