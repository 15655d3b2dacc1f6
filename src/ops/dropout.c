/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Dropout. */
#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { BLOCK_COST = 64 }; /* ten rounds of Philox by vectors and four elements */

static const struct nncl_dropout *settings(const struct op *op)
{
    return (const struct nncl_dropout *)op->attributes;
}

static enum nncl_status dropout_prepare(struct op_site *site)
{
    const struct nncl_dropout *dropout = settings(site->op);
    size_t n = op_elements(site->list, site->op, 0), blocks = (n + 63) / 64 * 16;
    struct spread spread = spread_columns(site->device, blocks, BLOCK_COST);
    spread.count = n; /* which kernels must be able to count */
    return spread_launch(site, "dropout", "dropout", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_UINT(dropout->seed),
            ARG_UINT(dropout->seed >> 32), ARG_UINT(dropout->layer),
            ARG_UINT(ref_dropout_threshold(dropout->rate)), ARG_FLOAT(1 / (1 - dropout->rate)),
            ARG_SIZE(blocks), ARG_SIZE(spread.span)));
}

static void dropout_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct nncl_dropout *dropout = settings(op);
    ref_dropout(op_elements(list, op, 0), dropout->rate, dropout->seed, dropout->layer, arrays[0],
        arrays[1], arrays[2]);
}

static double dropout_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 0);
}

static const struct op_type op_dropout = {.name = "dropout",
    .inputs = 2,
    .outputs = 1,
    .prepare = dropout_prepare,
    .reference = dropout_reference,
    .flop = dropout_flop};

enum nncl_status nncl_op_dropout(struct nncl_op_list *list, const struct nncl_dropout *dropout,
    nncl_tensor_id x, nncl_tensor_id state, nncl_tensor_id *y)
{
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, op_shape(list, x)},
        {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)}};
    enum nncl_status status = op_demand(list, "dropout", demands, 2);
    if (status != NNCL_OK)
        return status;
    if (!(dropout->rate >= 0 && dropout->rate < 1))
        return nncl_fail(NNCL_USAGE, "dropout: the rate must be from 0 to below 1, not %g",
            (double)dropout->rate);
    const nncl_tensor_id given[] = {x, state};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), y};
    return op_append(list, &op_dropout, given, &output, dropout, sizeof *dropout);
}
