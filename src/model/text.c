/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The text form: "dense 128 relu, dense 10". Between commas stand a layer's name, its own words,
 * and then activations, each of which becomes a layer too. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "model/model.h"

static bool shapes_equal(const struct nncl_shape *a, const struct nncl_shape *b)
{
    return a->rank == b->rank && memcmp(a->size, b->size, a->rank * sizeof *a->size) == 0;
}

static const struct layer_type *find_type(const struct words *words)
{
    for (const struct layer_type *const *type = layer_types; *type; type++)
        if (words_at(words, (*type)->name))
            return *type;
    return NULL;
}

/* Appends what the layer read last, before its activations, takes: its words go before them. */
static void append_words(const struct nncl_model *model, struct text *text)
{
    size_t i = model->layer_count;
    while (i > 0 && model->layers[i - 1].type->activation)
        i--;
    if (i > 0 && model->layers[i - 1].type->words)
        text_append(text, "; \"%s\" takes, before activations, %s", model->layers[i - 1].type->name,
            model->layers[i - 1].type->words);
}

/* Fails with what could have stood here. */
static enum nncl_status fail_names(
    const struct nncl_model *model, const struct words *words, bool behind_layer)
{
    struct text names = {0}, own = {0};
    for (const struct layer_type *const *type = layer_types; *type; type++)
        if (!behind_layer || (*type)->activation)
            text_append(&names, "%s%s", names.size ? ", " : "", (*type)->name);
    if (words->number == 1) /* it may have been meant for a preset */
        for (size_t i = 0; i < nncl_preset_count(); i++)
            text_append(&names, "%s%s", i ? ", " : "; or a preset: ", nncl_preset_get(i)->name);
    if (behind_layer)
        append_words(model, &own);
    enum nncl_status status;
    if (names.failed || own.failed)
        status = nncl_fail_memory("a message", names.size + own.size);
    else
        status = words_fail(words, "expected %s (%s)%s%s",
            behind_layer ? "a comma, the end or an activation" : "a layer's name", names.bytes,
            behind_layer ? ", or \"as\" and a name" : "", own.bytes ? own.bytes : "");
    free(names.bytes);
    free(own.bytes);
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

/* The number of the layer whose name stands here, below `end`; `end` if there is none. */
static size_t find_named(const struct nncl_model *model, const struct words *words, size_t end)
{
    size_t i = 0;
    while (i < end && !(model->layers[i].name[0] && words_at(words, model->layers[i].name)))
        i++;
    return i;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(const struct words *words)
{
    bool good = !words_at_comma(words) && words->length > 0 && words->length < LAYER_NAME_BYTES &&
                is_letter(words->start[0]);
    for (size_t i = 1; good && i < words->length; i++) {
        const char c = words->start[i];
        good = is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }
    return good;
}

/* Reads "as NAME": the layer read last gets a name. */
static enum nncl_status parse_name(struct nncl_model *model, struct words *words)
{
    struct model_layer *layer = &model->layers[model->layer_count - 1];
    if (layer->name[0])
        return words_fail(words, "this layer has a name already, \"%s\"", layer->name);
    words_next(words);
    if (!is_name(words))
        return words_fail(words,
            "expected a name behind \"as\": a letter, then letters, digits, - and _, at most %d",
            LAYER_NAME_BYTES - 1);
    if (find_named(model, words, model->layer_count) < model->layer_count)
        return words_fail(words, "an earlier layer has that name already");
    memcpy(layer->name, words->start, words->length);
    words_next(words);
    return NNCL_OK;
}

/* Fails with the names that could have stood here. */
static enum nncl_status fail_joined(const struct nncl_model *model, const struct words *words)
{
    struct text names = {0};
    for (size_t i = 0; i < model->layer_count; i++)
        if (model->layers[i].name[0])
            text_append(&names, "%s%s", names.size ? ", " : "", model->layers[i].name);
    enum nncl_status status;
    if (names.failed)
        status = nncl_fail_memory("a message", names.size);
    else if (!names.bytes)
        status =
            words_fail(words, "expected the name of an earlier layer, but none has one (\"as\" "
                              "and a name, behind a layer's words, gives it one)");
    else
        status = words_fail(words, "expected the name of an earlier layer (%s)", names.bytes);
    free(names.bytes);
    return status;
}

static enum nncl_status fail_joined_shape(
    const struct words *words, const struct model_layer *joined)
{
    struct text shape = {0};
    shape_append(&shape, &joined->output);
    enum nncl_status status =
        shape.failed ? nncl_fail_memory("a message", shape.size)
                     : words_fail(words, "the shape of \"%s\" is %s, and both must be equal",
                           joined->name, shape.bytes);
    free(shape.bytes);
    return status;
}

/* Reads the name of the layer whose output `layer`, the last one, joins. */
static enum nncl_status parse_joined(
    const struct nncl_model *model, struct words *words, struct model_layer *layer)
{
    const size_t end = model->layer_count - 1, found = find_named(model, words, end);
    if (found == end)
        return fail_joined(model, words);
    if (!shapes_equal(&model->layers[found].output, &layer->input))
        return fail_joined_shape(words, &model->layers[found]);
    layer->joined = found;
    words_next(words);
    return NNCL_OK;
}

/* Reads one layer: its name and its own words. */
static enum nncl_status parse_layer(
    struct nncl_model *model, struct words *words, bool behind_layer)
{
    const struct words name = *words;
    const struct layer_type *type = find_type(words);
    if (!type || (behind_layer && !type->activation))
        return fail_names(model, words, behind_layer);
    struct model_layer *layer = NULL;
    enum nncl_status status;
    TRY(add_layer(model, &name, type, &layer));
    words_next(words);
    if (type->joins)
        TRY(parse_joined(model, words, layer));
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
            TRY(words_at(words, "as") ? parse_name(model, words) : parse_layer(model, words, true));
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
enum nncl_status model_write_text(struct nncl_model *model)
{
    struct text text = {0};
    for (size_t i = 0; i < model->layer_count; i++) {
        const struct model_layer *layer = &model->layers[i];
        const char *separator = i == 0 ? "" : layer->type->activation ? " " : ", ";
        text_append(&text, "%s%s", separator, layer->type->name);
        if (layer->type->joins)
            text_append(&text, " %s", model->layers[layer->joined].name);
        if (layer->type->write)
            layer->type->write(layer, &text);
        if (layer->name[0])
            text_append(&text, " as %s", layer->name);
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
    return status == NNCL_OK ? model_write_text(model) : status;
}
