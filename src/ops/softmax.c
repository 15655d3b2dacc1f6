/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Class probabilities from logits, and their gradient. */
#include "ops/spread.h"
#include "ref/ref.h"

static enum nncl_status softmax_prepare(struct op_site *site)
{
    size_t n = op_size(site->list, site->op, 0, 0), classes = op_size(site->list, site->op, 0, 1);
    struct spread spread = spread_elements(site->device, n, SPREAD_EXP_COST * classes);
    return spread_launch(site, "softmax", "softmax", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_SIZE(n),
            ARG_SIZE(classes), ARG_SIZE(spread.span)));
}

static void softmax_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_softmax(op_size(list, op, 0, 0), op_size(list, op, 0, 1), arrays[0], arrays[1]);
}

/* Of each element: its part in the maximum, the difference, exp, its part in the sum, the
 * quotient. */
static double softmax_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 5 * (double)op_elements(list, op, 0);
}

static const struct op_type op_softmax = {.name = "softmax",
    .inputs = 1,
    .outputs = 1,
    .prepare = softmax_prepare,
    .reference = softmax_reference,
    .flop = softmax_flop};

enum nncl_status nncl_op_softmax(struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id *p)
{
    const struct op_demand demand = {x, "x", NNCL_FLOAT32, SHAPE(0, 0)};
    enum nncl_status status = op_demand(list, "softmax", &demand, 1);
    if (status != NNCL_OK)
        return status;
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), p};
    return op_append(list, &op_softmax, &x, &output, NULL, 0);
}

/* ---- Backward ---- */

static enum nncl_status backward_prepare(struct op_site *site)
{
    size_t n = op_size(site->list, site->op, 0, 0), classes = op_size(site->list, site->op, 0, 1);
    struct spread spread = spread_elements(site->device, n, 2 * classes);
    return spread_launch(site, "softmax", "softmax_backward", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(classes), ARG_SIZE(spread.span)));
}

static void backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_softmax_backward(
        op_size(list, op, 0, 0), op_size(list, op, 0, 1), arrays[0], arrays[1], arrays[2]);
}

/* Of each element: a product and its part in the sum, a difference, a product. */
static double backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 4 * (double)op_elements(list, op, 0);
}

static const struct op_type op_softmax_backward = {.name = "softmax_backward",
    .inputs = 2,
    .outputs = 1,
    .prepare = backward_prepare,
    .reference = backward_reference,
    .flop = backward_flop};

enum nncl_status nncl_op_softmax_backward(
    struct nncl_op_list *list, nncl_tensor_id p, nncl_tensor_id dy, nncl_tensor_id *dx)
{
    const struct nncl_shape shape = op_shape(list, p);
    const struct op_demand demands[] = {
        {p, "p", NNCL_FLOAT32, SHAPE(0, 0)}, {dy, "dy", NNCL_FLOAT32, shape}};
    enum nncl_status status = op_demand(list, "softmax_backward", demands, 2);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {p, dy};
    const struct op_output output = {NNCL_FLOAT32, shape, dx};
    return op_append(list, &op_softmax_backward, given, &output, NULL, 0);
}
