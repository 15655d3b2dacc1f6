/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Finding where a computation first leaves the finite numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "plan/plan.h"

/* Whether a float tensor inside the plan has an element that is not finite. */
static enum nncl_status tensor_nonfinite(struct nncl_plan *plan, nncl_tensor_id id, bool *nonfinite)
{
    size_t bytes = plan->buffers[id]->bytes;
    float *values = malloc(bytes);
    if (!values)
        return nncl_fail_memory("a tensor", bytes);
    enum nncl_status status = nncl_plan_read(plan, id, values);
    *nonfinite = false;
    for (size_t i = 0; status == NNCL_OK && i < bytes / sizeof *values; i++)
        *nonfinite = *nonfinite || !isfinite(values[i]);
    free(values);
    return status;
}

enum nncl_status plan_find_nonfinite(struct nncl_device *device, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count, const struct nncl_plan_options *options,
    char name[PLAN_NAME_SIZE])
{
    enum nncl_status status = NNCL_OK;
    struct nncl_plan *plan = NULL;
    const struct plan_settings settings = {
        .gemm = options ? options->gemm : NULL, .keep_all = true};
    bool named = false;
    name[0] = 0;
    TRY(plan_create(device, list, bindings, count, &settings, &plan));
    TRY(nncl_plan_run(plan));
    /* A layer may consist of several ops, of which the last is named: unnamed tensors wait for it.
     */
    for (size_t i = 0; i < list->op_count && !named; i++) {
        const struct op *op = &list->ops[i];
        for (unsigned j = op->type->inputs + op->type->updates; j < op_tensor_count(op->type);
             j++) {
            const struct op_tensor *tensor = &list->tensors[op->tensor[j]];
            bool nonfinite = false;
            if (tensor->type == NNCL_FLOAT32)
                TRY(tensor_nonfinite(plan, op->tensor[j], &nonfinite));
            named = named || (nonfinite && tensor->name);
            if (nonfinite && (tensor->name || !name[0]))
                snprintf(name, PLAN_NAME_SIZE, "%s", tensor->name ? tensor->name : op->type->name);
        }
    }
out:
    nncl_error_hold();
    if (plan)
        (void)nncl_device_finish(device);
    nncl_error_restore();
    nncl_plan_free(&plan);
    return status;
}
