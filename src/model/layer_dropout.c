/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* dropout P: in training each number becomes 0 with probability P, and the others grow by 1/(1 -
 * P); in inference nothing happens. */
#include "model/model.h"

static float *rate_of(struct model_layer *layer)
{
    return (float *)layer->attributes;
}

static enum nncl_status dropout_parse(struct model_layer *layer, struct words *words)
{
    return words_number(words, "the probability of \"dropout\"", 0, 0.999, rate_of(layer));
}

static void dropout_write(const struct model_layer *layer, struct text *text)
{
    text_append_number(text, *(const float *)layer->attributes);
}

static enum nncl_status drop(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id x, nncl_tensor_id *y)
{
    const struct nncl_dropout dropout = {.rate = *(const float *)layer->attributes,
        .layer = (uint32_t)record->index,
        .seed = record->pass->seed};
    return nncl_op_dropout(list, &dropout, x, record->pass->state, y);
}

static enum nncl_status dropout_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    if (record->pass->training)
        return drop(layer, list, record, record->input, &record->output);
    record->output = record->input;
    return NNCL_OK;
}

/* The same numbers are dropped: the step is still the same. */
static enum nncl_status dropout_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    (void)gradients;
    if (!dx)
        return NNCL_OK;
    if (record->pass->training)
        return drop(layer, list, record, dy, dx);
    *dx = dy;
    return NNCL_OK;
}

const struct layer_type layer_dropout = {
    .name = "dropout",
    .parse = dropout_parse,
    .write = dropout_write,
    .forward = dropout_forward,
    .backward = dropout_backward,
};
