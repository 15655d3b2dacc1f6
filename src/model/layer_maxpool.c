/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* maxpool N: the largest of each N x N pixels, by channel. Further words: same, stride N. */
#include "base/status.h"
#include "model/pool_words.h"

enum { PLACE, MOST_ELEMENTS = 256 };

static enum nncl_status maxpool_shape(struct model_layer *layer, const struct words *name)
{
    const struct nncl_pool pool = pool_op(layer);
    if ((uint64_t)pool.down * pool.across > MOST_ELEMENTS)
        return words_fail(
            name, "the window of \"maxpool\" has at most %d pixels", (int)MOST_ELEMENTS);
    return pool_shape(layer, name);
}

static enum nncl_status maxpool_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    const struct nncl_pool pool = pool_op(layer);
    return nncl_op_maxpool(list, &pool, record->input, &record->kept[PLACE], &record->output);
}

static enum nncl_status maxpool_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    (void)gradients;
    const struct nncl_pool pool = pool_op(layer);
    return dx ? nncl_op_maxpool_backward(list, &pool, record->kept[PLACE], dy, dx) : NNCL_OK;
}

const struct layer_type layer_maxpool = {
    .name = "maxpool",
    .words = "same, valid, stride N",
    .parse = pool_parse,
    .write = pool_write,
    .shape = maxpool_shape,
    .forward = maxpool_forward,
    .backward = maxpool_backward,
};
