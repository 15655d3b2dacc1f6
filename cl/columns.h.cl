/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sums down the columns of a matrix [M, C], in two launches: each work-item sums `rows` rows of some columns
 * into `parts`, [parts][2][C] for two sums at a time, and the parts are then added up from the first to the
 * last (columns.cl). So many work-items share few columns, the order is fixed, and no sum is long. */
#include "vector.h.cl"

/* BODY(LOAD, STORE, j) for each vector of the work-item's columns, and each column left over. */
#define EACH_COLUMN(left, right, BODY)                                                              \
    {                                                                                               \
        uint j = left;                                                                              \
        for (; j + WIDTH <= (right); j += WIDTH)                                                    \
            BODY(LOAD_VECTOR, STORE_VECTOR, j)                                                      \
        for (; j < (right); j++)                                                                    \
            BODY(LOAD_ELEMENT, STORE_ELEMENT, j)                                                    \
    }

/* Where the sums of a work-item's rows go. */
static inline global float *part_sums(global float *parts, struct part part, uint rows, uint C)
{
    return parts + (size_t)(part.top / rows) * 2u * C;
}
