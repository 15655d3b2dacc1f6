/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Unpacked copies of large gzipped files, in the cache: unpacking MNIST's pictures takes 0.2 s at
 * each start, reading them 0.05 s. */
#ifndef NNCL_DATA_UNPACKED_H
#define NNCL_DATA_UNPACKED_H

#include "data/stream.h"

/* A gzipped file's copy. */
struct unpacked {
    char packed[2 * SHA256_SIZE + 1];  /* SHA-256 of the file as it stands; "": there is no copy of
                                          it  and none is to be made */
    char *path;                        /* the copy; NULL: there is none */
    char content[2 * SHA256_SIZE + 1]; /* the copy's SHA-256: read, it must have this one */
};

/* Looks for a file's copy. Whatever fails means that there is none. Free copy->path. */
void unpacked_find(const char *path, struct unpacked *copy);

/* Makes a copy that unpacked_find did not find: `head`, then `rest`, whose SHA-256 is `digest`.
 * Only sizes of 1 to 64 MiB are kept, of all together 256 MiB. A failure is logged and no more. */
void unpacked_keep(const struct unpacked *copy, const void *head, size_t head_size,
    const void *rest, size_t rest_size, const uint8_t digest[SHA256_SIZE]);

#endif
