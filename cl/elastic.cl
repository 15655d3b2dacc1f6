/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Random displacement fields (Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural
 * networks applied to visual document analysis", section 2): noise, smoothed along both axes. A field has
 * two planes of H x W numbers, how far a pixel comes from along the lines and across them; N fields, as
 * rows [2, H, W]. */
#include "philox.h.cl"

/* WIDTH numbers from `at` on, as far as they lie below `end`. */
static inline void put(global float *noise, uint at, uint end, floatn value)
{
    float lanes[WIDTH];
    STORE_VECTOR(value, lanes);
    if (at + WIDTH <= end)
        STORE_VECTOR(value, noise + at);
    else
        for (uint j = 0; j < WIDTH && at + j < end; j++)
            noise[at + j] = lanes[j];
}

static inline floatn signed_uniform_lanes(uintn bits, float amount)
{
    return amount * (to_floatn(bits >> 8) * 0x1p-23f - 1.0f);
}

/* noise[i][e] = amount · U(-1, 1), keyed by the seed, the epoch and the field's position in it; `count`
 * numbers a field, from `blocks` blocks of Philox of which word w gives number w·blocks + block. noise is
 * assigned. */
kernel void elastic_noise(global const uint *state, global float *noise, uint N, uint count,
    uint blocks, uint seed_low, uint seed_high, float amount, uint span)
{
    const uint across = (blocks - 1u) / WIDTH + 1u;
    const struct range range = range_of_item(N * across, span);
    uint lanes[WIDTH];
    for (uint j = 0; j < WIDTH; j++)
        lanes[j] = j;
    for (uint at = range.first; at < range.last; at++) {
        const uint i = at / across, block = at % across * WIDTH;
        global float *field = noise + (size_t)i * count;
        struct philox counter;
        counter.x = (uintn)(state[STATE_POSITION] + i);
        counter.y = load_vector(0, lanes) + (uintn)(block);
        counter.z = (uintn)(state[STATE_EPOCH]);
        counter.w = (uintn)(STREAM_ELASTIC);
        const struct philox bits = philox(counter, (uint2)(seed_low, seed_high));
        put(field, block, min(blocks, count), signed_uniform_lanes(bits.x, amount));
        put(field, blocks + block, min(2u * blocks, count), signed_uniform_lanes(bits.y, amount));
        put(field, 2u * blocks + block, min(3u * blocks, count), signed_uniform_lanes(bits.z, amount));
        put(field, 3u * blocks + block, count, signed_uniform_lanes(bits.w, amount));
    }
}

#define MOST_REACH 30

/* Rows [-reach, reach] around row y of a plane, weighted; WIDTH columns from x on. */
#define WEIGHTED(LOAD, sum)                                                                         \
    floatn sum = SPLAT(0.0f);                                                                       \
    for (int k = -above; k <= below; k++)                                                           \
        sum += weights[abs(k)] * LOAD(line + k * (int)W + (int)x);

/* y[p][x][line] = Σ_k w_k · x[p][line + k][x], where w is the normal density of deviation sigma over
 * |k| <= reach, its sum made 1, and the plane is 0 outside. The planes come out turned over, so that the
 * same once more, with H and W exchanged, smooths along the other axis. `lines` rows of W in all planes
 * together. y is assigned. */
kernel void elastic_smooth(
    global const float *x_planes, global float *y_planes, uint lines, uint H, uint W, float sigma,
    uint reach, uint span)
{
    const struct range range = range_of_item(lines, span);
    float weights[MOST_REACH + 1], total = 1.0f;
    weights[0] = 1.0f;
    for (uint k = 1; k <= reach; k++) {
        weights[k] = exp(-0.5f * (float)(k * k) / (sigma * sigma));
        total += 2.0f * weights[k];
    }
    for (uint k = 0; k <= reach; k++)
        weights[k] /= total;
    for (uint at = range.first; at < range.last; at++) {
        const uint row = at % H;
        const int above = (int)min(reach, row), below = (int)min(reach, H - 1u - row);
        global const float *line = x_planes + (size_t)at * W;
        global float *to = y_planes + (size_t)(at - row) * W + row;
        for (uint begin = 0; begin < W && W >= WIDTH; begin += WIDTH) {
            const uint x = min(begin, W - WIDTH); /* the last vector ends with the line */
            float lanes[WIDTH];
            WEIGHTED(LOAD_VECTOR, sum)
            STORE_VECTOR(sum, lanes);
            for (uint j = 0; j < WIDTH; j++)
                to[(size_t)(x + j) * H] = lanes[j];
        }
        for (uint x = 0; x < W && W < WIDTH; x++) {
            WEIGHTED(LOAD_ELEMENT, sum)
            to[(size_t)x * H] = FIRST_LANE(sum);
        }
    }
}
