/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rectified linear unit. */
#include "ops/spread.h"
#include "ref/ref.h"

static enum nncl_status relu_prepare(struct op_site *site)
{
    size_t n = op_elements(site->list, site->op, 0);
    struct spread spread = spread_vectors(site->device, n);
    return spread_launch(site, "relu", "relu", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_SIZE(n),
            ARG_SIZE(spread.span)));
}

static void relu_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_relu(op_elements(list, op, 0), arrays[0], arrays[1]);
}

static size_t relu_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    (void)op, (void)tensors, (void)arguments;
    return 0;
}

static const struct op_epilogue relu_epilogue = {
    .prefix = "RELU", .value = 0, .arguments = relu_arguments};

static double relu_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 0);
}

static const struct op_type op_relu = {.name = "relu",
    .inputs = 1,
    .outputs = 1,
    .prepare = relu_prepare,
    .reference = relu_reference,
    .flop = relu_flop,
    .epilogue = &relu_epilogue};

enum nncl_status nncl_op_relu(struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id *y)
{
    const struct op_demand demand = {x, "x", NNCL_FLOAT32, op_shape(list, x)};
    enum nncl_status status = op_demand(list, "relu", &demand, 1);
    if (status != NNCL_OK)
        return status;
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), y};
    return op_append(list, &op_relu, &x, &output, NULL, 0);
}

static enum nncl_status relu_backward_prepare(struct op_site *site)
{
    size_t n = op_elements(site->list, site->op, 0);
    struct spread spread = spread_vectors(site->device, n);
    return spread_launch(site, "relu", "relu_backward", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(spread.span)));
}

static void relu_backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_relu_backward(op_elements(list, op, 0), arrays[0], arrays[1], arrays[2]);
}

static size_t relu_backward_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    arguments[0] = ARG_BUFFER(tensors[op->tensor[0]]);
    return 1;
}

static const struct op_epilogue relu_backward_epilogue = {
    .prefix = "RELU_BACKWARD", .value = 1, .arguments = relu_backward_arguments};

static double relu_backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 0);
}

static const struct op_type op_relu_backward = {.name = "relu_backward",
    .inputs = 2,
    .outputs = 1,
    .prepare = relu_backward_prepare,
    .reference = relu_backward_reference,
    .flop = relu_backward_flop,
    .epilogue = &relu_backward_epilogue};

enum nncl_status nncl_op_relu_backward(
    struct nncl_op_list *list, nncl_tensor_id y, nncl_tensor_id dy, nncl_tensor_id *dx)
{
    const struct nncl_shape shape = op_shape(list, y);
    const struct op_demand demands[] = {
        {y, "y", NNCL_FLOAT32, shape}, {dy, "dy", NNCL_FLOAT32, shape}};
    enum nncl_status status = op_demand(list, "relu_backward", demands, 2);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {y, dy};
    const struct op_output output = {NNCL_FLOAT32, shape, dx};
    return op_append(list, &op_relu_backward, given, &output, NULL, 0);
}
