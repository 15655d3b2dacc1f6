/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The text form: "dense 128 relu, dense 10". Between commas stand a layer's name, its own words,
 * and then activations, each of which becomes a layer too. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "model/model.h"

static const struct layer_type *find_type(const struct words *words)
{
    for (const struct layer_type *const *type = layer_types; *type; type++)
        if (words_at(words, (*type)->name))
            return *type;
    return NULL;
}

/* Fails with the names that could have stood here. */
static enum nncl_status fail_names(const struct words *words, bool behind_layer)
{
    struct text names = {0};
    for (const struct layer_type *const *type = layer_types; *type; type++)
        if (!behind_layer || (*type)->activation)
            text_append(&names, "%s%s", names.size ? ", " : "", (*type)->name);
    if (words->number == 1) /* it may have been meant for a preset */
        for (size_t i = 0; i < nncl_preset_count(); i++)
            text_append(&names, "%s%s", i ? ", " : "; or a preset: ", nncl_preset_get(i)->name);
    enum nncl_status status;
    if (names.failed)
        status = nncl_fail_memory("a message", names.size);
    else
        status = words_fail(words, "expected %s (%s)",
            behind_layer ? "a comma, the end or an activation" : "a layer's name", names.bytes);
    free(names.bytes);
    return status;
}

static enum nncl_status add_layer(struct nncl_model *model, const struct words *name,
    const struct layer_type *type, struct model_layer **layer)
{
    if (model->layer_count == MODEL_MAX_LAYERS)
        return words_fail(name, "a network has at most %d layers", (int)MODEL_MAX_LAYERS);
    size_t bytes = (model->layer_count + 1) * sizeof *model->layers;
    struct model_layer *layers = realloc(model->layers, bytes);
    if (!layers)
        return nncl_fail_memory("a network's layers", bytes);
    model->layers = layers;
    *layer = &layers[model->layer_count];
    **layer = (struct model_layer){.type = type, .input = name->reaching, .output = name->reaching};
    model->layer_count++;
    return NNCL_OK;
}

static enum nncl_status add_parameter(
    struct nncl_model *model, const struct words *name, const struct parameter_form *form)
{
    size_t elements = nncl_shape_elements(&form->shape);
    if (elements == 0 || elements > MODEL_MAX_ELEMENTS - model->elements)
        return words_fail(name,
            "too large: all parameters of a network together may be at most %zu",
            MODEL_MAX_ELEMENTS);
    size_t bytes = (model->parameter_count + 1) * sizeof *model->parameters;
    struct model_parameter *parameters = realloc(model->parameters, bytes);
    if (!parameters)
        return nncl_fail_memory("a network's parameters", bytes);
    model->parameters = parameters;
    struct nncl_parameter base = {.shape = form->shape, .trained = !form->statistic};
    base.name = text_format("%zu.%s", model->layer_count - 1, form->name);
    if (!base.name)
        return nncl_fail_memory("a parameter's name", strlen(form->name));
    parameters[model->parameter_count++] = (struct model_parameter){base, *form};
    model->elements += elements;
    return NNCL_OK;
}

static enum nncl_status add_parameters(
    struct nncl_model *model, const struct words *name, struct model_layer *layer)
{
    struct parameter_form forms[LAYER_MAX_PARAMETERS];
    enum nncl_status status = NNCL_OK;
    layer->first_parameter = model->parameter_count;
    if (layer->type->parameters)
        layer->parameter_count = layer->type->parameters(layer, forms);
    for (size_t i = 0; i < layer->parameter_count && status == NNCL_OK; i++)
        status = add_parameter(model, name, &forms[i]);
    return status;
}

/* Reads one layer: its name and its own words. */
static enum nncl_status parse_layer(
    struct nncl_model *model, struct words *words, bool behind_layer)
{
    const struct words name = *words;
    const struct layer_type *type = find_type(words);
    if (!type || (behind_layer && !type->activation))
        return fail_names(words, behind_layer);
    struct model_layer *layer = NULL;
    enum nncl_status status;
    TRY(add_layer(model, &name, type, &layer));
    words_next(words);
    if (type->parse)
        TRY(type->parse(layer, words));
    if (type->shape)
        TRY(type->shape(layer, &name));
    TRY(add_parameters(model, &name, layer));
    words->reaching = layer->output;
out:
    return status;
}

static enum nncl_status parse_layers(struct nncl_model *model, struct words *words)
{
    enum nncl_status status;
    for (;;) {
        TRY(parse_layer(model, words, false));
        while (!words_at_end(words) && !words_at_comma(words))
            TRY(parse_layer(model, words, true));
        if (words_at_end(words))
            break;
        words_next(words);
    }
    if (model->elements == 0)
        TRY(words_fail(words, "nothing to train: no layer has weights, as \"dense\" does"));
    if (nncl_model_classes(model) < 2)
        TRY(words_fail(words, "the last layer needs an output for each class, at least 2"));
out:
    return status;
}

/* Writes the canonical form: activations without a comma in front. */
static enum nncl_status write_text(struct nncl_model *model)
{
    struct text text = {0};
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct model_layer *layer = &model->layers[i];
        const char *separator = i == 0 ? "" : layer->type->activation ? " " : ", ";
        text_append(&text, "%s%s", separator, layer->type->name);
        if (layer->type->write)
            layer->type->write(layer, &text);
    }
    model->text = text.bytes; /* freed with the model, complete or not */
    return text.failed ? nncl_fail_memory("a network's text", text.size) : NNCL_OK;
}

enum nncl_status model_parse(struct nncl_model *model, const char *source, const char *text)
{
    if (strlen(text) > MODEL_MAX_TEXT)
        return nncl_fail(NNCL_USAGE, "%s of %zu bytes: at most %d are read", source, strlen(text),
            (int)MODEL_MAX_TEXT);
    const struct nncl_shape input = model_input_shape(model);
    struct words words = words_first(source, text, &input);
    words.classes = model->input.classes;
    enum nncl_status status = parse_layers(model, &words);
    return status == NNCL_OK ? write_text(model) : status;
}
