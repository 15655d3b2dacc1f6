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

/* Σ_c a[c] · b[c]. */
static inline float row_product(global const float *a, global const float *b, uint C)
{
    floatn sum = SPLAT(0.0f);
    uint c = 0;
    for (; c + WIDTH <= C; c += WIDTH)
        sum += load_vector(0, a + c) * load_vector(0, b + c);
    float product = sum_lanes(sum);
    for (; c < C; c++)
        product += a[c] * b[c];
    return product;
}

/* dx[i][c] = p[i][c] · (dy[i][c] - Σ_k dy[i][k] · p[i][k]), p being the softmax of x: of its
 * derivatives ∂p_k/∂x_c = p_k · ([k = c] - p_c) (Goodfellow, Bengio and Courville 2016, section
 * 6.2.2.3). p, dy, dx [N, C]; dx is assigned. */
kernel void softmax_backward(global const float *p, global const float *dy, global float *dx, uint N, uint C, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++) {
        const size_t row = (size_t)i * C;
        const float mean = row_product(p + row, dy + row, C);
        for (uint c = 0; c < C; c++)
            dx[row + c] = p[row + c] * (dy[row + c] - mean);
    }
}
