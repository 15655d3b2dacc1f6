/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* IDX files: what MNIST comes in. */
#ifndef NNCL_DATA_IDX_H
#define NNCL_DATA_IDX_H

#include <nncl/data.h>

#include "data/stream.h"

/* One file's content. */
struct idx {
    uint32_t rows;
    struct nncl_picture_shape shape; /* of labels: 1 x columns x bytes of a number, 1 or 4 */
    uint8_t *bytes;                  /* [rows][height][width][channels], from malloc */
    uint32_t first;                  /* of labels: the number of class 0; set by the caller */
    uint8_t digest[SHA256_SIZE];     /* of the unpacked file */
};

enum idx_kind { IDX_PICTURES, IDX_LABELS };

/* Reads one file, plain or gzipped. *idx is set on success; free idx->bytes.
 * Errors: NNCL_BAD_DATA naming the file, NNCL_OUT_OF_MEMORY. */
enum nncl_status idx_read(const char *path, enum idx_kind kind, struct idx *idx);

/* One more than the largest class among labels; those that idx_join refuses do not count. */
uint32_t idx_classes(const struct idx *labels);

/* The class of a row of labels, their first column; UINT32_MAX for a number below idx->first. */
uint32_t idx_label(const struct idx *labels, size_t row);

/* Exchanges lines and columns of each picture, for sets stored that way.
 * Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status idx_transpose(struct idx *pictures);

/* Makes a data set of pictures and labels read from the files so named; `classes` as in
 * nncl_dataset_source. The pictures' bytes become the data set's on success.
 * Errors: NNCL_BAD_DATA for counts that differ and labels out of range, NNCL_OUT_OF_MEMORY. */
enum nncl_status idx_join(struct idx *pictures, const char *pictures_path, const struct idx *labels,
    const char *labels_path, uint32_t classes, struct nncl_dataset **dataset);

#endif
