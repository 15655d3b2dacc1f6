/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* flatten: a picture becomes a row of its numbers. Their order in memory stays, so that nothing is
 * computed. */
#include "model/model.h"

static enum nncl_status flatten_shape(struct model_layer *layer, const struct words *name)
{
    (void)name;
    layer->output = (struct nncl_shape){.rank = 1, .size = {nncl_shape_elements(&layer->input)}};
    return NNCL_OK;
}

static enum nncl_status flatten_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    (void)layer, (void)list;
    record->output = record->input;
    return NNCL_OK;
}

static enum nncl_status flatten_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    (void)layer, (void)list, (void)record, (void)gradients;
    if (dx)
        *dx = dy;
    return NNCL_OK;
}

const struct layer_type layer_flatten = {
    .name = "flatten",
    .shape = flatten_shape,
    .forward = flatten_forward,
    .backward = flatten_backward,
};
