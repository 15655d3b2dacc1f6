/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A batch of bytes and its labels, brought together in one launch: permute, and gather of both. */
#include "batch.h.cl"

/* The rows at the state's position. out uchar [N, F] and out_labels [N] are assigned. A work-item does
 * WIDTH rows. */
kernel void batch(global const uint *state, global const uchar *source, global const uint *labels,
    global uchar *out, global uint *out_labels, uint N, uint F, uint count, uint seed_low,
    uint seed_high, uint shuffle)
{
    const struct drawn from = {source, labels, F, count, (uint2)(seed_low, seed_high), shuffle};
    bring_rows(from, state[STATE_POSITION], state[STATE_EPOCH], (uint)get_global_id(0) * WIDTH, N, out,
        out_labels);
}
