/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tensors: dense row-major arrays in a device's memory. */
#ifndef NNCL_TENSOR_H
#define NNCL_TENSOR_H

#include <stddef.h>
#include <stdint.h>

#include <nncl/device.h>
#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nncl_type { NNCL_FLOAT32, NNCL_UINT32, NNCL_UINT8 };

#define NNCL_MAX_RANK 4

/* Sizes of a tensor, slowest-varying first; sizes beyond `rank` are ignored. */
struct nncl_shape {
    unsigned rank;              /* 1 to NNCL_MAX_RANK */
    size_t size[NNCL_MAX_RANK]; /* elements, each at least 1 */
};

/* Bytes of one element. Thread-safety: safe. */
NNCL_API size_t nncl_type_size(enum nncl_type type);

/* Number of elements, or 0 if the shape is malformed or the product overflows. Thread-safety: safe.
 */
NNCL_API size_t nncl_shape_elements(const struct nncl_shape *shape);

/* The picture behind a row of features; for data that are no pictures height is 1, width the number
 * of features, channels 1. Features of a row are ordered [height][width][channels]. */
struct nncl_picture_shape {
    uint32_t height, width, channels;
};

struct nncl_tensor;

/* Makes a tensor of zeros on a device. `shape` is copied. The device must outlive the tensor; free
 * it with nncl_tensor_free. Errors: NNCL_USAGE for a malformed shape, NNCL_OUT_OF_MEMORY with the
 * sizes when a limit of the device is exceeded. Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_tensor_create(struct nncl_device *device, enum nncl_type type,
    const struct nncl_shape *shape, struct nncl_tensor **tensor);

/* Frees the tensor and clears the pointer; *tensor may be NULL. Thread-safety: one thread a device.
 */
NNCL_API void nncl_tensor_free(struct nncl_tensor **tensor);

/* Copies all elements from `values` (as many as the shape has, of the tensor's type) to the device,
 * in the order of the device's queue. Blocks until `values` may be reused; counts as a host wait.
 * Errors: NNCL_DEVICE_LOST, NNCL_OUT_OF_MEMORY, NNCL_FAILED. Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_tensor_write(struct nncl_tensor *tensor, const void *values);

/* Copies all elements to `values`, after everything enqueued before. Blocks; counts as a host wait.
 * Errors and thread-safety: as nncl_tensor_write. */
NNCL_API enum nncl_status nncl_tensor_read(struct nncl_tensor *tensor, void *values);

/* The tensor's element type and shape; the shape is owned by the tensor. Thread-safety: safe. */
NNCL_API enum nncl_type nncl_tensor_type(const struct nncl_tensor *tensor);
NNCL_API const struct nncl_shape *nncl_tensor_shape(const struct nncl_tensor *tensor);

#ifdef __cplusplus
}
#endif
#endif
