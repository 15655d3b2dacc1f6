/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which rows of the data make up a batch. N rows of the batch, `count` rows of the data. */
#include "permute.h.cl"
#include "vector.h.cl"

/* rows[i] = permuted(state.position + first + i) of [0, count), under the key (seed, state.epoch); without
 * `shuffle`, state.position + first + i itself. rows [N] is assigned. */
kernel void permute(global const uint *state, global uint *rows, uint N, uint count, uint seed_low,
    uint seed_high, uint shuffle, uint first, uint span)
{
    const struct range range = range_of_item(N, span);
    const uint2 seed = (uint2)(seed_low, seed_high);
    const uint epoch = state[STATE_EPOCH], start = state[STATE_POSITION] + first;
    for (uint i = range.first; i < range.last; i += WIDTH) {
        uint lanes[WIDTH];
        rows_at(lanes, start + i, seed, epoch, count, shuffle);
        for (uint j = 0; j < WIDTH && i + j < range.last; j++)
            rows[i + j] = lanes[j];
    }
}
