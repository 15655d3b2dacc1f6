/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* avgpool N: the mean of each N x N pixels, by channel. Further words: same, stride N. */
#include "model/pool_words.h"

static enum nncl_status avgpool_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    const struct nncl_pool pool = pool_op(layer);
    return nncl_op_avgpool(list, &pool, record->input, &record->output);
}

static enum nncl_status avgpool_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    (void)record, (void)gradients;
    const struct nncl_pool pool = pool_op(layer);
    return dx ? nncl_op_avgpool_backward(list, &pool, dy, dx) : NNCL_OK;
}

const struct layer_type layer_avgpool = {
    .name = "avgpool",
    .words = "same, valid, stride N",
    .parse = pool_parse,
    .write = pool_write,
    .shape = pool_shape,
    .forward = avgpool_forward,
    .backward = avgpool_backward,
};
