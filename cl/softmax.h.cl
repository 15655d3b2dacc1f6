/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces of a softmax over one row x[0 … C-1] of logits. The row's maximum is taken out of every
 * exponent, so that none overflows and the largest is exp(0) = 1. */
#include "vector.h.cl"

/* The class of the largest logit, the first of equals. */
static inline uint row_largest(global const float *x, uint C)
{
    uint largest = 0;
    for (uint c = 1; c < C; c++)
        largest = x[c] > x[largest] ? c : largest;
    return largest;
}

/* Logits c … c + WIDTH - 1 of the row; past its end -∞, whose exponential is 0. */
static inline floatn row_logits(global const float *x, uint c, uint C)
{
    float lanes[WIDTH];
    if (c + WIDTH <= C)
        return load_vector(0, x + c);
    for (uint j = 0; j < WIDTH; j++)
        lanes[j] = c + j < C ? x[c + j] : -INFINITY;
    return load_vector(0, lanes);
}

/* Σ_c exp(x[c] - maximum), by vectors from the first class to the last. */
static inline float row_sum(global const float *x, uint C, float maximum)
{
    floatn sum = SPLAT(0.0f);
    for (uint c = 0; c < C; c += WIDTH)
        sum += exp(row_logits(x, c, C) - maximum);
    return sum_lanes(sum);
}

/* p[c] = exp(x[c] - max x) / Σ_c exp(x[c] - max x). */
static inline void row_softmax(global const float *x, global float *p, uint C)
{
    const float maximum = x[row_largest(x, C)];
    const float sum = row_sum(x, C, maximum);
    for (uint c = 0; c < C; c += WIDTH) {
        float lanes[WIDTH];
        STORE_VECTOR(exp(row_logits(x, c, C) - maximum) / sum, lanes);
        for (uint j = 0; j < WIDTH && c + j < C; j++)
            p[c + j] = lanes[j];
    }
}
