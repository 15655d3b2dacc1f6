/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Data sets that are no IDX files. */
#ifndef NNCL_DATA_LOADED_H
#define NNCL_DATA_LOADED_H

#include <nncl/data.h>

/* CIFAR-10's binary files in `folder` or in its cifar-10-batches-bin. *found says whether there are
 * any; if so they are loaded. Errors: NNCL_BAD_DATA naming the file, NNCL_OUT_OF_MEMORY. */
enum nncl_status cifar_load(const char *folder, bool *found, struct nncl_mnist *mnist);

/* A folder of PNG pictures per class. *found and errors as above. */
enum nncl_status png_folder_load(const char *folder, bool *found, struct nncl_mnist *mnist);

/* Sets mnist->sha256 by what was loaded. Errors: NNCL_FAILED. */
enum nncl_status loaded_digest(struct nncl_mnist *mnist);

#endif
