/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Adding steps where an op is prepared for a device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "ops/op.h"

enum nncl_status op_step(struct op_site *site, struct step **step)
{
    if (site->step_count == site->step_capacity) {
        size_t capacity = 2 * site->step_capacity + 8;
        struct step *larger = realloc(site->steps, capacity * sizeof *larger);
        if (!larger)
            return nncl_fail_memory("the steps of a plan", capacity * sizeof *larger);
        site->steps = larger;
        site->step_capacity = capacity;
    }
    *step = &site->steps[site->step_count++];
    memset(*step, 0, sizeof **step);
    return NNCL_OK;
}

enum nncl_status op_launch(struct op_site *site, const struct step_launch *launch,
    const struct step_argument *arguments, size_t count)
{
    struct step *step = NULL;
    enum nncl_status status = op_step(site, &step);
    if (status == NNCL_OK)
        status = step_launch(site->device, launch, arguments, count, step);
    return status;
}

void op_tail(const struct op_site *site, struct op_tail *tail)
{
    const struct op *last = site->op;
    memset(tail, 0, sizeof *tail);
    for (unsigned i = 0; i < site->op->folded_count; i++) {
        last = &site->op->folded[i];
        size_t used = strlen(tail->options);
        snprintf(tail->options + used, sizeof tail->options - used, " -DEPILOGUE_%u=%s", i,
            last->type->epilogue->prefix);
        tail->count +=
            last->type->epilogue->arguments(last, site->tensors, tail->arguments + tail->count);
    }
    if (last->type->outputs)
        tail->result = site->tensors[last->tensor[op_tensor_count(last->type) - 1]];
}

enum nncl_status op_tail_of_all(const struct op_site *site, struct op_tail *tail)
{
    struct op parts[OP_MAX_FOLDED], whole = *site->op;
    struct op_site all = *site;
    if (site->op->folded_count >= OP_MAX_FOLDED)
        return nncl_fail(NNCL_FAILED, "%s: too much is folded into it", site->op->type->name);
    parts[0] = *site->op;
    for (unsigned i = 0; i < site->op->folded_count; i++)
        parts[1 + i] = site->op->folded[i];
    whole.folded = parts;
    whole.folded_count = 1 + site->op->folded_count;
    all.op = &whole;
    op_tail(&all, tail);
    return NNCL_OK;
}

bool op_always_takes_epilogues(const struct nncl_device *device, const char *gemm,
    const struct nncl_op_list *list, const struct op *op)
{
    (void)device, (void)gemm, (void)list, (void)op;
    return true;
}
