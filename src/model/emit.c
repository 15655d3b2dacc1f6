/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "model/emit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"

enum nncl_status model_declare(
    const struct nncl_model *model, struct nncl_op_list *list, nncl_tensor_id *parameters)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < model->parameter_count; i++) {
        const struct nncl_parameter *parameter = &model->parameters[i].base;
        TRY(nncl_op_list_tensor(
            list, parameter->name, NNCL_FLOAT32, &parameter->shape, &parameters[i]));
    }
out:
    return status;
}

void model_tape_free(struct model_tape *tape)
{
    free(tape->records);
    *tape = (struct model_tape){0};
}

/* The id that the next tensor of the list will get: ids count up from 0. */
static nncl_tensor_id next_id(const struct nncl_op_list *list)
{
    nncl_tensor_id id = 0;
    while (nncl_op_list_shape(list, id))
        id++;
    return id;
}

/* Names all tensors from `first` on for messages, those inside the layer too: "layer 0 (dense)"
 * with `part` in front. */
static enum nncl_status name_tensors(const struct nncl_model *model, struct nncl_op_list *list,
    const char *part, size_t index, nncl_tensor_id first)
{
    char name[128];
    snprintf(name, sizeof name, "%slayer %zu (%s)", part, index, model->layers[index].type->name);
    enum nncl_status status = NNCL_OK;
    for (; nncl_op_list_shape(list, first) && status == NNCL_OK; first++)
        status = nncl_op_list_name(list, first, name);
    return status;
}

static enum nncl_status forward_layer(const struct nncl_model *model, struct nncl_op_list *list,
    size_t index, const nncl_tensor_id *parameters, struct layer_record *record)
{
    const struct model_layer *layer = &model->layers[index];
    const nncl_tensor_id first = next_id(list);
    for (size_t i = 0; i < layer->parameter_count; i++)
        record->parameter[i] = parameters[layer->first_parameter + i];
    enum nncl_status status;
    TRY(layer->type->forward(layer, list, record));
    TRY(name_tensors(model, list, "", index, first));
out:
    return status;
}

/* The layers that are computed: a softmax at the end is left to categorical cross-entropy, which
 * takes the logarithm of it without computing it. */
static size_t computed_layers(const struct nncl_model *model)
{
    const size_t count = model->layer_count;
    const bool left = model->loss == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY &&
                      model->layers[count - 1].type->left_to_loss;
    return left ? count - 1 : count;
}

enum nncl_status model_forward(const struct nncl_model *model, struct nncl_op_list *list,
    const struct model_pass *pass, nncl_tensor_id x, const nncl_tensor_id *parameters,
    struct model_tape *tape, nncl_tensor_id *logits)
{
    static const struct model_pass inference = {0};
    struct layer_record *records = calloc(model->layer_count, sizeof *records);
    if (!records)
        return nncl_fail_memory("a tape", model->layer_count * sizeof *records);
    enum nncl_status status = NNCL_OK;
    nncl_tensor_id last = x;
    for (size_t i = 0; i < computed_layers(model); i++) {
        records[i].pass = pass ? pass : &inference;
        records[i].index = i;
        records[i].input = last;
        if (model->layers[i].type->joins)
            records[i].joined = records[model->layers[i].joined].output;
        TRY(forward_layer(model, list, i, parameters, &records[i]));
        last = records[i].output;
    }
    *logits = last;
    if (tape) {
        tape->records = records;
        records = NULL;
    }
out:
    free(records);
    return status;
}

static enum nncl_status name_gradients(const struct nncl_model *model, struct nncl_op_list *list,
    const struct model_layer *layer, const nncl_tensor_id *gradients)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < layer->parameter_count && status == NNCL_OK; i++) {
        const struct nncl_parameter *parameter =
            &model->parameters[layer->first_parameter + i].base;
        char name[128];
        if (!parameter->trained)
            continue;
        snprintf(name, sizeof name, "gradient of %s", parameter->name);
        status = nncl_op_list_name(list, gradients[i], name);
    }
    return status;
}

/* What comes down to the output of a layer from those that join it, the last of them first. */
struct joint {
    bool any;
    nncl_tensor_id gradient;
};

static enum nncl_status joint_add(
    struct nncl_op_list *list, struct joint *joint, nncl_tensor_id gradient)
{
    if (joint->any)
        return nncl_op_add(list, joint->gradient, gradient, &joint->gradient);
    *joint = (struct joint){true, gradient};
    return NNCL_OK;
}

/* Passes the gradient of a layer's output down to its parameters and, if `down`, to its input. */
static enum nncl_status backward_layer(const struct nncl_model *model, struct nncl_op_list *list,
    const struct model_tape *tape, size_t index, bool down, struct joint *joints,
    nncl_tensor_id *gradient, nncl_tensor_id *gradients)
{
    const struct model_layer *layer = &model->layers[index];
    const nncl_tensor_id first = next_id(list);
    nncl_tensor_id *own = gradients + layer->first_parameter;
    nncl_tensor_id below;
    enum nncl_status status;
    if (joints[index].any)
        TRY(nncl_op_add(list, *gradient, joints[index].gradient, gradient));
    if (layer->type->joins)
        TRY(joint_add(list, &joints[layer->joined], *gradient));
    below = *gradient;
    TRY(layer->type->backward(
        layer, list, &tape->records[index], *gradient, own, down ? &below : NULL));
    TRY(name_tensors(model, list, "backward pass of ", index, first));
    TRY(name_gradients(model, list, layer, own));
    *gradient = below;
out:
    return status;
}

enum nncl_status model_backward(const struct nncl_model *model, struct nncl_op_list *list,
    const struct model_tape *tape, nncl_tensor_id logits_gradient, nncl_tensor_id *gradients)
{
    size_t first = 0; /* model_parse made sure that there is a layer with parameters */
    while (model->layers[first].parameter_count == 0)
        first++;
    enum nncl_status status = NNCL_OK;
    nncl_tensor_id gradient = logits_gradient;
    struct joint *joints = calloc(model->layer_count, sizeof *joints);
    if (!joints)
        return nncl_fail_memory("a backward pass", model->layer_count * sizeof *joints);
    for (size_t i = computed_layers(model); i-- > first && status == NNCL_OK;)
        status = backward_layer(model, list, tape, i, i > first, joints, &gradient, gradients);
    free(joints);
    return status;
}

enum nncl_status model_update(const struct nncl_model *model, struct nncl_op_list *list,
    const struct model_tape *tape, nncl_tensor_id batch_loss)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < computed_layers(model) && status == NNCL_OK; i++) {
        const struct model_layer *layer = &model->layers[i];
        if (layer->type->update)
            status = layer->type->update(layer, list, &tape->records[i], batch_loss);
    }
    return status;
}
