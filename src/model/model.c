/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/label.h"
#include "base/status.h"

struct nncl_shape model_input_shape(const struct nncl_model *model)
{
    const struct nncl_picture_shape *shape = &model->input.shape;
    return (struct nncl_shape){.rank = 3, .size = {shape->height, shape->width, shape->channels}};
}

static enum nncl_status check_input(const struct nncl_model *model)
{
    const struct nncl_model_input *input = &model->input;
    const struct nncl_shape shape = model_input_shape(model);
    size_t features = nncl_shape_elements(&shape);
    if (features < 1 || features > MODEL_MAX_ELEMENTS)
        return nncl_fail(NNCL_USAGE,
            "a network's input of %u x %u pixels and %u channels: each must be at least 1, and "
            "their product at most %zu",
            input->shape.height, input->shape.width, input->shape.channels, MODEL_MAX_ELEMENTS);
    if (!isfinite(input->scale) || !isfinite(input->shift))
        return nncl_fail(NNCL_USAGE, "a network's input: scale and shift must be finite numbers");
    return NNCL_OK;
}

static enum nncl_status outline(const char *source, const char *text,
    const struct nncl_model_input *input, struct nncl_model **model)
{
    struct nncl_model *new = calloc(1, sizeof *new);
    if (!new)
        return nncl_fail_memory("a model", sizeof *new);
    enum nncl_status status;
    new->input = *input;
    TRY(check_input(new));
    if (new->input.scale == 0)
        new->input.scale = 1;
    TRY(model_parse(new, source, text));
    *model = new;
    new = NULL;
out:
    nncl_model_free(&new);
    return status;
}

enum nncl_status model_outline(
    const char *text, const struct nncl_model_input *input, struct nncl_model **model)
{
    return outline("network text", text, input, model);
}

/* Of the text in a file. */
static enum nncl_status outline_file(
    const char *path, const struct nncl_model_input *input, struct nncl_model **model)
{
    uint8_t *bytes = NULL;
    size_t size;
    enum nncl_status status = file_read(path, MODEL_MAX_TEXT, &bytes, &size);
    if (status == NNCL_OK && memchr(bytes, 0, size))
        status = nncl_fail(NNCL_USAGE, "%s holds a byte 0, so it is no network's text", path);
    if (status == NNCL_OK)
        status = outline(path, (const char *)bytes, input, model);
    free(bytes);
    return status == NNCL_BAD_DATA ? NNCL_USAGE : status;
}

/* Of whatever `network` is: a preset, a file or a text. */
static enum nncl_status outline_any(
    const char *network, const struct nncl_model_input *input, struct nncl_model **model)
{
    static const char end[] = ".nncl";
    size_t length = strlen(network);
    const struct nncl_preset *preset = nncl_preset_find(network);
    if (preset)
        return model_outline(preset->network, input, model);
    if (length >= strlen(end) && strcmp(network + length - strlen(end), end) == 0)
        return outline_file(network, input, model);
    return model_outline(network, input, model);
}

enum nncl_status model_allocate(struct nncl_model *model)
{
    for (size_t i = 0; i < model->parameter_count; i++) {
        struct nncl_parameter *parameter = &model->parameters[i].base;
        size_t elements = nncl_shape_elements(&parameter->shape);
        parameter->values = calloc(elements, sizeof *parameter->values);
        if (!parameter->values)
            return nncl_fail_memory(parameter->name, elements * sizeof *parameter->values);
    }
    return NNCL_OK;
}

enum nncl_status nncl_model_create(
    const char *network, const struct nncl_model_input *input, struct nncl_model **model)
{
    struct nncl_model *new = NULL;
    enum nncl_status status;
    TRY(outline_any(network, input, &new));
    TRY(model_allocate(new));
    *model = new;
    new = NULL;
out:
    nncl_model_free(&new);
    return status;
}

void nncl_model_free(struct nncl_model **model)
{
    struct nncl_model *old = *model;
    if (!old)
        return;
    for (size_t i = 0; i < old->parameter_count; i++) {
        free((void *)old->parameters[i].base.name);
        free(old->parameters[i].base.values);
    }
    free(old->parameters);
    free(old->layers);
    free(old->text);
    free((void *)old->class_names);
    free(old);
    *model = NULL;
}

const struct nncl_shape *model_output(const struct nncl_model *model)
{
    return &model->layers[model->layer_count - 1].output;
}

const char *nncl_model_text(const struct nncl_model *model)
{
    return model->text;
}

const struct nncl_model_input *nncl_model_get_input(const struct nncl_model *model)
{
    return &model->input;
}

uint32_t nncl_model_classes(const struct nncl_model *model)
{
    return (uint32_t)nncl_shape_elements(model_output(model));
}

enum nncl_status nncl_model_name_classes(struct nncl_model *model, const char *const *names)
{
    const char *const *copy = NULL;
    enum nncl_status status = labels_copy(names, nncl_model_classes(model), &copy);
    if (status != NNCL_OK)
        return status;
    free((void *)model->class_names);
    model->class_names = copy;
    return NNCL_OK;
}

const char *const *nncl_model_class_names(const struct nncl_model *model)
{
    return model->class_names;
}

size_t nncl_model_layer_count(const struct nncl_model *model)
{
    return model->layer_count;
}

void nncl_model_layer(const struct nncl_model *model, size_t index, struct nncl_layer_info *info)
{
    const struct model_layer *layer = &model->layers[index];
    *info = (struct nncl_layer_info){.type = layer->type->name,
        .shape = layer->output,
        .name = layer->name[0] ? layer->name : NULL,
        .joined = layer->type->joins ? model->layers[layer->joined].name : NULL};
    for (size_t i = 0; i < layer->parameter_count; i++) {
        size_t parameter = layer->first_parameter + i;
        if (model->parameters[parameter].base.trained)
            info->parameters += nncl_shape_elements(&model->parameters[parameter].base.shape);
    }
}

size_t nncl_model_parameter_count(const struct nncl_model *model)
{
    return model->parameter_count;
}

const struct nncl_parameter *nncl_model_parameter(const struct nncl_model *model, size_t index)
{
    return &model->parameters[index].base;
}

double model_layer_products(const struct nncl_model *model, const struct model_layer *layer)
{
    const struct nncl_shape *output = &layer->output;
    const size_t pixels = nncl_shape_elements(output) / output->size[output->rank - 1];
    double weights = 0;
    for (size_t i = 0; i < layer->parameter_count; i++)
        weights +=
            (double)nncl_shape_elements(&model->parameters[layer->first_parameter + i].base.shape);
    return weights * (double)pixels;
}
