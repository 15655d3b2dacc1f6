/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Making a data set without copying its arrays. */
#ifndef NNCL_DATA_DATASET_H
#define NNCL_DATA_DATASET_H

#include <nncl/data.h>

/* As nncl_dataset_create, but `features` and `labels` (each from malloc, labels may be NULL) become
 * the data set's own on success; on failure they stay the caller's. source->features and
 * source->labels are not looked at. */
enum nncl_status dataset_adopt(const struct nncl_dataset_source *source, void *features,
    uint32_t *labels, struct nncl_dataset **dataset);

/* Features of a row, or 0 if there are none or too many to count. */
size_t dataset_row_features(const struct nncl_picture_shape *shape);

#endif
