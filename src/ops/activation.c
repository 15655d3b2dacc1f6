/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Activations but the ReLU. All go through one kernel, cl/activation.cl, which is made of the same
 * macros that other kernels apply them with. */
#include <stdio.h>

#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

static bool has_parameter(enum nncl_activation_kind kind)
{
    return kind == NNCL_LEAKYRELU || kind == NNCL_ELU;
}

bool nncl_activation_keeps_input(enum nncl_activation_kind kind)
{
    return kind == NNCL_GELU || kind == NNCL_GELUTANH || kind == NNCL_SILU;
}

static const struct nncl_activation *settings(const struct op *op)
{
    return (const struct nncl_activation *)op->attributes;
}

/* What stands behind the kernel's own arguments: the same as in an epilogue. */
static size_t forward_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    (void)tensors;
    arguments[0] = ARG_FLOAT(settings(op)->parameter);
    return has_parameter(settings(op)->kind) ? 1 : 0;
}

static size_t backward_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    arguments[0] = ARG_BUFFER(tensors[op->tensor[0]]);
    return 1 + forward_arguments(op, tensors, arguments + 1);
}

/* `value` is the op's tensor that the kernel goes over, the last one is its output. */
static enum nncl_status activation_prepare(struct op_site *site)
{
    const struct op_epilogue *epilogue = site->op->type->epilogue;
    struct buffer *output = site->buffers[op_tensor_count(site->op->type) - 1];
    size_t n = op_elements(site->list, site->op, 0);
    struct spread spread = spread_columns(site->device, n, SPREAD_EXP_COST);
    struct step_argument arguments[4 + OP_MAX_ARGUMENTS] = {
        ARG_BUFFER(site->buffers[epilogue->value]), ARG_BUFFER(output), ARG_SIZE(n),
        ARG_SIZE(spread.span)};
    size_t more = epilogue->arguments(site->op, site->tensors, arguments + 4);
    char options[64];
    snprintf(options, sizeof options, "-DACTIVATION=%s", epilogue->prefix);
    return spread_launch(site, "activation", "activation", options, &spread, arguments, 4 + more);
}

static void forward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_activation(op_elements(list, op, 0), settings(op)->kind, settings(op)->parameter, arrays[0],
        arrays[1]);
}

static void backward_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_activation_backward(op_elements(list, op, 0), settings(op)->kind, settings(op)->parameter,
        arrays[0], arrays[1], arrays[2]);
}

/* An exponential, and what is around it, counts as one operation each. */
static double activation_flop(const struct nncl_op_list *list, const struct op *op)
{
    enum { OPERATIONS = 4 };
    return OPERATIONS * (double)op_elements(list, op, 0);
}

#define KIND(KIND, word)                                                                           \
    [NNCL_##KIND] = {.forward = {.name = word,                                                     \
                         .inputs = 1,                                                              \
                         .outputs = 1,                                                             \
                         .prepare = activation_prepare,                                            \
                         .reference = forward_reference,                                           \
                         .flop = activation_flop,                                                  \
                         .epilogue = &(const struct op_epilogue){.prefix = #KIND,                  \
                             .arguments = forward_arguments}},                                     \
        .backward = {.name = word "_backward",                                                     \
            .inputs = 2,                                                                           \
            .outputs = 1,                                                                          \
            .prepare = activation_prepare,                                                         \
            .reference = backward_reference,                                                       \
            .flop = activation_flop,                                                               \
            .epilogue = &(const struct op_epilogue){                                               \
                .prefix = #KIND "_BACKWARD", .value = 1, .arguments = backward_arguments}}}

static const struct {
    struct op_type forward, backward;
} types[] = {KIND(LEAKYRELU, "leakyrelu"), KIND(ELU, "elu"), KIND(GELU, "gelu"),
    KIND(GELUTANH, "gelutanh"), KIND(SILU, "silu"), KIND(SIGMOID, "sigmoid"), KIND(TANH, "tanh"),
    KIND(SOFTPLUS, "softplus")};

static enum nncl_status check_settings(const struct nncl_activation *activation)
{
    if ((size_t)activation->kind >= sizeof types / sizeof *types)
        return nncl_fail(
            NNCL_USAGE, "activation: there is none of number %d", (int)activation->kind);
    if (activation->kind == NNCL_LEAKYRELU &&
        !(activation->parameter >= 0 && activation->parameter <= 1))
        return nncl_fail(NNCL_USAGE, "leakyrelu: its slope must be from 0 to 1, not %g",
            (double)activation->parameter);
    if (activation->kind == NNCL_ELU &&
        !(activation->parameter > 0 && activation->parameter <= 1e6f))
        return nncl_fail(NNCL_USAGE, "elu: its depth must be above 0 and at most 1e6, not %g",
            (double)activation->parameter);
    return NNCL_OK;
}

enum nncl_status nncl_op_activation(struct nncl_op_list *list,
    const struct nncl_activation *activation, nncl_tensor_id x, nncl_tensor_id *y)
{
    enum nncl_status status;
    TRY(check_settings(activation));
    const struct op_type *type = &types[activation->kind].forward;
    const struct op_demand demand = {x, "x", NNCL_FLOAT32, op_shape(list, x)};
    TRY(op_demand(list, type->name, &demand, 1));
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), y};
    TRY(op_append(list, type, &x, &output, activation, sizeof *activation));
out:
    return status;
}

enum nncl_status nncl_op_activation_backward(struct nncl_op_list *list,
    const struct nncl_activation *activation, nncl_tensor_id kept, nncl_tensor_id dy,
    nncl_tensor_id *dx)
{
    enum nncl_status status;
    TRY(check_settings(activation));
    const struct op_type *type = &types[activation->kind].backward;
    const struct nncl_shape shape = op_shape(list, kept);
    const struct op_demand demands[] = {
        {kept, "what the forward pass kept", NNCL_FLOAT32, shape}, {dy, "dy", NNCL_FLOAT32, shape}};
    TRY(op_demand(list, type->name, demands, 2));
    const nncl_tensor_id given[] = {kept, dy};
    const struct op_output output = {NNCL_FLOAT32, shape, dx};
    TRY(op_append(list, type, given, &output, activation, sizeof *activation));
out:
    return status;
}
