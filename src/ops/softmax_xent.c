/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sparse categorical cross-entropy on logits. */
#include "ops/spread.h"
#include "ref/ref.h"

static struct spread spread_logits(const struct op_site *site)
{
    return spread_elements(site->device, op_size(site->list, site->op, 0, 0),
        SPREAD_EXP_COST * op_size(site->list, site->op, 0, 1));
}

static enum nncl_status xent_prepare(struct op_site *site)
{
    struct spread spread = spread_logits(site);
    return spread_launch(site, "softmax_xent", "softmax_xent", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_BUFFER(site->buffers[3]),
            ARG_SIZE(op_size(site->list, site->op, 0, 0)),
            ARG_SIZE(op_size(site->list, site->op, 0, 1)), ARG_SIZE(spread.span)));
}

static void xent_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_softmax_xent(op_size(list, op, 0, 0), op_size(list, op, 0, 1), arrays[0], arrays[1],
        arrays[2], arrays[3]);
}

/* Of each logit: its part in the maximum, the difference, exp, its part in the sum; of each row a
 * logarithm and two additions. */
static double xent_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 4 * (double)op_elements(list, op, 0) + 3 * (double)op_elements(list, op, 1);
}

static const struct op_type op_softmax_xent = {.name = "softmax_xent",
    .inputs = 2,
    .outputs = 2,
    .prepare = xent_prepare,
    .reference = xent_reference,
    .flop = xent_flop};

static enum nncl_status demand_logits(
    const struct nncl_op_list *list, const char *op, nncl_tensor_id x, nncl_tensor_id labels)
{
    const struct op_demand demands[] = {{x, "x", NNCL_FLOAT32, SHAPE(0, 0)},
        {labels, "labels", NNCL_UINT32, SHAPE(op_shape(list, x).size[0])}};
    return op_demand(list, op, demands, 2);
}

enum nncl_status nncl_op_softmax_xent(struct nncl_op_list *list, nncl_tensor_id x,
    nncl_tensor_id labels, nncl_tensor_id *loss, nncl_tensor_id *predicted)
{
    enum nncl_status status = demand_logits(list, "softmax_xent", x, labels);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {x, labels};
    const struct op_output outputs[] = {{NNCL_FLOAT32, op_shape(list, labels), loss},
        {NNCL_UINT32, op_shape(list, labels), predicted}};
    return op_append(list, &op_softmax_xent, given, outputs, NULL, 0);
}

static enum nncl_status xent_backward_prepare(struct op_site *site)
{
    struct spread spread = spread_logits(site);
    return spread_launch(site, "softmax_xent", "softmax_xent_backward", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(op_size(site->list, site->op, 0, 0)),
            ARG_SIZE(op_size(site->list, site->op, 0, 1)), ARG_SIZE(spread.span)));
}

static void xent_backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_softmax_xent_backward(
        op_size(list, op, 0, 0), op_size(list, op, 0, 1), arrays[0], arrays[1], arrays[2]);
}

/* As the softmax, then the label's difference and the division by N. */
static double xent_backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 7 * (double)op_elements(list, op, 0);
}

static const struct op_type op_softmax_xent_backward = {.name = "softmax_xent_backward",
    .inputs = 2,
    .outputs = 1,
    .prepare = xent_backward_prepare,
    .reference = xent_backward_reference,
    .flop = xent_backward_flop};

enum nncl_status nncl_op_softmax_xent_backward(
    struct nncl_op_list *list, nncl_tensor_id x, nncl_tensor_id labels, nncl_tensor_id *dx)
{
    enum nncl_status status = demand_logits(list, "softmax_xent_backward", x, labels);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {x, labels};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), dx};
    return op_append(list, &op_softmax_xent_backward, given, &output, NULL, 0);
}
