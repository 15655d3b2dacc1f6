/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A scratch folder for a test that writes model files, and small models to write. */
#ifndef NNCL_TESTS_MODEL_SCRATCH_H
#define NNCL_TESTS_MODEL_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

#include <nncl/model.h>

/* Makes a folder and goes there; removes it again. */
void scratch_enter(void);
void scratch_leave(void);

/* The model "dense 2 relu, dense 3" on rows of 2 features (1 x 2 x 1, scale 0.5, shift -0.25),
 * whose values are 1, 2, 3 … in the order of memory. */
struct nncl_model *small_model(void);

/* In place of nncl_file_write, which waits for the disk each time. */
void write_quickly(const char *path, const void *bytes, size_t size);

/* Writes a safetensors file: the header's length, the header as given, then `floats` values 1, 2, …
 */
void write_raw(const char *path, const char *header, size_t floats);

/* Loads a file and expects NNCL_BAD_DATA with a message that contains `expected`. */
void expect_refused(const char *path, const char *expected);

#endif
