/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Data sets of four IDX files under the names that MNIST and its kin have. */
#ifndef NNCL_DATA_IDX_SET_H
#define NNCL_DATA_IDX_SET_H

#include <nncl/data.h>

struct idx_layout;

/* How the files in `folder` are called. `folder` may end with the name of one of several sets in a
 * folder, as in DIR/emnist-letters. *layout becomes NULL if it has none of the files.
 * Errors: NNCL_BAD_DATA naming the files that are missing, or the sets if there are several;
 * NNCL_OUT_OF_MEMORY. */
enum nncl_status idx_set_find(const char *folder, const struct idx_layout **layout);

/* Loads the set. Errors: NNCL_BAD_DATA naming the file, NNCL_OUT_OF_MEMORY. */
enum nncl_status idx_set_load(
    const char *folder, const struct idx_layout *layout, struct nncl_mnist *mnist);

#endif
