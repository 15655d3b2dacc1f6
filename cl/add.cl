/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sums by element, as residual networks need them (He et al. 2016, "Deep residual learning for image
 * recognition"); n elements. */
#include "add.h.cl"

/* y = a + b. y is assigned. */
kernel void add(global const float *a, global const float *b, global float *y, uint n, uint span)
{
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH)
        STORE_VECTOR(add_forward(load_vector(0, a + i), load_vector(0, b + i)), y + i);
    for (; i < range.last; i++)
        y[i] = FIRST_LANE(add_forward(SPLAT(a[i]), SPLAT(b[i])));
}
