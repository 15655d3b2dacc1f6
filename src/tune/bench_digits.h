/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Data of MNIST's shape for benchmarks. */
#ifndef NNCL_TUNE_BENCH_DIGITS_H
#define NNCL_TUNE_BENCH_DIGITS_H

#include <nncl/data.h>

/* Draws `rows` digits; the same few thousand come again and again. Free with nncl_dataset_free.
 * Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status bench_digits(size_t rows, struct nncl_dataset **digits);

#endif
