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
    struct nncl_picture_shape shape; /* 1 x 1 x 1 for labels */
    uint8_t *bytes;                  /* [rows][height][width][channels], from malloc */
    uint8_t digest[SHA256_SIZE];     /* of the unpacked file */
};

enum idx_kind { IDX_PICTURES, IDX_LABELS };

/* Reads one file, plain or gzipped. *idx is set on success; free idx->bytes.
 * Errors: NNCL_BAD_DATA naming the file, NNCL_OUT_OF_MEMORY. */
enum nncl_status idx_read(const char *path, enum idx_kind kind, struct idx *idx);

/* Makes a data set of pictures and labels read from the files so named; `classes` as in
 * nncl_dataset_source. The pictures' bytes become the data set's on success.
 * Errors: NNCL_BAD_DATA for counts that differ and labels out of range, NNCL_OUT_OF_MEMORY. */
enum nncl_status idx_join(struct idx *pictures, const char *pictures_path, const struct idx *labels,
    const char *labels_path, uint32_t classes, struct nncl_dataset **dataset);

#endif
