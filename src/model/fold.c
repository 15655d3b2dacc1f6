/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Models for inference: what only scales and shifts channels becomes part of the product before it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/model.h"

/* A model's layers as they will be, and where each comes from. */
struct folding {
    const struct nncl_model *from;
    struct nncl_model to;         /* its layers and text only */
    size_t *source;               /* of each layer of `to`: the layer of `from` … */
    size_t *first_folded, *count; /* … and those folded into it, which stand behind it */
};

/* Whether layer `index` can be folded into the last one that stays. A product with a name may have
 * another reader, to whom it must stay as it is. */
static bool folds(const struct folding *folding, size_t index)
{
    const struct nncl_model *to = &folding->to;
    if (!folding->from->layers[index].type->scaling || to->layer_count == 0)
        return false;
    const struct model_layer *last = &to->layers[to->layer_count - 1];
    return last->type->give_bias && !last->name[0];
}

static void fold_layers(struct folding *folding)
{
    struct nncl_model *to = &folding->to;
    for (size_t i = 0; i < folding->from->layer_count; i++) {
        const struct model_layer *layer = &folding->from->layers[i];
        if (!folds(folding, i)) {
            folding->source[to->layer_count] = i;
            folding->first_folded[to->layer_count] = i + 1;
            to->layers[to->layer_count++] = *layer;
            continue;
        }
        struct model_layer *product = &to->layers[to->layer_count - 1];
        product->type->give_bias(product);
        memcpy(product->name, layer->name, sizeof product->name);
        folding->count[to->layer_count - 1]++;
    }
}

/* Layers are joined by other numbers now: each by that of the layer it became part of. */
static void renumber(struct folding *folding)
{
    struct nncl_model *to = &folding->to;
    for (size_t i = 0; i < to->layer_count; i++) {
        if (!to->layers[i].type->joins)
            continue;
        size_t wanted = to->layers[i].joined, found = 0;
        while (folding->source[found] + folding->count[found] < wanted)
            found++;
        to->layers[i].joined = found;
    }
}

static void copy_parameter(
    const struct nncl_model *from, size_t source, const struct nncl_model *to, size_t target)
{
    const struct nncl_parameter *parameter = &from->parameters[source].base;
    memcpy(to->parameters[target].base.values, parameter->values,
        nncl_shape_elements(&parameter->shape) * sizeof *parameter->values);
}

/* W[…][c] ← W[…][c] · scale and b[c] ← b[c] · scale + shift: a product's first parameter has its
 * outputs along the last axis, its second is the bias. */
static void scale_channel(const struct nncl_parameter *weight, const struct nncl_parameter *bias,
    size_t channel, const struct layer_scale *by)
{
    const size_t channels = bias->shape.size[0], count = nncl_shape_elements(&weight->shape);
    for (size_t i = channel; i < count; i += channels)
        weight->values[i] = (float)((double)weight->values[i] * by->scale);
    bias->values[channel] = (float)((double)bias->values[channel] * by->scale + by->shift);
}

static void fold_parameters(const struct nncl_model *from, size_t scaling,
    const struct nncl_model *to, const struct model_layer *product)
{
    const struct model_layer *layer = &from->layers[scaling];
    const struct model_parameter *own = &from->parameters[layer->first_parameter];
    const struct nncl_parameter *weight = &to->parameters[product->first_parameter].base;
    for (size_t channel = 0; channel < weight[0].shape.size[weight->shape.rank - 1]; channel++) {
        const struct layer_scale by = layer->type->scaling(layer, own, channel);
        scale_channel(weight, &to->parameters[product->first_parameter + 1].base, channel, &by);
    }
}

static void fill(const struct folding *folding, const struct nncl_model *to)
{
    const struct nncl_model *from = folding->from;
    for (size_t i = 0; i < to->layer_count; i++) {
        const struct model_layer *layer = &to->layers[i];
        const struct model_layer *source = &from->layers[folding->source[i]];
        for (size_t j = 0; j < source->parameter_count; j++)
            copy_parameter(from, source->first_parameter + j, to, layer->first_parameter + j);
        for (size_t j = 0; j < folding->count[i]; j++)
            fold_parameters(from, folding->first_folded[i] + j, to, layer);
    }
}

static enum nncl_status prepare(struct folding *folding)
{
    const size_t count = folding->from->layer_count;
    folding->to.layers = calloc(count, sizeof *folding->to.layers);
    folding->source = calloc(3 * count, sizeof *folding->source);
    if (!folding->to.layers || !folding->source)
        return nncl_fail_memory("a folded model", count * sizeof *folding->to.layers);
    folding->first_folded = folding->source + count;
    folding->count = folding->source + 2 * count;
    fold_layers(folding);
    renumber(folding);
    return model_write_text(&folding->to);
}

enum nncl_status nncl_model_fold(const struct nncl_model *model, struct nncl_model **folded)
{
    struct folding folding = {.from = model};
    struct nncl_model *new = NULL;
    enum nncl_status status;
    TRY(prepare(&folding));
    TRY(model_outline(folding.to.text, &model->input, &new));
    TRY(model_allocate(new));
    new->loss = model->loss;
    fill(&folding, new);
    if (model->class_names)
        TRY(nncl_model_name_classes(new, model->class_names));
    *folded = new;
    new = NULL;
out:
    nncl_model_free(&new);
    free(folding.to.layers);
    free(folding.to.text);
    free(folding.source);
    return status;
}
