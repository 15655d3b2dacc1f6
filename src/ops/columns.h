/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sums down the columns of a matrix [M, C], as cl/columns.h.cl makes them: in parts of rows first,
 * two sums at a time, which then are added up. */
#ifndef NNCL_OPS_COLUMNS_H
#define NNCL_OPS_COLUMNS_H

#include "ops/spread.h"

/* Rows of a part, of a matrix of m rows: the same on every device. */
size_t columns_rows(size_t m);

/* The shape of the parts' sums, [parts, 2, c]. */
struct nncl_shape columns_shape(size_t m, size_t c);

/* Work-items of a kernel that makes the parts' sums. */
struct spread columns_spread(const struct nncl_device *device, size_t m, size_t c);

/* Work-items of a kernel that adds them up. */
struct spread columns_total_spread(const struct nncl_device *device, size_t m, size_t c);

/* Adds the launch that makes first [c] and second [c] of the parts' sums. */
enum nncl_status columns_total(struct op_site *site, size_t m, size_t c, const struct buffer *parts,
    const struct buffer *first, const struct buffer *second);

/* How many channels the rows of `x` [N, F] hold, of which each has one of c values: NNCL_USAGE
 * unless c divides F. */
enum nncl_status columns_divide(
    const char *op, const struct nncl_op_list *list, nncl_tensor_id x, size_t c);

#endif
