/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the steps of a plan are, for whoever wants to see it. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "plan/plan.h"

/* "scale, bias, relu": the scale of rows that are bytes comes first, as it does in the formula. */
static void list_fused(const struct op *op, struct text *text)
{
    text_append(text, "%s", op->byte_scale != 0 ? "scale" : "");
    for (unsigned i = 0; i < op->folded_count; i++)
        text_append(text, "%s%s", text->size ? ", " : "", op->folded[i].type->name);
}

/* The description of an op's first step, without the step's own names. */
static enum nncl_status describe_op(
    const struct nncl_plan *plan, const struct op *op, struct plan_launch **made)
{
    struct text fused = {0};
    list_fused(op, &fused);
    struct plan_launch *new = fused.failed ? NULL : malloc(sizeof *new + fused.size + 1);
    if (new) {
        struct op_cost cost = op_cost(plan->list, op);
        memcpy(new->fused, fused.bytes, fused.size + 1);
        new->launch = (struct nncl_launch){.kernel = op->type->name,
            .provider = "ref",
            .op = op->type->name,
            .way = "",
            .fused = new->fused,
            .shape = op_extent(plan->list, op),
            .flop = cost.flop,
            .bytes = cost.bytes};
    }
    free(fused.bytes);
    *made = new;
    return new ? NNCL_OK : nncl_fail_memory("a plan's description", sizeof *new);
}

enum nncl_status plan_describe(
    struct nncl_plan *plan, const struct op *op, struct step *steps, size_t count)
{
    enum nncl_status status = NNCL_OK;
    size_t total = plan->launch_count + count;
    struct plan_launch **more = realloc(plan->launches, (total + 1) * sizeof *more);
    if (!more)
        return nncl_fail_memory("a plan's description", total * sizeof *more);
    plan->launches = more;
    size_t main_step = 0;
    while (steps && main_step + 1 < count && steps[main_step].beside)
        main_step++;
    for (size_t i = 0; i < count && status == NNCL_OK; i++) {
        struct plan_launch *made = NULL;
        TRY(describe_op(plan, op, &made));
        more[plan->launch_count++] = made;
        if (steps) {
            steps[i].launch = &made->launch;
            made->launch.kernel = steps[i].label;
            made->launch.provider = steps[i].provider ? steps[i].provider : "own";
            made->launch.way = steps[i].way ? steps[i].way : "";
        }
        if (i != main_step)
            made->launch.flop = made->launch.bytes = 0;
    }
out:
    return status;
}

size_t nncl_plan_launch_count(const struct nncl_plan *plan)
{
    return plan->round.count ? plan->round.count : plan->launch_count;
}

const struct nncl_launch *nncl_plan_launch(const struct nncl_plan *plan, size_t index)
{
    return &plan->launches[plan->round.first + index]->launch;
}
