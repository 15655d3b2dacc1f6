/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writing a model file. */
#include "model/safetensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"

enum { ALIGNMENT = 8, BLOCK = 4096 };

size_t stored_element(const struct parameter_form *form, size_t index)
{
    size_t position[NNCL_MAX_RANK] = {0}, element = 0;
    for (unsigned axis = form->shape.rank; axis-- > 0;) {
        position[form->stored_axis[axis]] = index % stored_size(form, axis);
        index /= stored_size(form, axis);
    }
    for (unsigned axis = 0; axis < form->shape.rank; axis++)
        element = element * form->shape.size[axis] + position[axis];
    return element;
}

enum nncl_status parameters_finite(const struct nncl_model *model, enum nncl_status failure)
{
    for (size_t i = 0; i < model->parameter_count; i++) {
        const struct nncl_parameter *parameter = &model->parameters[i].base;
        size_t elements = nncl_shape_elements(&parameter->shape);
        for (size_t j = 0; j < elements; j++)
            if (!isfinite(parameter->values[j]))
                return nncl_fail(failure, "element %zu of %s is %s: such a model is of no use", j,
                    parameter->name, isnan(parameter->values[j]) ? "NaN" : "infinite");
    }
    return NNCL_OK;
}

/* {"dtype":"F32","shape":[…],"data_offsets":[begin,end]}, NULL without memory. */
static json_t *tensor_entry(const struct parameter_form *form, size_t begin)
{
    size_t end = begin + nncl_shape_elements(&form->shape) * sizeof(float);
    json_t *shape = json_array();
    bool failed = !shape;
    for (unsigned axis = 0; axis < form->shape.rank && !failed; axis++)
        failed =
            json_array_append_new(shape, json_integer((json_int_t)stored_size(form, axis))) != 0;
    if (failed) {
        json_decref(shape);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets",
        (json_int_t)begin, (json_int_t)end);
}

static enum nncl_status header_object(const struct nncl_model *model, json_t **header)
{
    json_t *object = json_object(), *metadata = NULL;
    size_t begin = 0;
    enum nncl_status status;
    TRY(model_metadata_write(model, &metadata));
    bool failed = !object || json_object_set(object, METADATA_KEY, metadata) != 0;
    for (size_t i = 0; i < model->parameter_count && !failed; i++) {
        const struct model_parameter *parameter = &model->parameters[i];
        failed = json_object_set_new(
                     object, parameter->base.name, tensor_entry(&parameter->form, begin)) != 0;
        begin += nncl_shape_elements(&parameter->form.shape) * sizeof(float);
    }
    if (failed)
        TRY(nncl_fail_memory("a model file's header", strlen(model->text)));
    *header = object;
    object = NULL;
out:
    json_decref(metadata);
    json_decref(object);
    return status;
}

/* The header as text, with spaces at the end so that the tensors begin aligned. */
static enum nncl_status header_text(const struct nncl_model *model, struct text *text)
{
    json_t *object = NULL;
    enum nncl_status status = header_object(model, &object);
    if (status != NNCL_OK)
        return status;
    char *json = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (!json)
        return nncl_fail_memory("a model file's header", strlen(model->text));
    text_append(text, "%s", json);
    free(json);
    while (text->size % ALIGNMENT != 0 && !text->failed)
        text_append(text, " ");
    return text->failed ? nncl_fail_memory("a model file's header", text->size) : NNCL_OK;
}

static enum nncl_status write_header(
    const struct nncl_model *model, struct nncl_file_writer *writer)
{
    struct text header = {0};
    enum nncl_status status;
    TRY(header_text(model, &header));
    uint8_t length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)header.size >> (8 * i));
    TRY(nncl_file_writer_append(writer, length, sizeof length));
    TRY(nncl_file_writer_append(writer, header.bytes, header.size));
out:
    free(header.bytes);
    return status;
}

static void put_float(uint8_t bytes[4], float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(bits >> (8 * i));
}

static enum nncl_status write_tensor(
    const struct model_parameter *parameter, struct nncl_file_writer *writer)
{
    uint8_t block[4 * BLOCK];
    size_t elements = nncl_shape_elements(&parameter->form.shape);
    enum nncl_status status = NNCL_OK;
    for (size_t first = 0; first < elements && status == NNCL_OK; first += BLOCK) {
        size_t count = elements - first < BLOCK ? elements - first : BLOCK;
        for (size_t i = 0; i < count; i++)
            put_float(
                block + 4 * i, parameter->base.values[stored_element(&parameter->form, first + i)]);
        status = nncl_file_writer_append(writer, block, 4 * count);
    }
    return status;
}

enum nncl_status nncl_model_save(const struct nncl_model *model, const char *path)
{
    struct nncl_file_writer *writer = NULL;
    enum nncl_status status = parameters_finite(model, NNCL_FAILED);
    if (status != NNCL_OK)
        return nncl_fail_while(status, "cannot save the model %s", path);
    TRY(nncl_file_writer_open(path, &writer));
    TRY(write_header(model, writer));
    for (size_t i = 0; i < model->parameter_count; i++)
        TRY(write_tensor(&model->parameters[i], writer));
    TRY(nncl_file_writer_commit(&writer));
out:
    nncl_file_writer_abandon(&writer);
    return status;
}
