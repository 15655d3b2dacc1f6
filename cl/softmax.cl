/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Class probabilities from logits. N rows, C classes. */
#include "softmax.h.cl"
#include "vector.h.cl"

/* p[i][c] = exp(x[i][c] - max_i) / Σ_c exp(x[i][c] - max_i), max_i being the largest of row i
 * (Goodfellow, Bengio and Courville 2016, section 4.1). x, p [N, C]; p is assigned. */
kernel void softmax(global const float *x, global float *p, uint N, uint C, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++)
        row_softmax(x + (size_t)i * C, p + (size_t)i * C, C);
}
