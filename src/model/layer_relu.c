/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* relu: max(x, 0) by element. Needs no words and has no parameters. */
#include "model/model.h"

static enum nncl_status relu_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    (void)layer;
    return nncl_op_relu(list, record->input, &record->output);
}

static enum nncl_status relu_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    (void)layer;
    (void)gradients;
    return dx ? nncl_op_relu_backward(list, record->output, dy, dx) : NNCL_OK;
}

const struct layer_type layer_relu = {
    .name = "relu",
    .activation = true,
    .forward = relu_forward,
    .backward = relu_backward,
};
