/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Mixup: rows mixed with each other by random parts. */
#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { WEIGHT_COST = 160 }; /* a block of Philox and five elementary functions */

static const struct nncl_mixup *settings(const struct op *op)
{
    return (const struct nncl_mixup *)(const void *)op->attributes;
}

static enum nncl_status weights_prepare(struct op_site *site)
{
    const struct nncl_mixup *mixup = settings(site->op);
    const size_t n = op_size(site->list, site->op, 1, 0);
    struct spread spread = spread_elements(site->device, n, WEIGHT_COST);
    return spread_launch(site, "mixup", "mixup_weights", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_SIZE(n),
            ARG_UINT(mixup->seed), ARG_UINT(mixup->seed >> 32), ARG_FLOAT(mixup->alpha),
            ARG_SIZE(spread.span)));
}

static void weights_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_mixup_weights(op_size(list, op, 1, 0), settings(op), arrays[0], arrays[1]);
}

/* Logarithm, exponential twice, cosine, root, and six simple operations. */
static double weights_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 11 * (double)op_size(list, op, 1, 0);
}

static struct nncl_shape weights_extent(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->tensor[1]].shape;
}

static const struct op_type op_mixup_weights = {.name = "mixup_weights",
    .inputs = 1,
    .outputs = 1,
    .prepare = weights_prepare,
    .reference = weights_reference,
    .flop = weights_flop,
    .extent = weights_extent};

enum nncl_status nncl_op_mixup_weights(struct nncl_op_list *list, const struct nncl_mixup *mixup,
    size_t batch, nncl_tensor_id state, nncl_tensor_id *weights)
{
    enum nncl_status status;
    const struct op_demand demand = {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)};
    TRY(op_demand(list, "mixup_weights", &demand, 1));
    if (batch == 0 || !(mixup->alpha > 0 && mixup->alpha <= 1000))
        TRY(nncl_fail(NNCL_USAGE,
            "mixup_weights: alpha must be above 0 and at most 1000, not %g, and there must be a "
            "row",
            (double)mixup->alpha));
    const struct op_output output = {NNCL_FLOAT32, SHAPE(batch), weights};
    TRY(op_append(list, &op_mixup_weights, &state, &output, mixup, sizeof *mixup));
out:
    return status;
}

static enum nncl_status mixup_prepare(struct op_site *site)
{
    const size_t n = op_size(site->list, site->op, 0, 0), m = op_size(site->list, site->op, 0, 1);
    struct spread spread = spread_matrix(site->device, n, m);
    return spread_launch(site, "mixup", "mixup", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(m), ARG_SIZE(spread.rows),
            ARG_SIZE(spread.span)));
}

static void mixup_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_mixup(op_size(list, op, 0, 0), op_size(list, op, 0, 1), arrays[0], arrays[1], arrays[2]);
}

static double mixup_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 3 * (double)op_elements(list, op, 0);
}

static const struct op_type op_mixup = {.name = "mixup",
    .inputs = 2,
    .outputs = 1,
    .prepare = mixup_prepare,
    .reference = mixup_reference,
    .flop = mixup_flop};

enum nncl_status nncl_op_mixup(
    struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id weights, nncl_tensor_id *out)
{
    enum nncl_status status;
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {weights, "weights", NNCL_FLOAT32, SHAPE(op_shape(list, x).size[0])}};
    TRY(op_demand(list, "mixup", demands, 2));
    const nncl_tensor_id given[] = {x, weights};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), out};
    TRY(op_append(list, &op_mixup, given, &output, NULL, 0));
out:
    return status;
}
