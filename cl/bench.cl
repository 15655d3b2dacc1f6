/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a device can do at most: kernels that do nothing but arithmetic, or nothing but move memory. Their
 * results tell how much was really done, so that a compiler that left some of it out is noticed. */
#include "vector.h.cl"

#ifndef CHAINS
#define CHAINS 4
#endif

/* CHAINS independent chains of fused multiply-adds, enough to hide the latency of one: each is
 * x = x * factor + addend, done `rounds` times. With factor and addend 1, which no compiler knows, a
 * chain that starts at 0 counts its own steps. out[i], for each work-item: the mean over all chains and
 * lanes. start: [CHAINS * WIDTH]. Floating-point operations: 2 * CHAINS * WIDTH * rounds per work-item. */
kernel void bench_fma(
    global const float *start, global float *out, uint rounds, float factor, float addend)
{
    floatn chain[CHAINS];
    UNROLL(CHAINS)
    for (uint c = 0; c < CHAINS; c++)
        chain[c] = load_vector(c, start);
    for (uint i = 0; i < rounds; i++) {
        UNROLL(CHAINS)
        for (uint c = 0; c < CHAINS; c++)
            chain[c] = fma(chain[c], SPLAT(factor), SPLAT(addend));
    }
    float sum = 0.0f;
    UNROLL(CHAINS)
    for (uint c = 0; c < CHAINS; c++)
        sum += sum_lanes(chain[c]) * (1.0f / (CHAINS * WIDTH));
    out[get_global_id(0)] = sum;
}

/* The vectors of a work-item among n elements: `span` neighbouring elements where STRIDED is 0, as suits
 * caches that belong to one core; else every get_global_size(0)-th vector, so that neighbouring work-items
 * touch neighbouring vectors. n and span are multiples of WIDTH. */
#if STRIDED
#define EACH_VECTOR(i, n, span)                                                                        \
    for (size_t i = get_global_id(0) * WIDTH; i < n; i += get_global_size(0) * WIDTH)
#else
#define EACH_VECTOR(i, n, span)                                                                        \
    for (size_t i = get_global_id(0) * span, i##_end = min(i + span, (size_t)n); i < i##_end; i += WIDTH)
#endif

/* x[i] = value. Run with the sizes of the kernels below, it puts each part of a buffer near the core
 * that will work on it. */
kernel void bench_fill(global float *x, float value, uint n, uint span)
{
    EACH_VECTOR(i, n, span)
        store_vector(SPLAT(value), 0, x + i);
}

/* y[i] = x[i]. Bytes: 8 n. */
kernel void bench_copy(global const float *x, global float *y, uint n, uint span)
{
    EACH_VECTOR(i, n, span)
        store_vector(load_vector(0, x + i), 0, y + i);
}

/* `passes` times a[i] = factor * (b[i] + c[i]), the triad of McCalpin's STREAM benchmark, with the three arrays
 * changing places after each pass: so each pass needs the one before. Bytes: 12 n passes. */
kernel void bench_triad(
    global float *a, global float *b, global float *c, float factor, uint n, uint span, uint passes)
{
    for (uint pass = 0; pass < passes; pass++) {
        EACH_VECTOR(i, n, span)
        {
            const floatn sum = load_vector(0, b + i) * factor + load_vector(0, c + i) * factor;
            store_vector(sum, 0, a + i);
        }
        global float *last = c;
        c = b;
        b = a;
        a = last;
    }
}

/* counter[0] += 1 by one work-item: as good as nothing, and yet the launches can be counted. */
kernel void bench_count(global uint *counter)
{
    if (get_global_id(0) == 0)
        counter[0] += 1u;
}
