/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A model as ops: what src/train puts between a batch and its loss. */
#ifndef NNCL_MODEL_EMIT_H
#define NNCL_MODEL_EMIT_H

#include <nncl/model.h>
#include <nncl/ops.h>

#include "model/model.h"

/* What the backward pass needs to know of the forward pass. Starts as {0}. */
struct model_tape {
    struct layer_record *records; /* one a layer */
};

void model_tape_free(struct model_tape *tape);

/* Declares the parameters under their names ("0.weight"), in order.
 * parameters: [nncl_model_parameter_count], set. */
enum nncl_status model_declare(
    const struct nncl_model *model, struct nncl_op_list *list, nncl_tensor_id *parameters);

/* Appends the forward pass from x [N, features] to logits [N, classes], what the loss takes (with
 * categorical cross-entropy without a softmax at the end); `pass` may be NULL for
 * inference. Each layer's output is named as "layer 0 (dense)". Fills the tape, to be freed by the
 * caller; NULL if there is no backward pass.
 */
enum nncl_status model_forward(const struct nncl_model *model, struct nncl_op_list *list,
    const struct model_pass *pass, nncl_tensor_id x, const nncl_tensor_id *parameters,
    struct model_tape *tape, nncl_tensor_id *logits);

/* Appends the backward pass from the gradient of the logits, named as "gradient of 0.weight". What
 * lies below the first layer with parameters gets no gradient. gradients:
 * [nncl_model_parameter_count], set, in the order of the parameters; not set for those that are not
 * trained. */
enum nncl_status model_backward(const struct nncl_model *model, struct nncl_op_list *list,
    const struct model_tape *tape, nncl_tensor_id logits_gradient, nncl_tensor_id *gradients);

/* Appends what brings statistics up to date at the end of a training step, once batch_loss is
 * there; see layer_type.update. */
enum nncl_status model_update(const struct nncl_model *model, struct nncl_op_list *list,
    const struct model_tape *tape, nncl_tensor_id batch_loss);

#endif
