/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What writing and reading a model file share. The format: docs/model-format.md. */
#ifndef NNCL_MODEL_SAFETENSORS_H
#define NNCL_MODEL_SAFETENSORS_H

#include <jansson.h>

#include "model/model.h"

/* The metadata's key in the header. */
#define METADATA_KEY "__metadata__"

/* The values of `__metadata__` as a new reference. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status model_metadata_write(const struct nncl_model *model, json_t **metadata);

/* An outline of the model that `metadata` (NULL: absent) describes. Errors: NNCL_BAD_DATA without
 * the file's name, NNCL_OUT_OF_MEMORY. */
enum nncl_status model_metadata_read(const json_t *metadata, struct nncl_model **model);

/* Size of axis `axis` of a parameter as it stands in a file. */
static inline size_t stored_size(const struct parameter_form *form, unsigned axis)
{
    return form->shape.size[form->stored_axis[axis]];
}

struct file_reader;

/* The header of a safetensors file, of at most `most` bytes, as a new reference. Errors:
 * NNCL_BAD_DATA without the path, NNCL_OUT_OF_MEMORY. */
enum nncl_status safetensors_read_header(struct file_reader *reader, size_t most, json_t **header);

/* Where in memory the element stands that is number `index` in the file. */
size_t stored_element(const struct parameter_form *form, size_t index);

/* NNCL_OK if all values of all parameters are finite, else `failure` naming tensor and element. */
enum nncl_status parameters_finite(const struct nncl_model *model, enum nncl_status failure);

#endif
