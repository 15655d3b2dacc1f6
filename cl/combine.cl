/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two tensors added up by weights: gradients of a batch's parts. */
#include "vector.h.cl"

/* y = a_weight · a + b_weight · b; n elements. y is assigned. */
kernel void combine(global const float *a, global const float *b, global float *y, uint n,
    float a_weight, float b_weight, uint span)
{
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i < range.last && range.last - i >= WIDTH; i += WIDTH)
        store_vector(SPLAT(a_weight) * load_vector(0, a + i) + SPLAT(b_weight) * load_vector(0, b + i),
            0, y + i);
    for (; i < range.last; i++)
        y[i] = a_weight * a[i] + b_weight * b[i];
}
