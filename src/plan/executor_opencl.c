/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The OpenCL executor: ops become steps once, and a run enqueues them. */
#include <stdlib.h>

#include "base/status.h"
#include "plan/plan.h"

static enum nncl_status prepare_op(
    struct nncl_plan *plan, struct op_site *site, const struct op *op)
{
    struct buffer *buffers[OP_MAX_TENSORS];
    for (unsigned i = 0; i < op_tensor_count(op->type); i++)
        buffers[i] = plan->buffers[op->tensor[i]];
    site->op = op;
    site->buffers = buffers;
    size_t before = site->step_count;
    enum nncl_status status = op->type->prepare(site);
    site->buffers = NULL;
    if (status == NNCL_OK)
        status = plan_describe(plan, op, site->steps + before, site->step_count - before);
    return status;
}

enum nncl_status plan_prepare_opencl(struct nncl_plan *plan, const char *gemm)
{
    struct op_site site = {.device = plan->device,
        .list = plan->list,
        .tensors = plan->buffers,
        .gemm = gemm ? gemm : "auto"};
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < plan->list->op_count && status == NNCL_OK; i++)
        status = prepare_op(plan, &site, &plan->list->ops[i]);
    plan->steps = site.steps;
    plan->step_count = site.step_count;
    return status;
}

enum nncl_status plan_run_opencl(struct nncl_plan *plan)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        enum nncl_status status = step_enqueue(&plan->steps[i]);
        if (status != NNCL_OK)
            return status;
    }
    return NNCL_OK;
}

enum nncl_status plan_run_singly(struct nncl_plan *plan, bool (*done)(void *user), void *user)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < plan->step_count; i++) {
        TRY(step_enqueue(&plan->steps[i]));
        TRY(nncl_device_finish(plan->device));
        if (!done(user))
            TRY(nncl_fail(NNCL_INTERRUPTED, "interrupted while kernels were built"));
    }
out:
    return status;
}
