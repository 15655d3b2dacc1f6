/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How the work of an op is cut into work-items: on CPUs few long ones, because starting a
 * work-group costs more than computing a vector; on GPUs many short ones. Kernels take `span` and
 * `rows` as arguments (cl/vector.h.cl). */
#ifndef NNCL_OPS_SPREAD_H
#define NNCL_OPS_SPREAD_H

#include "ops/op.h"

enum { SPREAD_EXP_COST = 16 }; /* an exponential, in simple operations */

struct spread {
    size_t span;  /* elements, columns or rows of a work-item */
    size_t rows;  /* of a matrix: rows of a work-item */
    size_t items; /* work-items in all */
    size_t count; /* elements, or the larger of rows and columns: kernels count them in 32 bits */
};

/* `count` elements in turn, by vectors. */
struct spread spread_vectors(const struct nncl_device *device, size_t count);

/* `count` elements that each cost as much as `cost` simple ones, one at a time … */
struct spread spread_elements(const struct nncl_device *device, size_t count, size_t cost);

/* … or by vectors. */
struct spread spread_columns(const struct nncl_device *device, size_t count, size_t cost);

/* A matrix, by vectors along its rows. */
struct spread spread_matrix(const struct nncl_device *device, size_t rows, size_t columns);

/* Adds the launch of a kernel spread so; NNCL_USAGE if there is more than 32 bits count. `options`
 * (may be NULL) come after WIDTH's. The argument for span, and for rows, stands among `arguments`.
 */
enum nncl_status spread_launch(struct op_site *site, const char *program, const char *kernel,
    const char *options, const struct spread *spread, const struct step_argument *arguments,
    size_t count);

/* The same with folded ops: their options and arguments come last. */
enum nncl_status spread_launch_tail(struct op_site *site, const char *program, const char *kernel,
    const struct spread *spread, const struct op_tail *tail, const struct step_argument *arguments,
    size_t count);

#endif
