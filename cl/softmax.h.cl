/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces of a softmax over one row x[0 … C-1] of logits. The row's maximum is taken out of every
 * exponent, so that none overflows and the largest is exp(0) = 1. */

/* The class of the largest logit, the first of equals. */
static inline uint row_largest(global const float *x, uint C)
{
    uint largest = 0;
    for (uint c = 1; c < C; c++)
        largest = x[c] > x[largest] ? c : largest;
    return largest;
}

/* Σ_c exp(x[c] - maximum), from the first class to the last. */
static inline float row_sum(global const float *x, uint C, float maximum)
{
    float sum = 0.0f;
    for (uint c = 0; c < C; c++)
        sum += exp(x[c] - maximum);
    return sum;
}

/* p[c] = exp(x[c] - max x) / Σ_c exp(x[c] - max x). */
static inline void row_softmax(global const float *x, global float *p, uint C)
{
    const float maximum = x[row_largest(x, C)];
    const float sum = row_sum(x, C, maximum);
    for (uint c = 0; c < C; c++)
        p[c] = exp(x[c] - maximum) / sum;
}
