/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A folder for a test to work in, and files to put there. */
#ifndef NNCL_TESTS_DATA_SCRATCH_H
#define NNCL_TESTS_DATA_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes a folder and goes there; XDG's variables point into it, nncl's are unset. */
void scratch_open(void);

/* Removes it. */
void scratch_close(void);

/* The folder's path. */
const char *scratch_folder(void);

void scratch_write(const char *path, const void *bytes, size_t size);
void scratch_write_gzip(const char *path, const void *bytes, size_t size);

/* The whole file; free it. */
uint8_t *scratch_read(const char *path, size_t *size);

/* An IDX file in memory: the magic, `count` dimensions and `size` bytes; *total gets its size. Free
 * it. */
uint8_t *scratch_idx(uint32_t magic, const uint32_t *dimensions, size_t count, const uint8_t *bytes,
    size_t size, size_t *total);

/* Makes the checksum of a PNG's chunk, or of all its chunks, right again. */
void scratch_fix_checksum(uint8_t *chunk);
void scratch_fix_checksums(uint8_t *png, size_t size);

/* The path of this one of MNIST's files (as in mnist_files) in NNCL_DATA_DIR, .gz; NULL if there is
 * no such file. Ask before scratch_open. Static storage. */
const char *scratch_mnist(int index);

#endif
