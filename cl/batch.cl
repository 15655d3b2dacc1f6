/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A batch of bytes and its labels, brought together in one launch: permute, and gather of both. */
#include "permute.h.cl"
#include "vector.h.cl"

/* out[i][j] = source[row(i)][j], out_labels[i] = labels[row(i)] for i < N, row(i) being what permute gives
 * for the state's position + i. source uchar [count, F], labels [count]; out [N, F] and out_labels [N] are
 * assigned. A work-item does WIDTH rows. */
kernel void batch(global const uint *state, global const uchar *source, global const uint *labels,
    global uchar *out, global uint *out_labels, uint N, uint F, uint count, uint seed_low,
    uint seed_high, uint shuffle)
{
    const uint first = (uint)get_global_id(0) * WIDTH;
    uint rows[WIDTH];
    rows_at(rows, state[STATE_POSITION] + first, (uint2)(seed_low, seed_high), state[STATE_EPOCH], count,
        shuffle);
    for (uint i = 0; i < WIDTH && first + i < N; i++) {
        copy_bytes(source + (size_t)rows[i] * F, out + (size_t)(first + i) * F, 0, F);
        out_labels[first + i] = labels[rows[i]];
    }
}
