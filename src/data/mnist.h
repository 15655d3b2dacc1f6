/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* MNIST's four files in a folder. */
#ifndef NNCL_DATA_MNIST_H
#define NNCL_DATA_MNIST_H

#include <stdbool.h>

#include <nncl/data.h>

#include "data/stream.h"

struct mnist_file {
    const char *name;   /* the usual spelling */
    const char *dotted; /* the other one */
    const char *sha256; /* of the unpacked file */
};

enum { MNIST_FILES = 4, MNIST_CLASSES = 10, MNIST_SIDE = 28 };

/* Training pictures and labels, test pictures and labels. */
extern const struct mnist_file mnist_files[MNIST_FILES];

/* Whether `folder` has all four files, under any of their names. Each one that it lacks is added to
 * `missing` (may be NULL) as ", <name>"; free missing->bytes. */
struct text;
bool mnist_folder_is_complete(const char *folder, struct text *missing);

/* Loads the four files of `folder` into *mnist; only those with MNIST's own SHA-256 are taken.
 * Errors: NNCL_BAD_DATA naming the file, NNCL_OUT_OF_MEMORY. */
enum nncl_status mnist_folder_load(const char *folder, struct nncl_mnist *mnist);

/* Whether `folder` has this file, whole and with the right SHA-256. */
bool mnist_file_is_genuine(const char *folder, const struct mnist_file *file);

#endif
