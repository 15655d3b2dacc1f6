/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two tensors added up by weights. */
#include <math.h>

#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { ELEMENT_COST = 4 };

static const struct nncl_combine *settings(const struct op *op)
{
    return (const struct nncl_combine *)op->attributes;
}

static enum nncl_status combine_prepare(struct op_site *site)
{
    const struct nncl_combine *combine = settings(site->op);
    size_t n = op_elements(site->list, site->op, 0);
    struct spread spread = spread_columns(site->device, n, ELEMENT_COST);
    return spread_launch(site, "combine", "combine", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_FLOAT(combine->a_weight),
            ARG_FLOAT(combine->b_weight), ARG_SIZE(spread.span)));
}

static void combine_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct nncl_combine *combine = settings(op);
    ref_combine(op_elements(list, op, 0), combine->a_weight, combine->b_weight, arrays[0],
        arrays[1], arrays[2]);
}

static double combine_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 3 * (double)op_elements(list, op, 0);
}

static const struct op_type op_combine = {.name = "combine",
    .inputs = 2,
    .outputs = 1,
    .prepare = combine_prepare,
    .reference = combine_reference,
    .flop = combine_flop};

enum nncl_status nncl_op_combine(struct nncl_op_list *list, const struct nncl_combine *combine,
    nncl_tensor_id a, nncl_tensor_id b, nncl_tensor_id *y)
{
    const struct op_demand demands[] = {
        {a, "a", NNCL_FLOAT32, op_shape(list, a)}, {b, "b", NNCL_FLOAT32, op_shape(list, a)}};
    enum nncl_status status = op_demand(list, "combine", demands, 2);
    if (status != NNCL_OK)
        return status;
    if (!isfinite(combine->a_weight) || !isfinite(combine->b_weight))
        return nncl_fail(NNCL_USAGE, "combine: weights must be finite, not %g and %g",
            (double)combine->a_weight, (double)combine->b_weight);
    const nncl_tensor_id given[] = {a, b};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, a), y};
    return op_append(list, &op_combine, given, &output, combine, sizeof *combine);
}
