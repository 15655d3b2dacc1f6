/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* layernorm: all values of a row or picture are brought to mean 0 and variance 1, each for itself,
 * then scaled and shifted by what is trained. With "channels" the channels of each pixel are, as
 * Keras does by default; without, it is PyTorch's LayerNorm over all sizes. Further word: epsilon
 * X. */
#include "base/status.h"
#include "model/model.h"

enum { WEIGHT, BIAS, PARAMETERS };
enum { KEPT_STATISTICS };

struct layernorm_words {
    float epsilon;
    bool channels;
};

static const struct layernorm_words *words_of(const struct model_layer *layer)
{
    return (const void *)layer->attributes;
}

static enum nncl_status layernorm_parse(struct model_layer *layer, struct words *words)
{
    struct layernorm_words *layernorm = (void *)layer->attributes;
    *layernorm = (struct layernorm_words){.epsilon = 1e-5f};
    layernorm->channels = words_flag(words, "channels");
    return words_named_number(words, "epsilon", 1e-12, 1, &layernorm->epsilon);
}

static void layernorm_write(const struct model_layer *layer, struct text *text)
{
    text_append(text, "%s epsilon", words_of(layer)->channels ? " channels" : "");
    text_append_number(text, words_of(layer)->epsilon);
}

/* A single value is its own mean, so that nothing of it would be left. */
static enum nncl_status layernorm_shape(struct model_layer *layer, const struct words *name)
{
    const struct nncl_shape *input = &layer->input;
    const size_t group =
        words_of(layer)->channels ? input->size[input->rank - 1] : nncl_shape_elements(input);
    if (group < 2)
        return words_fail(name, "\"layernorm\"%s needs at least 2 values to normalise together",
            words_of(layer)->channels ? " by channels" : "");
    return NNCL_OK;
}

static size_t layernorm_parameters(
    const struct model_layer *layer, struct parameter_form forms[LAYER_MAX_PARAMETERS])
{
    const struct nncl_shape *input = &layer->input;
    const size_t group =
        words_of(layer)->channels ? input->size[input->rank - 1] : nncl_shape_elements(input);
    for (size_t i = 0; i < PARAMETERS; i++)
        forms[i] = (struct parameter_form){
            .name = i == WEIGHT ? "weight" : "bias",
            .shape = {.rank = 1, .size = {group}},
            .initialiser = i == WEIGHT ? INITIALISE_ONE : INITIALISE_ZERO,
        };
    return PARAMETERS;
}

static enum nncl_status layernorm_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    return nncl_op_layernorm(list, words_of(layer)->epsilon, record->input,
        record->parameter[WEIGHT], record->parameter[BIAS], &record->kept[KEPT_STATISTICS],
        &record->output);
}

static enum nncl_status layernorm_backward(const struct model_layer *layer,
    struct nncl_op_list *list, const struct layer_record *record, nncl_tensor_id dy,
    nncl_tensor_id *gradients, nncl_tensor_id *dx)
{
    (void)layer;
    const nncl_tensor_id statistics = record->kept[KEPT_STATISTICS];
    enum nncl_status status;
    if (dx)
        TRY(nncl_op_layernorm_backward(
            list, record->input, dy, record->parameter[WEIGHT], statistics, dx));
    TRY(nncl_op_layernorm_backward_sums(
        list, record->input, dy, statistics, &gradients[WEIGHT], &gradients[BIAS]));
out:
    return status;
}

const struct layer_type layer_layernorm = {
    .name = "layernorm",
    .words = "channels, epsilon X",
    .parse = layernorm_parse,
    .write = layernorm_write,
    .shape = layernorm_shape,
    .parameters = layernorm_parameters,
    .forward = layernorm_forward,
    .backward = layernorm_backward,
};
