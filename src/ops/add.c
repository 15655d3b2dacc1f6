/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The sum of two tensors. */
#include "ops/spread.h"
#include "ref/ref.h"

static enum nncl_status add_prepare(struct op_site *site)
{
    size_t n = op_elements(site->list, site->op, 0);
    struct spread spread = spread_vectors(site->device, n);
    return spread_launch(site, "add", "add", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(spread.span)));
}

static void add_reference(const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_add(op_elements(list, op, 0), arrays[0], arrays[1], arrays[2]);
}

static size_t add_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    arguments[0] = ARG_BUFFER(tensors[op->tensor[1]]);
    return 1;
}

static const struct op_epilogue add_epilogue = {
    .prefix = "ADD", .value = 0, .arguments = add_arguments};

static double add_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 0);
}

static const struct op_type op_add = {.name = "add",
    .inputs = 2,
    .outputs = 1,
    .prepare = add_prepare,
    .reference = add_reference,
    .flop = add_flop,
    .epilogue = &add_epilogue};

enum nncl_status nncl_op_add(
    struct nncl_op_list *list, nncl_tensor_id a, nncl_tensor_id b, nncl_tensor_id *y)
{
    const struct nncl_shape shape = op_shape(list, a);
    const struct op_demand demands[] = {
        {a, "a", NNCL_FLOAT32, shape}, {b, "b", NNCL_FLOAT32, shape}};
    enum nncl_status status = op_demand(list, "add", demands, 2);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {a, b};
    const struct op_output output = {NNCL_FLOAT32, shape, y};
    return op_append(list, &op_add, given, &output, NULL, 0);
}
