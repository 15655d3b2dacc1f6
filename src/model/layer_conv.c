/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* conv M HxW: M filters, each a window of weights that slides over a picture, plus a bias each.
 * W [H, W, channels / groups, M], b [M]. Further words: same, stride N, dilation N, groups N,
 * nobias. */
#include <inttypes.h>

#include "base/status.h"
#include "model/window_words.h"

enum { WEIGHT, BIAS };

struct conv_words {
    uint32_t filters, dilation, groups;
    bool nobias;
    struct window_words window;
};

static const struct conv_words *words_of(const struct model_layer *layer)
{
    return (const void *)layer->attributes;
}

static enum nncl_status conv_options(struct conv_words *conv, struct words *words)
{
    enum nncl_status status;
    for (bool taken = true; taken;) {
        const char *before = words->start;
        TRY(window_words_option(words, &conv->window, &taken));
        TRY(words_option(words, "dilation", &conv->dilation));
        TRY(words_option(words, "groups", &conv->groups));
        conv->nobias = words_flag(words, "nobias") || conv->nobias;
        taken = words->start != before;
    }
out:
    return status;
}

static enum nncl_status conv_parse(struct model_layer *layer, struct words *words)
{
    struct conv_words *conv = (void *)layer->attributes;
    *conv = (struct conv_words){.dilation = 1, .groups = 1, .window.stride = 1};
    enum nncl_status status;
    TRY(words_count(words, "the number of filters of \"conv\"", &conv->filters));
    TRY(window_words_size(words, "conv", &conv->window));
    TRY(conv_options(conv, words));
out:
    return status;
}

static void conv_write(const struct model_layer *layer, struct text *text)
{
    const struct conv_words *conv = words_of(layer);
    text_append(text, " %" PRIu32 " %" PRIu32 "x%" PRIu32 "%s", conv->filters, conv->window.down,
        conv->window.across, conv->window.same ? " same" : "");
    if (conv->window.stride > 1)
        text_append(text, " stride %" PRIu32, conv->window.stride);
    if (conv->dilation > 1)
        text_append(text, " dilation %" PRIu32, conv->dilation);
    if (conv->groups > 1)
        text_append(text, " groups %" PRIu32, conv->groups);
    if (conv->nobias)
        text_append(text, " nobias");
}

static enum nncl_status conv_shape(struct model_layer *layer, const struct words *name)
{
    const struct conv_words *conv = words_of(layer);
    enum nncl_status status =
        window_words_shape(layer, name, &conv->window, conv->dilation, conv->filters);
    if (status != NNCL_OK)
        return status;
    if (layer->input.size[2] % conv->groups != 0 || conv->filters % conv->groups != 0)
        return words_fail(name,
            "%zu channels and %" PRIu32 " filters cannot be shared out to %" PRIu32 " groups",
            layer->input.size[2], conv->filters, conv->groups);
    return NNCL_OK;
}

static size_t conv_parameters(
    const struct model_layer *layer, struct parameter_form forms[LAYER_MAX_PARAMETERS])
{
    const struct conv_words *conv = words_of(layer);
    const size_t taps = (size_t)conv->window.down * conv->window.across;
    const size_t depth = layer->input.size[2] / conv->groups;
    forms[WEIGHT] = (struct parameter_form){
        .name = "weight",
        .shape = {.rank = 4,
            .size = {conv->window.down, conv->window.across, depth, conv->filters}},
        .stored_axis = {3, 2, 0, 1},
        .initialiser = INITIALISE_WEIGHT,
        .fan_in = taps * depth,
        .fan_out = taps * conv->filters,
    };
    forms[BIAS] = (struct parameter_form){
        .name = "bias",
        .shape = {.rank = 1, .size = {conv->filters}},
        .initialiser = INITIALISE_ZERO,
    };
    return conv->nobias ? 1 : 2;
}

static struct nncl_conv2d op_of(const struct model_layer *layer)
{
    const struct conv_words *conv = words_of(layer);
    return (struct nncl_conv2d){.height = (uint32_t)layer->input.size[0],
        .width = (uint32_t)layer->input.size[1],
        .stride = conv->window.stride,
        .dilation = conv->dilation,
        .groups = conv->groups,
        .same = conv->window.same};
}

static enum nncl_status conv_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    const struct nncl_conv2d conv = op_of(layer);
    enum nncl_status status;
    nncl_tensor_id sums;
    TRY(nncl_op_conv2d(list, &conv, record->input, record->parameter[WEIGHT], &sums));
    record->output = sums;
    if (!words_of(layer)->nobias)
        TRY(nncl_op_bias(list, sums, record->parameter[BIAS], &record->output));
out:
    return status;
}

static enum nncl_status conv_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    const struct conv_words *words = words_of(layer);
    const struct nncl_conv2d conv = op_of(layer);
    enum nncl_status status;
    if (dx)
        TRY(nncl_op_conv2d_backward_input(list, &conv, dy, record->parameter[WEIGHT], dx));
    TRY(nncl_op_conv2d_backward_weights(list, &conv, words->window.down, words->window.across,
        record->input, dy, &gradients[WEIGHT]));
    if (!words->nobias)
        TRY(nncl_op_bias_backward_channels(list, dy, words->filters, &gradients[BIAS]));
out:
    return status;
}

static void conv_give_bias(struct model_layer *layer)
{
    struct conv_words *words = (void *)layer->attributes;
    words->nobias = false;
}

const struct layer_type layer_conv = {
    .name = "conv",
    .words = "same, valid, stride N, dilation N, groups N, nobias",
    .parse = conv_parse,
    .write = conv_write,
    .shape = conv_shape,
    .parameters = conv_parameters,
    .forward = conv_forward,
    .backward = conv_backward,
    .give_bias = conv_give_bias,
};
