/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Running a case's list on one device, every tensor between guards. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "check/run.h"
#include "plan/pipeline.h"

enum { GUARD = 256, MIN_ALIGNMENT = 64 }; /* bytes */

/* What guards and outputs hold before running: NaNs, so that an element left out shows. Two kinds,
 * so that what is copied from a guard of the inputs to one of the outputs shows too. */
enum pattern { INPUT_SIDE, OUTPUT_SIDE };

static uint8_t pattern_byte(enum pattern pattern, size_t offset)
{
    static const uint8_t nans[2][4] = {{0xa5, 0xa5, 0xc0, 0x7f}, {0x5a, 0x5a, 0xd0, 0x7f}};
    return nans[pattern][offset % 4];
}

static void fill(enum pattern pattern, uint8_t *bytes, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        bytes[i] = pattern_byte(pattern, i);
}

static size_t tensor_bytes(const struct nncl_op_list *list, nncl_tensor_id id)
{
    const struct op_tensor *tensor = &list->tensors[id];
    return nncl_shape_elements(&tensor->shape) * nncl_type_size(tensor->type);
}

static size_t align(size_t offset, size_t alignment)
{
    return (offset + alignment - 1) / alignment * alignment;
}

/* Where the declared tensors stand in the arena; returns its size. */
static size_t lay_out(struct execution *e)
{
    size_t alignment = e->device->info.base_alignment;
    if (alignment < MIN_ALIGNMENT)
        alignment = MIN_ALIGNMENT;
    size_t end = 0;
    for (size_t i = 0; i < e->c->input_count; i++) {
        e->offsets[i] = align(end + GUARD, alignment);
        end = e->offsets[i] + tensor_bytes(e->c->list, e->c->inputs[i].id);
    }
    return align(end + GUARD, MIN_ALIGNMENT);
}

static void copy_input(uint8_t *to, const struct op_tensor *tensor, const void *from, bool absolute)
{
    size_t elements = nncl_shape_elements(&tensor->shape);
    memcpy(to, from, elements * nncl_type_size(tensor->type));
    if (!absolute || tensor->type != NNCL_FLOAT32)
        return;
    for (size_t i = 0; i < elements; i++) {
        float value = fabsf(((const float *)from)[i]);
        memcpy(to + i * sizeof value, &value, sizeof value);
    }
}

static enum nncl_status make_tensors(struct execution *e, bool absolute)
{
    const struct check_case *c = e->c;
    e->offsets = calloc(c->input_count + 1, sizeof *e->offsets);
    e->tensors = calloc(c->input_count + 1, sizeof *e->tensors);
    if (!e->offsets || !e->tensors)
        return nncl_fail_memory("a check", c->input_count * sizeof *e->tensors);
    size_t bytes = lay_out(e);
    e->before = malloc(bytes);
    e->after = malloc(bytes);
    if (!e->before || !e->after)
        return nncl_fail_memory("a check", bytes);
    fill(INPUT_SIDE, e->before, 0, bytes);
    enum nncl_status status = buffer_create(e->device, bytes, &e->arena);
    for (size_t i = 0; i < c->input_count && status == NNCL_OK; i++) {
        nncl_tensor_id id = c->inputs[i].id;
        const struct op_tensor *declared = &c->list->tensors[id];
        copy_input(e->before + e->offsets[i], declared, c->inputs[i].values, absolute);
        e->tensors[i] = (struct nncl_tensor){.type = declared->type, .shape = declared->shape};
        status =
            buffer_slice(e->arena, e->offsets[i], tensor_bytes(c->list, id), &e->tensors[i].buffer);
    }
    return status;
}

static enum nncl_status make_plan(struct execution *e)
{
    struct plan_settings settings = {.gemm = e->c->checker->gemm,
        .keep_all = !e->c->fused,
        .guard_bytes = GUARD,
        .pipelined = e->c->steps > 0};
    struct nncl_binding bindings[CASE_TENSORS];
    for (size_t i = 0; i < e->c->input_count; i++)
        bindings[i] = (struct nncl_binding){e->c->inputs[i].id, &e->tensors[i]};
    enum nncl_status status =
        plan_create(e->device, e->c->list, bindings, e->c->input_count, &settings, &e->plan);
    if (status == NNCL_OK && !e->plan) { /* it cannot be pipelined here */
        settings.pipelined = false;
        status =
            plan_create(e->device, e->c->list, bindings, e->c->input_count, &settings, &e->plan);
    }
    if (status != NNCL_OK)
        return status;
    e->inner = malloc(e->plan->arena_bytes + 1);
    return e->inner ? NNCL_OK : nncl_fail_memory("a check", e->plan->arena_bytes);
}

static enum nncl_status run_plan(struct execution *e)
{
    const uint32_t runs = e->c->steps ? e->c->steps : 1;
    enum nncl_status status = NNCL_OK;
    if (e->plan->round.count)
        return pipeline_run(e->plan, e->c->steps);
    for (uint32_t i = 0; i < runs && status == NNCL_OK; i++)
        status = nncl_plan_run(e->plan);
    return status;
}

/* Covers what may differ from run to run. */
static void cover_scratch(const struct execution *e, uint8_t *inner)
{
    const struct nncl_plan *plan = e->plan;
    for (size_t id = 0; id < plan->list->tensor_count; id++)
        if (plan->placements[id].placed && plan->list->tensors[id].scratch)
            fill(OUTPUT_SIDE, inner, plan->placements[id].offset,
                tensor_bytes(plan->list, (nncl_tensor_id)id));
}

/* One run from the same start; `inner` is the plan's arena, before and after. */
static enum nncl_status run_once(struct execution *e, uint8_t *after, uint8_t *inner)
{
    enum nncl_status status;
    size_t inner_bytes = e->plan->arena_bytes;
    fill(OUTPUT_SIDE, inner, 0, inner_bytes);
    TRY(buffer_write(e->arena, 0, e->before, e->arena->bytes));
    if (inner_bytes)
        TRY(buffer_write(e->plan->arena, 0, inner, inner_bytes));
    TRY(run_plan(e));
    TRY(buffer_read(e->arena, 0, after, e->arena->bytes));
    if (inner_bytes)
        TRY(buffer_read(e->plan->arena, 0, inner, inner_bytes));
    cover_scratch(e, inner);
out:
    return status;
}

/* Runs once more and holds the bytes against the first run's. */
static enum nncl_status run_again(struct execution *e)
{
    enum nncl_status status = NNCL_OK;
    size_t bytes = e->arena->bytes, inner_bytes = e->plan->arena_bytes;
    uint8_t *after = malloc(bytes), *inner = malloc(inner_bytes + 1);
    if (!after || !inner)
        TRY(nncl_fail_memory("a check", bytes + inner_bytes));
    TRY(run_once(e, after, inner));
    if (memcmp(after, e->after, bytes) != 0 || memcmp(inner, e->inner, inner_bytes) != 0)
        e->deterministic = false;
out:
    free(after);
    free(inner);
    return status;
}

enum nncl_status execution_run(struct execution *e, const struct check_case *c,
    struct nncl_device *device, unsigned runs, bool absolute)
{
    *e = (struct execution){.c = c, .device = device, .deterministic = true};
    enum nncl_status status = make_tensors(e, absolute);
    if (status == NNCL_OK)
        status = make_plan(e);
    if (status == NNCL_OK && runs > 0)
        status = run_once(e, e->after, e->inner);
    for (unsigned run = 1; run < runs && status == NNCL_OK; run++)
        status = run_again(e);
    return status;
}

void execution_free(struct execution *e)
{
    nncl_error_hold();
    if (e->plan)
        (void)nncl_device_finish(e->device);
    nncl_error_restore();
    nncl_plan_free(&e->plan);
    for (size_t i = 0; e->tensors && i < e->c->input_count; i++)
        buffer_free(&e->tensors[i].buffer);
    buffer_free(&e->arena);
    free(e->tensors);
    free(e->offsets);
    free(e->before);
    free(e->after);
    free(e->inner);
    *e = (struct execution){0};
}

/* The place of a declared tensor among the inputs. */
static size_t input_index(const struct execution *e, nncl_tensor_id id)
{
    size_t i = 0;
    while (i + 1 < e->c->input_count && e->c->inputs[i].id != id)
        i++;
    return i;
}

const void *execution_after(const struct execution *e, nncl_tensor_id id)
{
    if (e->plan->placements[id].placed)
        return e->inner + e->plan->placements[id].offset;
    return e->after + e->offsets[input_index(e, id)];
}

const void *execution_before(const struct execution *e, nncl_tensor_id id)
{
    return e->c->list->tensors[id].declared ? e->before + e->offsets[input_index(e, id)] : NULL;
}

static bool is_updated(const struct check_case *c, nncl_tensor_id id)
{
    for (size_t i = 0; i < c->list->op_count; i++) {
        const struct op_type *type = c->list->ops[i].type;
        for (unsigned j = type->inputs; j < type->inputs + type->updates; j++)
            if (c->list->ops[i].tensor[j] == id)
                return true;
    }
    return false;
}

static bool inputs_intact(const struct execution *e)
{
    size_t end = 0;
    for (size_t i = 0; i < e->c->input_count; i++) {
        nncl_tensor_id id = e->c->inputs[i].id;
        size_t next = e->offsets[i] + tensor_bytes(e->c->list, id);
        size_t skipped = is_updated(e->c, id) ? next : e->offsets[i];
        if (memcmp(e->before + end, e->after + end, e->offsets[i] - end) != 0 ||
            memcmp(e->before + skipped, e->after + skipped, next - skipped) != 0)
            return false;
        end = next;
    }
    return memcmp(e->before + end, e->after + end, e->arena->bytes - end) == 0;
}

static bool outputs_guarded(const struct execution *e)
{
    size_t bytes = e->plan->arena_bytes;
    uint8_t *guards = malloc(bytes + 1);
    if (!guards)
        return false;
    memcpy(guards, e->inner, bytes); /* outputs are covered, so that only guards are left */
    for (size_t id = 0; id < e->plan->list->tensor_count; id++)
        if (e->plan->placements[id].placed)
            fill(OUTPUT_SIDE, guards, e->plan->placements[id].offset,
                tensor_bytes(e->plan->list, (nncl_tensor_id)id));
    size_t i = 0;
    while (i < bytes && guards[i] == pattern_byte(OUTPUT_SIDE, i))
        i++;
    free(guards);
    return i == bytes;
}

bool execution_intact(const struct execution *e, char *text, size_t size)
{
    bool inputs = inputs_intact(e), outputs = outputs_guarded(e);
    if (!inputs)
        snprintf(text, size, "an input, or memory beside an input, was written to");
    else if (!outputs)
        snprintf(text, size, "memory beside an output was written to");
    return inputs && outputs;
}
