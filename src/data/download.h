/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fetching files over HTTP. */
#ifndef NNCL_DATA_DOWNLOAD_H
#define NNCL_DATA_DOWNLOAD_H

#include "data/mnist.h"

/* Fetches those of MNIST's files that `folder` (which must be there) does not have, as .gz.
 * What was fetched so far stays in <name>.gz.part, and the next attempt goes on from there.
 * Errors: NNCL_FAILED with what each mirror answered, NNCL_INTERRUPTED, NNCL_OUT_OF_MEMORY. */
enum nncl_status download_mnist(const char *folder);

/* Fetches one file into <folder>/<name>.gz from the first of `count` mirrors that has it right.
 * mirrors[i] becomes NULL if that mirror cannot be reached at all. Errors as above. */
enum nncl_status download_file(
    const struct mnist_file *file, const char *folder, const char **mirrors, size_t count);

#endif
