/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Mixup (Zhang et al. 2018, "mixup: beyond empirical risk minimization"): each row of a batch, and its
 * target, mixed with the next one, the last with the first. N rows, M columns; x, out [N, M],
 * weights [N]. */
#include "philox.h.cl"

/* weights[i] = the larger of λ and 1 - λ, λ being drawn from Beta(alpha, alpha), keyed by the seed, the
 * epoch and the row's position in it: so that a row's own label has at least half its target. The same
 * pairs of rows come up with λ and with 1 - λ, being mixed in either order.
 *
 * λ = ½ ± ½ · √(k / (1 + k)) with k = (U^(-1/alpha) - 1) · cos²(πV), U and V uniform: for any alpha and
 * without rejection (Devroye 1996, "Random variate generation in one line of code", section 3). With
 * q = U^(1/alpha), k / (1 + k) is (1 - q)·cos² / (q + (1 - q)·cos²), which neither overflows nor cancels.
 * V is an odd number of 2^-24, so that no cosine is 0. weights are assigned. */
kernel void mixup_weights(global const uint *state, global float *weights, uint N, uint seed_low,
    uint seed_high, float alpha, uint span)
{
    const struct range range = range_of_item(N, span);
    const uint2 seed = (uint2)(seed_low, seed_high);
    for (uint i = range.first; i < range.last; i++) {
        const struct philox counter = {(uintn)(state[STATE_POSITION] + i), (uintn)(0u),
            (uintn)(state[STATE_EPOCH]), (uintn)(STREAM_MIXUP)};
        const struct philox bits = philox(counter, seed);
        const float u = (float)((FIRST_LANE(bits.x) >> 8) + 1u) * 0x1p-24f;
        const float v = (float)(2u * (FIRST_LANE(bits.y) >> 9) + 1u) * 0x1p-24f;
        const float power = log(u) / alpha, cosine = cospi(v);
        const float part = -expm1(power) * cosine * cosine;
        weights[i] = 0.5f + 0.5f * sqrt(part / (exp(power) + part));
    }
}

/* out[i] = weights[i] · x[i] + (1 - weights[i]) · x[(i + 1) mod N]. out is assigned. */
kernel void mixup(global const float *x, global const float *weights, global float *out, uint N,
    uint M, uint rows, uint span)
{
    const struct part part = part_of_item(N, M, rows, span);
    for (uint i = part.top; i < part.bottom; i++) {
        global const float *own = x + (size_t)i * M;
        global const float *other = x + (size_t)(i + 1u < N ? i + 1u : 0u) * M;
        global float *to = out + (size_t)i * M;
        const float weight = weights[i], rest = 1.0f - weight;
        uint j = part.left;
        for (; j + WIDTH <= part.right; j += WIDTH)
            STORE_VECTOR(weight * LOAD_VECTOR(own + j) + rest * LOAD_VECTOR(other + j), to + j);
        for (; j < part.right; j++)
            to[j] = weight * own[j] + rest * other[j];
    }
}
