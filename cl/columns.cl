/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The last step of sums down columns. */
#include "columns.h.cl"

#define TOTALS(LOAD, STORE, j)                                                                      \
    {                                                                                               \
        floatn a = SPLAT(0.0f), b = SPLAT(0.0f);                                                    \
        for (uint p = 0; p < P; p++) {                                                              \
            a += LOAD(parts + (size_t)p * 2u * C + j);                                              \
            b += LOAD(parts + (size_t)p * 2u * C + C + j);                                          \
        }                                                                                           \
        STORE(a, first + j);                                                                        \
        STORE(b, second + j);                                                                       \
    }

/* first[j] = Σ_p parts[p][0][j], second[j] = Σ_p parts[p][1][j]. parts [P, 2, C], first, second [C]; both
 * are assigned. */
kernel void column_totals(
    global const float *parts, global float *first, global float *second, uint P, uint C, uint span)
{
    const struct range range = range_of_item(C, span);
    EACH_COLUMN(range.first, range.last, TOTALS)
}
