/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* add NAME: what reaches the layer plus the output of an earlier one, named by "as NAME". */
#include "model/model.h"

static enum nncl_status add_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    (void)layer;
    return nncl_op_add(list, record->input, record->joined, &record->output);
}

/* The gradient of both is that of the sum; model_backward passes it on to the named layer. */
static enum nncl_status add_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    (void)layer, (void)list, (void)record, (void)gradients;
    if (dx)
        *dx = dy;
    return NNCL_OK;
}

const struct layer_type layer_add = {
    .name = "add",
    .joins = true,
    .forward = add_forward,
    .backward = add_backward,
};
