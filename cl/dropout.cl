/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Dropout (Srivastava et al. 2014), inverted: what stays is scaled up, so that inference does nothing. Each 64
 * neighbouring elements take their random bits from 16 blocks of Philox, word w of block b for element 16·w + b, so
 * that vectors of any width find theirs side by side. Without memory of its own the backward pass, which is the same
 * operation on the gradient, finds the same elements dropped. */
#include "philox.h.cl"

#define STREAM_DROPOUT 7u

/* Elements whose upper 24 bits are below `threshold` are dropped. */
static inline floatn dropped(floatn x, uintn bits, uint threshold, float scale)
{
    return (bits >> 8) < (uintn)(threshold) ? SPLAT(0.0f) : x * SPLAT(scale);
}

/* WIDTH elements from number i on, as far as there are any. */
static inline void drop(
    global const float *x, global float *y, uint n, uint i, uintn bits, uint threshold, float scale)
{
    if (i < n && n - i >= WIDTH) {
        store_vector(dropped(load_vector(0, x + i), bits, threshold, scale), 0, y + i);
    } else {
        float lanes[WIDTH];
        for (uint j = 0; j < WIDTH; j++)
            lanes[j] = i + j < n ? x[i + j] : 0.0f;
        store_vector(dropped(load_vector(0, lanes), bits, threshold, scale), 0, lanes);
        for (uint j = 0; j < WIDTH && i + j < n; j++)
            y[i + j] = lanes[j];
    }
}

/* y = x · scale, or 0 where dropped; n elements, `blocks` of Philox for them. Keyed by the seed, the layer and the
 * step. y is assigned. */
kernel void dropout(global const float *x, global const uint *state, global float *y, uint n,
    uint seed_low, uint seed_high, uint layer, uint threshold, float scale, uint blocks, uint span)
{
    const struct range range = range_of_item(blocks, span);
    uint lanes[WIDTH];
    for (uint j = 0; j < WIDTH; j++)
        lanes[j] = j;
    for (uint block = range.first; block < range.last; block += WIDTH) {
        struct philox counter;
        counter.x = load_vector(0, lanes) + (uintn)(block);
        counter.y = (uintn)(layer);
        counter.z = (uintn)(state[STATE_STEP]);
        counter.w = (uintn)(STREAM_DROPOUT);
        const struct philox bits = philox(counter, (uint2)(seed_low, seed_high));
        const uint i = block / 16u * 64u + block % 16u;
        drop(x, y, n, i, bits.x, threshold, scale);
        drop(x, y, n, i + 16u, bits.y, threshold, scale);
        drop(x, y, n, i + 32u, bits.z, threshold, scale);
        drop(x, y, n, i + 48u, bits.w, threshold, scale);
    }
}
