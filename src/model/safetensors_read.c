/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Reading a model file. Nothing in it is trusted: each size is checked before it is used. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "model/safetensors.h"

/* No header that nncl writes comes near; it bounds what JSON may cost. */
enum { MAX_HEADER = 1 << 20 };

/* Where a parameter's values stand in the file, counted from the end of the header. */
struct span {
    size_t parameter; /* index */
    size_t begin, end;
};

static enum nncl_status read_header_length(struct file_reader *reader, size_t most, size_t *length)
{
    uint8_t *bytes = NULL;
    size_t got = 0;
    enum nncl_status status;
    TRY(file_reader_take(reader, 8, &bytes, &got));
    if (got < 8)
        TRY(nncl_fail(NNCL_BAD_DATA, "it has only %zu bytes: no safetensors file", got));
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    if (value < 2 || value > most)
        TRY(nncl_fail(NNCL_BAD_DATA,
            "its first 8 bytes announce a header of %llu bytes, and 2 to %zu are possible: no "
            "safetensors file, or damaged",
            (unsigned long long)value, most));
    *length = (size_t)value;
out:
    free(bytes);
    return status;
}

enum nncl_status safetensors_read_header(struct file_reader *reader, size_t most, json_t **header)
{
    uint8_t *bytes = NULL;
    size_t length = 0, got = 0;
    json_error_t error;
    char reason[SHOWN_SIZE];
    enum nncl_status status;
    TRY(read_header_length(reader, most, &length));
    TRY(file_reader_take(reader, length, &bytes, &got));
    if (got < length)
        TRY(nncl_fail(NNCL_BAD_DATA, "it is cut off: %zu bytes of a header of %zu", got, length));
    if (bytes[0] != '{')
        TRY(nncl_fail(NNCL_BAD_DATA, "its header is no JSON object: no safetensors file"));
    *header = json_loadb((char *)bytes, length, JSON_REJECT_DUPLICATES, &error);
    if (!*header)
        TRY(nncl_fail(NNCL_BAD_DATA, "its header is damaged: %s",
            text_shown(reason, error.text, strlen(error.text))));
out:
    free(bytes);
    return status;
}

static enum nncl_status check_type(const char *name, const json_t *entry)
{
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    char buffer[SHOWN_SIZE];
    if (!type || strcmp(type, "F32") != 0)
        return nncl_fail(NNCL_BAD_DATA, "tensor %s has dtype \"%s\" where \"F32\" is needed", name,
            type ? text_shown(buffer, type, strlen(type)) : "");
    return NNCL_OK;
}

static enum nncl_status check_shape(
    const char *name, const json_t *entry, const struct parameter_form *form)
{
    const json_t *shape = json_object_get(entry, "shape");
    bool equal = json_array_size(shape) == form->shape.rank;
    for (unsigned axis = 0; axis < form->shape.rank && equal; axis++) {
        const json_t *size = json_array_get(shape, axis);
        equal = json_is_integer(size) &&
                json_integer_value(size) == (json_int_t)stored_size(form, axis);
    }
    if (equal)
        return NNCL_OK;
    struct nncl_shape needed = {.rank = form->shape.rank};
    for (unsigned axis = 0; axis < needed.rank; axis++)
        needed.size[axis] = stored_size(form, axis);
    struct text text = {0};
    shape_append(&text, &needed);
    enum nncl_status status =
        text.failed
            ? nncl_fail_memory("a message", text.size)
            : nncl_fail(NNCL_BAD_DATA, "the shape of tensor %s is not %s, which its network needs",
                  name, text.bytes);
    free(text.bytes);
    return status;
}

static enum nncl_status read_offsets(const char *name, const json_t *entry,
    const struct parameter_form *form, size_t total, struct span *span)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    size_t bytes = nncl_shape_elements(&form->shape) * sizeof(float);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end))
        return nncl_fail(
            NNCL_BAD_DATA, "the data_offsets of tensor %s are not two whole numbers", name);
    json_int_t from = json_integer_value(begin), to = json_integer_value(end);
    if (from < 0 || to < from || (uint64_t)to > total)
        return nncl_fail(NNCL_BAD_DATA,
            "tensor %s lies from %lld to %lld, outside of the %zu bytes of tensors", name,
            (long long)from, (long long)to, total);
    if ((uint64_t)(to - from) != bytes)
        return nncl_fail(NNCL_BAD_DATA, "tensor %s has %lld bytes where its shape needs %zu", name,
            (long long)(to - from), bytes);
    span->begin = (size_t)from;
    span->end = (size_t)to;
    return NNCL_OK;
}

static enum nncl_status read_entry(
    const json_t *header, const struct nncl_model *model, struct span *span)
{
    const struct model_parameter *parameter = &model->parameters[span->parameter];
    const char *name = parameter->base.name;
    const json_t *entry = json_object_get(header, name);
    enum nncl_status status;
    if (!json_is_object(entry))
        TRY(nncl_fail(NNCL_BAD_DATA, "tensor %s, which its network \"%s\" needs, is %s", name,
            model->text, entry ? "not described" : "missing"));
    TRY(check_type(name, entry));
    TRY(check_shape(name, entry, &parameter->form));
    TRY(read_offsets(name, entry, &parameter->form, model->elements * sizeof(float), span));
out:
    return status;
}

static int by_begin(const void *left, const void *right)
{
    size_t a = ((const struct span *)left)->begin, b = ((const struct span *)right)->begin;
    return (a > b) - (a < b);
}

/* The tensors must follow each other without overlap or gap. Sorts the spans. */
static enum nncl_status check_spans(const struct nncl_model *model, struct span *spans)
{
    size_t position = 0;
    qsort(spans, model->parameter_count, sizeof *spans, by_begin);
    for (size_t i = 0; i < model->parameter_count; i++) {
        if (spans[i].begin != position)
            return nncl_fail(NNCL_BAD_DATA,
                "tensor %s begins at byte %zu where %zu was expected: %s",
                model->parameters[spans[i].parameter].base.name, spans[i].begin, position,
                spans[i].begin < position ? "it overlaps another" : "there is a gap before it");
        position = spans[i].end;
    }
    return NNCL_OK;
}

static enum nncl_status refuse_extra(const json_t *header, const struct nncl_model *model)
{
    for (void *at = json_object_iter((json_t *)header); at;
         at = json_object_iter_next((json_t *)header, at)) {
        const char *key = json_object_iter_key(at);
        bool known = strcmp(key, METADATA_KEY) == 0;
        for (size_t i = 0; i < model->parameter_count && !known; i++)
            known = strcmp(key, model->parameters[i].base.name) == 0;
        char buffer[SHOWN_SIZE];
        if (!known)
            return nncl_fail(NNCL_BAD_DATA,
                "it has a tensor \"%s\" that its network \"%s\" has not",
                text_shown(buffer, key, strlen(key)), model->text);
    }
    return NNCL_OK;
}

/* The bytes of all tensors, exactly as many as the network needs. */
static enum nncl_status read_tensors(struct file_reader *reader, size_t total, uint8_t **bytes)
{
    uint8_t *data = NULL;
    size_t got = 0;
    enum nncl_status status;
    TRY(file_reader_take(reader, total + 1, &data, &got));
    if (got < total)
        TRY(nncl_fail(
            NNCL_BAD_DATA, "it is cut off: %zu bytes of tensors where %zu are needed", got, total));
    if (got > total)
        TRY(nncl_fail(NNCL_BAD_DATA, "there are bytes behind its last tensor"));
    *bytes = data;
    data = NULL;
out:
    free(data);
    return status;
}

static void decode(const struct model_parameter *parameter, const uint8_t *bytes)
{
    size_t elements = nncl_shape_elements(&parameter->form.shape);
    for (size_t i = 0; i < elements; i++, bytes += 4) {
        uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24;
        memcpy(&parameter->base.values[stored_element(&parameter->form, i)], &bits, sizeof bits);
    }
}

/* Reads the values of an outline's parameters. */
static enum nncl_status read_parameters(
    struct file_reader *reader, const json_t *header, struct nncl_model *model)
{
    uint8_t *bytes = NULL;
    struct span *spans = calloc(model->parameter_count, sizeof *spans);
    enum nncl_status status;
    if (!spans)
        TRY(nncl_fail_memory("a model file's header", model->parameter_count * sizeof *spans));
    TRY(refuse_extra(header, model));
    for (size_t i = 0; i < model->parameter_count; i++) {
        spans[i].parameter = i;
        TRY(read_entry(header, model, &spans[i]));
    }
    TRY(check_spans(model, spans));
    TRY(read_tensors(reader, model->elements * sizeof(float), &bytes));
    TRY(model_allocate(model));
    for (size_t i = 0; i < model->parameter_count; i++)
        decode(&model->parameters[spans[i].parameter], bytes + spans[i].begin);
    TRY(parameters_finite(model, NNCL_BAD_DATA));
out:
    free(bytes);
    free(spans);
    return status;
}

/* A checkpoint has a model's metadata and more. */
static enum nncl_status refuse_checkpoint(const json_t *metadata)
{
    if (!json_object_get(metadata, "nncl.checkpoint"))
        return NNCL_OK;
    return nncl_fail(NNCL_BAD_DATA,
        "it is a training's checkpoint and no model: \"mnist-cl train --resume\" goes on with it");
}

enum nncl_status nncl_model_load(const char *path, struct nncl_model **model)
{
    struct file_reader *reader = NULL;
    struct nncl_model *new = NULL;
    json_t *header = NULL;
    enum nncl_status status = file_reader_open(path, &reader);
    if (status != NNCL_OK)
        return status;
    TRY(safetensors_read_header(reader, MAX_HEADER, &header));
    TRY(refuse_checkpoint(json_object_get(header, METADATA_KEY)));
    TRY(model_metadata_read(json_object_get(header, METADATA_KEY), &new));
    TRY(read_parameters(reader, header, new));
    *model = new;
    new = NULL;
out:
    if (status != NNCL_OK)
        nncl_fail_while(status, "model file %s", path);
    nncl_model_free(&new);
    json_decref(header);
    file_reader_close(&reader);
    return status;
}
