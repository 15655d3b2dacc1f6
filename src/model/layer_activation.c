/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The activations but relu, by element: leakyrelu [A], elu [A], gelu, gelutanh, silu, sigmoid,
 * tanh, softplus. They have no parameters to train. */
#include <string.h>

#include "base/status.h"
#include "model/model.h"

static const struct nncl_activation *settings(const struct model_layer *layer)
{
    return (const struct nncl_activation *)layer->attributes;
}

static void set(struct model_layer *layer, enum nncl_activation_kind kind, float parameter)
{
    const struct nncl_activation activation = {.kind = kind, .parameter = parameter};
    memcpy(layer->attributes, &activation, sizeof activation);
}

static enum nncl_status leakyrelu_parse(struct model_layer *layer, struct words *words)
{
    float slope = 0.01f;
    enum nncl_status status = NNCL_OK;
    if (words_at_number(words))
        status = words_number(words, "the slope of \"leakyrelu\" below 0", 0, 1, &slope);
    set(layer, NNCL_LEAKYRELU, slope);
    return status;
}

static enum nncl_status elu_parse(struct model_layer *layer, struct words *words)
{
    float depth = 1;
    enum nncl_status status = NNCL_OK;
    if (words_at_number(words))
        status = words_number(words, "the depth of \"elu\" below 0", 1e-6, 1e6, &depth);
    set(layer, NNCL_ELU, depth);
    return status;
}

/* Writes the parameter, always: a default may change, and files stay. */
static void parameter_write(const struct model_layer *layer, struct text *text)
{
    text_append_number(text, settings(layer)->parameter);
}

static enum nncl_status activation_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    return nncl_op_activation(list, settings(layer), record->input, &record->output);
}

static enum nncl_status activation_backward(const struct model_layer *layer,
    struct nncl_op_list *list, const struct layer_record *record, nncl_tensor_id dy,
    nncl_tensor_id *gradients, nncl_tensor_id *dx)
{
    (void)gradients;
    if (!dx)
        return NNCL_OK;
    const bool input = nncl_activation_keeps_input(settings(layer)->kind);
    return nncl_op_activation_backward(
        list, settings(layer), input ? record->input : record->output, dy, dx);
}

const struct layer_type layer_leakyrelu = {.name = "leakyrelu",
    .activation = true,
    .parse = leakyrelu_parse,
    .write = parameter_write,
    .forward = activation_forward,
    .backward = activation_backward};

const struct layer_type layer_elu = {.name = "elu",
    .activation = true,
    .parse = elu_parse,
    .write = parameter_write,
    .forward = activation_forward,
    .backward = activation_backward};

/* Those that take no number. */
#define PLAIN(word, kind)                                                                          \
    static enum nncl_status word##_parse(struct model_layer *layer, struct words *words)           \
    {                                                                                              \
        (void)words;                                                                               \
        set(layer, kind, 0);                                                                       \
        return NNCL_OK;                                                                            \
    }                                                                                              \
    const struct layer_type layer_##word = {.name = #word,                                         \
        .activation = true,                                                                        \
        .parse = word##_parse,                                                                     \
        .forward = activation_forward,                                                             \
        .backward = activation_backward}

PLAIN(gelu, NNCL_GELU);
PLAIN(gelutanh, NNCL_GELUTANH);
PLAIN(silu, NNCL_SILU);
PLAIN(sigmoid, NNCL_SIGMOID);
PLAIN(tanh, NNCL_TANH);
PLAIN(softplus, NNCL_SOFTPLUS);
