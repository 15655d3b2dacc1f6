/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bringing a batch together: permute, and gather of rows of bytes and of their labels. */
#include "permute.h.cl"
#include "vector.h.cl"

/* What a batch is drawn from: source uchar [count, F] and labels [count]. */
struct drawn {
    global const uchar *source;
    global const uint *labels;
    uint F, count;
    uint2 seed;
    uint shuffle;
};

/* out[i][j] = source[row(i)][j], out_labels[i] = labels[row(i)] for WIDTH i from `first` on, below N,
 * row(i) being what permute gives for `position` + i in an epoch. */
static inline void bring_rows(
    struct drawn from, uint position, uint epoch, uint first, uint N, global uchar *out, global uint *out_labels)
{
    uint rows[WIDTH];
    rows_at(rows, position + first, from.seed, epoch, from.count, from.shuffle);
    for (uint i = 0; i < WIDTH && first + i < N; i++) {
        copy_bytes(from.source + (size_t)rows[i] * from.F, out + (size_t)(first + i) * from.F, 0, from.F);
        out_labels[first + i] = from.labels[rows[i]];
    }
}
