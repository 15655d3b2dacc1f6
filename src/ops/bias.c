/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The bias of a layer: one a column, or one a channel of pictures. */
#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

/* The bias is added to each of this many rows. */
static size_t bias_rows(const struct nncl_op_list *list, const struct op *op, unsigned bias)
{
    return op_elements(list, op, 0) / op_size(list, op, bias, 0);
}

static enum nncl_status bias_prepare(struct op_site *site)
{
    size_t n = bias_rows(site->list, site->op, 1), m = op_size(site->list, site->op, 1, 0);
    struct spread spread = spread_matrix(site->device, n, m);
    return spread_launch(site, "bias", "bias", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(m), ARG_SIZE(spread.rows),
            ARG_SIZE(spread.span)));
}

static void bias_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_bias(bias_rows(list, op, 1), op_size(list, op, 1, 0), arrays[0], arrays[1], arrays[2]);
}

static size_t bias_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    arguments[0] = ARG_BUFFER(tensors[op->tensor[1]]);
    return 1;
}

static size_t bias_columns(const struct nncl_op_list *list, const struct op *op)
{
    return op_size(list, op, 1, 0);
}

static const struct op_epilogue bias_epilogue = {
    .prefix = "BIAS", .value = 0, .arguments = bias_arguments, .columns = bias_columns};

static double bias_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 0);
}

static const struct op_type op_bias = {.name = "bias",
    .inputs = 2,
    .outputs = 1,
    .prepare = bias_prepare,
    .reference = bias_reference,
    .flop = bias_flop,
    .epilogue = &bias_epilogue};

/* The rows of pictures hold whole pixels. */
static enum nncl_status demand_channels(const char *op, struct nncl_shape pictures, size_t channels)
{
    if (channels > 0 && pictures.size[1] % channels == 0)
        return NNCL_OK;
    return nncl_fail(NNCL_USAGE, "%s: a bias of shape [%zu] does not divide rows of shape [%zu]",
        op, channels, pictures.size[1]);
}

enum nncl_status nncl_op_bias(
    struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id b, nncl_tensor_id *y)
{
    const struct op_demand demands[] = {
        {x, "x", NNCL_FLOAT32, SHAPE(0, 0)}, {b, "b", NNCL_FLOAT32, SHAPE(0)}};
    enum nncl_status status = op_demand(list, "bias", demands, 2);
    if (status == NNCL_OK)
        status = demand_channels("bias", op_shape(list, x), op_shape(list, b).size[0]);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {x, b};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), y};
    return op_append(list, &op_bias, given, &output, NULL, 0);
}

static enum nncl_status bias_backward_prepare(struct op_site *site)
{
    size_t n = bias_rows(site->list, site->op, 1), m = op_size(site->list, site->op, 1, 0);
    struct spread spread = spread_columns(site->device, m, n);
    struct op_tail tail;
    op_tail(site, &tail);
    return spread_launch_tail(site, "bias", "bias_backward", &spread, &tail,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(tail.result), ARG_SIZE(n), ARG_SIZE(m),
            ARG_SIZE(spread.span)));
}

static void bias_backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_bias_backward(bias_rows(list, op, 1), op_size(list, op, 1, 0), arrays[0], arrays[1]);
}

static double bias_backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 0);
}

static const struct op_type op_bias_backward = {.name = "bias_backward",
    .inputs = 1,
    .outputs = 1,
    .prepare = bias_backward_prepare,
    .reference = bias_backward_reference,
    .flop = bias_backward_flop,
    .takes_epilogues = op_always_takes_epilogues};

enum nncl_status nncl_op_bias_backward_channels(
    struct nncl_op_list *list, nncl_tensor_id dy, size_t channels, nncl_tensor_id *db)
{
    const struct op_demand demand = {dy, "dy", NNCL_FLOAT32, SHAPE(0, 0)};
    enum nncl_status status = op_demand(list, "bias_backward", &demand, 1);
    if (status == NNCL_OK)
        status = demand_channels("bias_backward", op_shape(list, dy), channels);
    if (status != NNCL_OK)
        return status;
    const struct op_output output = {NNCL_FLOAT32, SHAPE(channels), db};
    return op_append(list, &op_bias_backward, &dy, &output, NULL, 0);
}

enum nncl_status nncl_op_bias_backward(
    struct nncl_op_list *list, nncl_tensor_id dy, nncl_tensor_id *db)
{
    return nncl_op_bias_backward_channels(list, dy, op_shape(list, dy).size[1], db);
}
