/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <nncl/tensor.h>

#include <stdlib.h>

#include "base/status.h"
#include "device/device.h"

size_t nncl_type_size(enum nncl_type type)
{
    return type == NNCL_UINT8 ? 1 : 4;
}

size_t nncl_shape_elements(const struct nncl_shape *shape)
{
    if (shape->rank < 1 || shape->rank > NNCL_MAX_RANK)
        return 0;
    size_t elements = 1;
    for (unsigned i = 0; i < shape->rank; i++)
        if (__builtin_mul_overflow(elements, shape->size[i], &elements))
            return 0;
    return elements;
}

static enum nncl_status tensor_bytes(
    enum nncl_type type, const struct nncl_shape *shape, size_t *bytes)
{
    size_t elements = nncl_shape_elements(shape);
    if (elements == 0)
        return nncl_fail(NNCL_USAGE,
            "a tensor's shape needs 1 to %d sizes of at least 1 whose product can be counted",
            NNCL_MAX_RANK);
    if (__builtin_mul_overflow(elements, nncl_type_size(type), bytes))
        return nncl_fail(NNCL_OUT_OF_MEMORY, "a tensor of %zu elements is too large", elements);
    return NNCL_OK;
}

/* A tensor without its buffer, which is to have `bytes`. */
static enum nncl_status make(
    enum nncl_type type, const struct nncl_shape *shape, size_t *bytes, struct nncl_tensor **tensor)
{
    enum nncl_status status = tensor_bytes(type, shape, bytes);
    if (status != NNCL_OK)
        return status;
    *tensor = calloc(1, sizeof **tensor);
    if (!*tensor)
        return nncl_fail_memory("a tensor", sizeof **tensor);
    (*tensor)->type = type;
    (*tensor)->shape = *shape;
    return NNCL_OK;
}

static enum nncl_status create(struct nncl_device *device, enum nncl_type type,
    const struct nncl_shape *shape, bool shared, struct nncl_tensor **tensor)
{
    size_t bytes = 0;
    struct nncl_tensor *made = NULL;
    enum nncl_status status;
    TRY(make(type, shape, &bytes, &made));
    TRY(shared ? buffer_create_shared(device, bytes, &made->buffer)
               : buffer_create(device, bytes, &made->buffer));
    TRY(buffer_zero(made->buffer));
    *tensor = made;
    return NNCL_OK;
out:
    nncl_tensor_free(&made);
    return status;
}

enum nncl_status tensor_borrow(struct nncl_device *device, enum nncl_type type,
    const struct nncl_shape *shape, const void *values, struct nncl_tensor **tensor)
{
    size_t bytes = 0;
    struct nncl_tensor *made = NULL;
    enum nncl_status status;
    TRY(make(type, shape, &bytes, &made));
    TRY(buffer_borrow(device, values, bytes, &made->buffer));
    *tensor = made;
    return NNCL_OK;
out:
    nncl_tensor_free(&made);
    return status;
}

enum nncl_status nncl_tensor_create(struct nncl_device *device, enum nncl_type type,
    const struct nncl_shape *shape, struct nncl_tensor **tensor)
{
    return create(device, type, shape, false, tensor);
}

enum nncl_status tensor_create_shared(struct nncl_device *device, enum nncl_type type,
    const struct nncl_shape *shape, struct nncl_tensor **tensor)
{
    return create(device, type, shape, true, tensor);
}

void nncl_tensor_free(struct nncl_tensor **tensor)
{
    if (!*tensor)
        return;
    buffer_free(&(*tensor)->buffer);
    free(*tensor);
    *tensor = NULL;
}

enum nncl_status nncl_tensor_write(struct nncl_tensor *tensor, const void *values)
{
    return buffer_write(tensor->buffer, 0, values, tensor->buffer->bytes);
}

enum nncl_status nncl_tensor_read(struct nncl_tensor *tensor, void *values)
{
    return buffer_read(tensor->buffer, 0, values, tensor->buffer->bytes);
}

enum nncl_type nncl_tensor_type(const struct nncl_tensor *tensor)
{
    return tensor->type;
}

const struct nncl_shape *nncl_tensor_shape(const struct nncl_tensor *tensor)
{
    return &tensor->shape;
}
