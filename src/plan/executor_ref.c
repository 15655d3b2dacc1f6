/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The reference executor: walks the list on the host. */
#include <nncl/program.h>

#include "device/record.h"
#include "plan/plan.h"

enum nncl_status plan_prepare_ref(struct nncl_plan *plan)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < plan->list->op_count && status == NNCL_OK; i++)
        status = plan_describe(plan, &plan->list->ops[i], NULL, 1);
    return status;
}

enum nncl_status plan_run_ref(struct nncl_plan *plan)
{
    const bool recorded = plan->device->recorder != NULL;
    for (size_t i = 0; i < plan->list->op_count; i++) {
        const struct op *op = &plan->list->ops[i];
        void *arrays[OP_MAX_TENSORS];
        for (unsigned j = 0; j < op_tensor_count(op->type); j++)
            arrays[j] = buffer_host(plan->buffers[op->tensor[j]]);
        double begin = recorded ? nncl_clock() : 0;
        op->type->reference(plan->list, op, arrays);
        if (recorded)
            record_host(plan->device, nncl_plan_launch(plan, i), begin, nncl_clock());
    }
    return NNCL_OK;
}
