/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* dense N: every output is a weighted sum of all inputs plus a bias, y = x·W + b; x [N, inputs],
 * W [inputs, outputs], b [outputs]. A picture that reaches it is taken as one row of features.
 * Further word: nobias. */
#include "base/status.h"
#include "model/model.h"

enum { WEIGHT, BIAS };

struct dense_words {
    uint32_t outputs;
    bool nobias;
};

static const struct dense_words *words_of(const struct model_layer *layer)
{
    return (const void *)layer->attributes;
}

static enum nncl_status dense_parse(struct model_layer *layer, struct words *words)
{
    struct dense_words *dense = (void *)layer->attributes;
    enum nncl_status status = NNCL_OK;
    if (words->classes && words_at(words, "classes")) {
        dense->outputs = words->classes;
        words_next(words);
    } else {
        status = words_count(words, "the number of outputs of \"dense\"", &dense->outputs);
    }
    dense->nobias = words_flag(words, "nobias");
    return status;
}

static size_t dense_outputs(const struct model_layer *layer)
{
    return words_of(layer)->outputs;
}

static void dense_write(const struct model_layer *layer, struct text *text)
{
    text_append(text, " %zu%s", dense_outputs(layer), words_of(layer)->nobias ? " nobias" : "");
}

static enum nncl_status dense_shape(struct model_layer *layer, const struct words *name)
{
    (void)name;
    layer->output = (struct nncl_shape){.rank = 1, .size = {dense_outputs(layer)}};
    return NNCL_OK;
}

static size_t dense_parameters(
    const struct model_layer *layer, struct parameter_form forms[LAYER_MAX_PARAMETERS])
{
    size_t inputs = nncl_shape_elements(&layer->input), outputs = dense_outputs(layer);
    forms[WEIGHT] = (struct parameter_form){
        .name = "weight",
        .shape = {.rank = 2, .size = {inputs, outputs}},
        .stored_axis = {1, 0},
        .initialiser = INITIALISE_WEIGHT,
        .fan_in = inputs,
        .fan_out = outputs,
    };
    forms[BIAS] = (struct parameter_form){
        .name = "bias",
        .shape = {.rank = 1, .size = {outputs}},
        .initialiser = INITIALISE_ZERO,
    };
    return words_of(layer)->nobias ? 1 : 2;
}

static enum nncl_status dense_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    const struct nncl_matmul plain = {0};
    enum nncl_status status;
    nncl_tensor_id product;
    TRY(nncl_op_matmul(list, &plain, record->input, record->parameter[WEIGHT], &product));
    record->output = product;
    if (!words_of(layer)->nobias)
        TRY(nncl_op_bias(list, product, record->parameter[BIAS], &record->output));
out:
    return status;
}

/* dW = xᵀ·dy, db = Σ dy, dx = dy·Wᵀ. */
static enum nncl_status dense_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    const struct nncl_matmul transpose_x = {.transpose_a = true};
    const struct nncl_matmul transpose_weight = {.transpose_b = true};
    enum nncl_status status;
    if (dx)
        TRY(nncl_op_matmul(list, &transpose_weight, dy, record->parameter[WEIGHT], dx));
    TRY(nncl_op_matmul(list, &transpose_x, record->input, dy, &gradients[WEIGHT]));
    if (!words_of(layer)->nobias)
        TRY(nncl_op_bias_backward(list, dy, &gradients[BIAS]));
out:
    return status;
}

static void dense_give_bias(struct model_layer *layer)
{
    struct dense_words *words = (void *)layer->attributes;
    words->nobias = false;
}

const struct layer_type layer_dense = {
    .name = "dense",
    .words = "nobias",
    .parse = dense_parse,
    .write = dense_write,
    .shape = dense_shape,
    .parameters = dense_parameters,
    .forward = dense_forward,
    .backward = dense_backward,
    .give_bias = dense_give_bias,
};
