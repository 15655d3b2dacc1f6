/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* softmax: the numbers of a row as probabilities, p_c = exp(x_c) / Σ_k exp(x_k). At a network's end
 * categorical cross-entropy computes it. */
#include "base/status.h"
#include "model/model.h"

static enum nncl_status softmax_shape(struct model_layer *layer, const struct words *name)
{
    if (layer->input.rank != 1)
        return words_fail(name, "\"softmax\" needs a row: \"flatten\" makes one of a picture");
    return NNCL_OK;
}

static enum nncl_status softmax_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    (void)layer;
    return nncl_op_softmax(list, record->input, &record->output);
}

static enum nncl_status softmax_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    (void)layer, (void)gradients;
    return dx ? nncl_op_softmax_backward(list, record->output, dy, dx) : NNCL_OK;
}

const struct layer_type layer_softmax = {.name = "softmax",
    .activation = true,
    .left_to_loss = true,
    .shape = softmax_shape,
    .forward = softmax_forward,
    .backward = softmax_backward};
