/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The order of the data. */
#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { PERMUTED_COST = 64 }; /* four rounds of Philox by vectors, in simple operations */

static enum nncl_status permute_prepare(struct op_site *site)
{
    const struct nncl_permute *permute = (const void *)site->op->attributes;
    size_t n = op_size(site->list, site->op, 1, 0);
    struct spread spread = spread_columns(site->device, n, PERMUTED_COST);
    return spread_launch(site, "permute", "permute", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_SIZE(n),
            ARG_UINT(permute->count), ARG_UINT(permute->seed), ARG_UINT(permute->seed >> 32),
            ARG_UINT(permute->shuffle), ARG_UINT(permute->first), ARG_SIZE(spread.span)));
}

static void permute_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct nncl_permute *permute = (const void *)op->attributes;
    ref_permute(op_size(list, op, 1, 0), permute->seed, permute->count, permute->shuffle,
        permute->first, arrays[0], arrays[1]);
}

static struct nncl_shape permute_extent(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->tensor[1]].shape;
}

static const struct op_type op_permute = {.name = "permute",
    .inputs = 1,
    .outputs = 1,
    .prepare = permute_prepare,
    .reference = permute_reference,
    .extent = permute_extent};

enum nncl_status nncl_op_permute(struct nncl_op_list *list, const struct nncl_permute *permute,
    size_t batch, nncl_tensor_id state, nncl_tensor_id *rows)
{
    const struct op_demand demand = {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)};
    enum nncl_status status = op_demand(list, "permute", &demand, 1);
    if (status != NNCL_OK)
        return status;
    if (batch == 0 || permute->first >= permute->count || batch > permute->count - permute->first)
        return nncl_fail(NNCL_USAGE,
            "permute: a batch of %zu rows cannot come from data of %u rows", batch, permute->count);
    const struct op_output output = {NNCL_UINT32, SHAPE(batch), rows};
    return op_append(list, &op_permute, &state, &output, permute, sizeof *permute);
}
