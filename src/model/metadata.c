/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The architecture in a model file's metadata: strings under keys that begin with "nncl.". */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "base/status.h"
#include "model/safetensors.h"

static const char format_version[] = "1";

/* Sets a key to formatted text; `text` is freed. */
static bool set_text(json_t *metadata, const char *key, char *text)
{
    bool done = text && json_object_set_new(metadata, key, json_string(text)) == 0;
    free(text);
    return done;
}

/* The names of the classes, if they have any, as the text of a JSON list. */
static bool set_class_names(json_t *metadata, const struct nncl_model *model)
{
    json_t *list = json_array();
    bool done = list != NULL;
    if (model->class_names == NULL) {
        json_decref(list);
        return true;
    }
    for (uint32_t class = 0; class < nncl_model_classes(model) && done; class ++)
        done = json_array_append_new(list, json_string(model->class_names[class])) == 0;
    done = set_text(metadata, "nncl.labels", done ? json_dumps(list, JSON_COMPACT) : NULL);
    json_decref(list);
    return done;
}

/* The loss, unless it is the usual one: models of that kind keep the bytes they always had. */
static bool set_loss(json_t *metadata, const struct nncl_model *model)
{
    return model->loss == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY ||
           set_text(metadata, "nncl.loss", text_format("%s", nncl_loss_name(model->loss)));
}

enum nncl_status model_metadata_write(const struct nncl_model *model, json_t **metadata)
{
    const struct nncl_picture_shape *shape = &model->input.shape;
    char scale[NUMBER_SIZE], shift[NUMBER_SIZE];
    json_t *object = json_object();
    enum nncl_status status;
    TRY(number_format(model->input.scale, scale));
    TRY(number_format(model->input.shift, shift));
    if (!object || !set_text(object, "nncl.format", text_format("%s", format_version)) ||
        !set_text(object, "nncl.network", text_format("%s", model->text)) ||
        !set_text(object, "nncl.input",
            text_format("%ux%ux%u", shape->height, shape->width, shape->channels)) ||
        !set_text(object, "nncl.scale", text_format("%s", scale)) ||
        !set_text(object, "nncl.shift", text_format("%s", shift)) ||
        !set_text(object, "nncl.classes", text_format("%u", nncl_model_classes(model))) ||
        !set_loss(object, model) || !set_class_names(object, model))
        TRY(nncl_fail_memory("a model's metadata", strlen(model->text)));
    *metadata = object;
    object = NULL;
out:
    json_decref(object);
    return status;
}

/* The text under a key, borrowed. */
static enum nncl_status get_text(const json_t *metadata, const char *key, const char **text)
{
    const json_t *value = json_object_get(metadata, key);
    if (!value)
        return nncl_fail(NNCL_BAD_DATA,
            "no nncl model: its metadata lacks \"%s\" (needed are nncl.format, nncl.network, "
            "nncl.input, nncl.scale, nncl.shift and nncl.classes; see docs/model-format.md)",
            key);
    *text = json_string_value(value);
    if (!*text)
        return nncl_fail(NNCL_BAD_DATA, "\"%s\" in its metadata is not a string", key);
    return NNCL_OK;
}

static enum nncl_status bad_text(const char *key, const char *text, const char *expected)
{
    char buffer[SHOWN_SIZE];
    return nncl_fail(NNCL_BAD_DATA, "\"%s\" in its metadata is \"%s\" where %s was expected", key,
        text_shown(buffer, text, strlen(text)), expected);
}

static enum nncl_status check_format(const json_t *metadata)
{
    const char *text;
    enum nncl_status status = get_text(metadata, "nncl.format", &text);
    if (status != NNCL_OK || strcmp(text, format_version) == 0)
        return status;
    char buffer[SHOWN_SIZE];
    return nncl_fail(NNCL_BAD_DATA,
        "it has format %s, and this nncl reads format %s: use the nncl "
        "that wrote it, or a newer one",
        text_shown(buffer, text, strlen(text)), format_version);
}

static enum nncl_status get_number(const json_t *metadata, const char *key, float *value)
{
    const char *text;
    enum nncl_status status = get_text(metadata, key, &text);
    if (status == NNCL_OK && !number_parse(text, value))
        status = bad_text(key, text, "a finite decimal number");
    return status;
}

/* "28x28x1" */
static enum nncl_status get_shape(const json_t *metadata, struct nncl_picture_shape *shape)
{
    uint32_t *const sizes[] = {&shape->height, &shape->width, &shape->channels};
    const char *text;
    enum nncl_status status;
    TRY(get_text(metadata, "nncl.input", &text));
    const char *next = text;
    for (size_t i = 0; i < 3; i++) {
        size_t length = strcspn(next, "x");
        bool last = i == 2, ends = next[length] == 0;
        if (!count_parse(next, length, sizes[i]) || last != ends)
            TRY(bad_text("nncl.input", text, "height x width x channels, such as 28x28x1,"));
        next += length + 1;
    }
out:
    return status;
}

static enum nncl_status check_classes(const json_t *metadata, const struct nncl_model *model)
{
    const char *text;
    enum nncl_status status = get_text(metadata, "nncl.classes", &text);
    uint32_t classes;
    if (status != NNCL_OK)
        return status;
    if (!count_parse(text, strlen(text), &classes))
        return bad_text("nncl.classes", text, "a count");
    if (classes != nncl_model_classes(model))
        return nncl_fail(NNCL_BAD_DATA,
            "its metadata says %u classes, and its network \"%s\" has %u", classes, model->text,
            nncl_model_classes(model));
    return NNCL_OK;
}

static enum nncl_status get_loss(const json_t *metadata, struct nncl_model *model)
{
    const char *text;
    if (!json_object_get(metadata, "nncl.loss"))
        return NNCL_OK;
    enum nncl_status status = get_text(metadata, "nncl.loss", &text);
    if (status == NNCL_OK && nncl_loss_find(text, &model->loss) != NNCL_OK)
        status = bad_text("nncl.loss", text, "the name of a loss");
    return status;
}

/* Gives the model the names in a JSON list. */
static enum nncl_status name_classes(const json_t *list, struct nncl_model *model)
{
    const uint32_t classes = nncl_model_classes(model);
    if (!json_is_array(list) || json_array_size(list) != classes)
        return nncl_fail(
            NNCL_BAD_DATA, "\"nncl.labels\" in its metadata is no JSON list of %u names", classes);
    const char **names = calloc(classes, sizeof *names);
    if (!names)
        return nncl_fail_memory("the names of the classes", classes * sizeof *names);
    enum nncl_status status = NNCL_OK;
    for (uint32_t class = 0; class < classes; class ++) {
        names[class] = json_string_value(json_array_get(list, class));
        if (!names[class])
            TRY(nncl_fail(
                NNCL_BAD_DATA, "name %u of \"nncl.labels\" in its metadata is no string", class));
    }
    TRY(nncl_model_name_classes(model, names));
out:
    free(names);
    return status;
}

static enum nncl_status get_class_names(const json_t *metadata, struct nncl_model *model)
{
    const char *text;
    if (!json_object_get(metadata, "nncl.labels"))
        return NNCL_OK;
    enum nncl_status status = get_text(metadata, "nncl.labels", &text);
    if (status != NNCL_OK)
        return status;
    json_t *list = json_loads(text, 0, NULL);
    status = name_classes(list, model);
    json_decref(list);
    return status;
}

enum nncl_status model_metadata_read(const json_t *metadata, struct nncl_model **model)
{
    struct nncl_model *outline = NULL;
    struct nncl_model_input input = {0};
    const char *network;
    enum nncl_status status;
    if (metadata && !json_is_object(metadata))
        TRY(nncl_fail(NNCL_BAD_DATA, "\"" METADATA_KEY "\" in its header is not an object"));
    TRY(check_format(metadata));
    TRY(get_text(metadata, "nncl.network", &network));
    TRY(get_shape(metadata, &input.shape));
    TRY(get_number(metadata, "nncl.scale", &input.scale));
    TRY(get_number(metadata, "nncl.shift", &input.shift));
    if (input.scale == 0)
        TRY(bad_text("nncl.scale", "0", "a number other than 0"));
    TRY(model_outline(network, &input, &outline));
    TRY(check_classes(metadata, outline));
    TRY(get_loss(metadata, outline));
    TRY(get_class_names(metadata, outline));
    *model = outline;
    outline = NULL;
out:
    nncl_model_free(&outline);
    return status == NNCL_USAGE ? NNCL_BAD_DATA : status;
}
