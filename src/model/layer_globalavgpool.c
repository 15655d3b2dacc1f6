/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* globalavgpool: the mean of all pixels, by channel: a picture becomes a row of its channels. */
#include "base/status.h"
#include "model/window_words.h"

static struct nncl_pool whole(const struct model_layer *layer)
{
    const uint32_t height = (uint32_t)layer->input.size[0], width = (uint32_t)layer->input.size[1];
    return (struct nncl_pool){.height = height, .width = width, .down = height, .across = width};
}

static enum nncl_status globalavgpool_shape(struct model_layer *layer, const struct words *name)
{
    if (layer->input.rank != 3)
        return words_fail(name, "\"globalavgpool\" needs a picture, [height, width, channels]");
    layer->output = (struct nncl_shape){.rank = 1, .size = {layer->input.size[2]}};
    return NNCL_OK;
}

static enum nncl_status globalavgpool_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    const struct nncl_pool pool = whole(layer);
    return nncl_op_avgpool(list, &pool, record->input, &record->output);
}

static enum nncl_status globalavgpool_backward(const struct model_layer *layer,
    struct nncl_op_list *list, const struct layer_record *record, nncl_tensor_id dy,
    nncl_tensor_id *gradients, nncl_tensor_id *dx)
{
    (void)record, (void)gradients;
    const struct nncl_pool pool = whole(layer);
    return dx ? nncl_op_avgpool_backward(list, &pool, dy, dx) : NNCL_OK;
}

const struct layer_type layer_globalavgpool = {
    .name = "globalavgpool",
    .shape = globalavgpool_shape,
    .forward = globalavgpool_forward,
    .backward = globalavgpool_backward,
};
