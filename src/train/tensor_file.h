/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Named tensors with metadata in one file of the safetensors layout, whose SHA-256 stands in its
 * metadata: one that is cut off or changed anywhere is seen to be so. */
#ifndef NNCL_TRAIN_TENSOR_FILE_H
#define NNCL_TRAIN_TENSOR_FILE_H

#include <jansson.h>

#include <nncl/tensor.h>

enum { TENSOR_NAME_SIZE = 96 };

struct file_tensor {
    char name[TENSOR_NAME_SIZE];
    enum nncl_type type; /* of four bytes */
    struct nncl_shape shape;
    size_t begin, bytes; /* where it stands in the tensors' bytes */
};

/* Writes the tensors, which follow each other in `bytes`. `metadata`: an object of strings, to
 * which the digest is added. The file is written as nncl_file_write does. Errors: NNCL_FAILED
 * naming the path, NNCL_OUT_OF_MEMORY. */
enum nncl_status tensor_file_write(const char *path, json_t *metadata,
    const struct file_tensor *tensors, size_t count, const uint8_t *bytes);

/* What a file holds. */
struct tensor_file {
    json_t *metadata; /* an object of strings */
    struct file_tensor *tensors;
    size_t count;
    uint8_t *bytes;
};

/* Reads what tensor_file_write wrote, everything checked. Free with tensor_file_clear, after a
 * failure, too. Errors: NNCL_BAD_DATA without the path unless it cannot be opened,
 * NNCL_OUT_OF_MEMORY. */
enum nncl_status tensor_file_read(const char *path, struct tensor_file *file);
void tensor_file_clear(struct tensor_file *file);

#endif
