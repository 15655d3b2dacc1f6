/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Losses of outputs that are held against a target each. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

static enum nncl_loss kind_of(const struct op *op)
{
    return *(const enum nncl_loss *)(const void *)op->attributes;
}

/* Both kernels go row by row, and are built for the loss that LOSS names. */
static enum nncl_status launch(
    struct op_site *site, const char *kernel, const struct step_argument *buffers, size_t count)
{
    static const char *const names[] = {"soft_xent", "binary_xent", "squared_error"};
    const size_t n = op_size(site->list, site->op, 0, 0), c = op_size(site->list, site->op, 0, 1);
    struct spread spread = spread_elements(site->device, n, SPREAD_EXP_COST * c);
    struct step_argument arguments[7];
    char options[64];
    memcpy(arguments, buffers, count * sizeof *buffers);
    arguments[count] = ARG_SIZE(n);
    arguments[count + 1] = ARG_SIZE(c);
    arguments[count + 2] = ARG_SIZE(spread.span);
    snprintf(options, sizeof options, "-DLOSS=%s", names[kind_of(site->op)]);
    return spread_launch(site, "target_loss", kernel, options, &spread, arguments, count + 3);
}

static enum nncl_status forward_prepare(struct op_site *site)
{
    return launch(site, "target_loss",
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_BUFFER(site->buffers[3])));
}

static enum nncl_status backward_prepare(struct op_site *site)
{
    return launch(site, "target_loss_backward",
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2])));
}

static void forward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_target_loss(op_size(list, op, 0, 0), op_size(list, op, 0, 1), kind_of(op), arrays[0],
        arrays[1], arrays[2], arrays[3]);
}

static void backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_target_loss_backward(op_size(list, op, 0, 0), op_size(list, op, 0, 1), kind_of(op),
        arrays[0], arrays[1], arrays[2]);
}

/* Of each output: its part in the maximum, the difference, exp, its part in the sum, the difference
 * from the logarithm, which is one a row, and its part in the loss, two operations; or maximum,
 * product, difference, exp, log1p and two sums; or difference, square and sum. */
static double forward_flop(const struct nncl_op_list *list, const struct op *op)
{
    static const double operations[] = {7, 7, 3};
    return operations[kind_of(op)] * (double)op_elements(list, op, 0) +
           (double)op_size(list, op, 0, 0);
}

/* The softmax (5) or the sigmoid (3), then the target's difference and the division. */
static double backward_flop(const struct nncl_op_list *list, const struct op *op)
{
    static const double operations[] = {7, 5, 2};
    return operations[kind_of(op)] * (double)op_elements(list, op, 0);
}

#define KIND(KIND, word)                                                                           \
    [NNCL_##KIND] = {.forward = {.name = word,                                                     \
                         .inputs = 2,                                                              \
                         .outputs = 2,                                                             \
                         .prepare = forward_prepare,                                               \
                         .reference = forward_reference,                                           \
                         .flop = forward_flop},                                                    \
        .backward = {.name = word "_backward",                                                     \
            .inputs = 2,                                                                           \
            .outputs = 1,                                                                          \
            .prepare = backward_prepare,                                                           \
            .reference = backward_reference,                                                       \
            .flop = backward_flop}}

static const struct {
    struct op_type forward, backward;
} types[] = {KIND(SPARSE_CATEGORICAL_CROSSENTROPY, "soft_xent"),
    KIND(BINARY_CROSSENTROPY, "binary_xent"), KIND(MEAN_SQUARED_ERROR, "squared_error")};

static enum nncl_status check_kind(enum nncl_loss kind)
{
    if ((size_t)kind >= sizeof types / sizeof *types)
        return nncl_fail(NNCL_USAGE, "target_loss: there is none of number %d", (int)kind);
    return NNCL_OK;
}

static enum nncl_status demand_targets(
    const struct nncl_op_list *list, const char *op, nncl_tensor_id x, nncl_tensor_id t)
{
    const struct op_demand demands[] = {
        {x, "x", NNCL_FLOAT32, SHAPE(0, 0)}, {t, "t", NNCL_FLOAT32, op_shape(list, x)}};
    return op_demand(list, op, demands, 2);
}

enum nncl_status nncl_op_target_loss(struct nncl_op_list *list, enum nncl_loss kind,
    nncl_tensor_id x, nncl_tensor_id t, nncl_tensor_id *loss, nncl_tensor_id *predicted)
{
    enum nncl_status status;
    TRY(check_kind(kind));
    TRY(demand_targets(list, types[kind].forward.name, x, t));
    const struct nncl_shape rows = SHAPE(op_shape(list, x).size[0]);
    const nncl_tensor_id given[] = {x, t};
    const struct op_output outputs[] = {{NNCL_FLOAT32, rows, loss}, {NNCL_UINT32, rows, predicted}};
    TRY(op_append(list, &types[kind].forward, given, outputs, &kind, sizeof kind));
out:
    return status;
}

enum nncl_status nncl_op_target_loss_backward(struct nncl_op_list *list, enum nncl_loss kind,
    nncl_tensor_id x, nncl_tensor_id t, nncl_tensor_id *dx)
{
    enum nncl_status status;
    TRY(check_kind(kind));
    TRY(demand_targets(list, types[kind].backward.name, x, t));
    const nncl_tensor_id given[] = {x, t};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), dx};
    TRY(op_append(list, &types[kind].backward, given, &output, &kind, sizeof kind));
out:
    return status;
}
