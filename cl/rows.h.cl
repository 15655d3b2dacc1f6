/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The rows of a batch of BATCH (a build option), where they stand in the data. */
#include "permute.h.cl"

/* rows[BATCH + WIDTH]: the data's rows at `position` of an epoch, as permute gives them. */
static inline void rows_of_batch(
    uint *rows, uint position, uint epoch, uint2 seed, uint count, uint shuffle)
{
    for (uint first = 0; first < BATCH; first += WIDTH)
        rows_at(rows + first, position + first, seed, epoch, count, shuffle);
}

/* Reads a byte of each cache line of rows of source [.., F]. These reads wait for memory together, which those
 * of a computation do not. Returns false; but the compiler does not know that no sum of bytes is so large. */
static inline bool fetch_rows(global const uchar *source, const uint *rows, uint F)
{
    enum { LINE = 64 };
    uint sum = 0;
    for (uint r = 0; r < BATCH; r++)
        for (uint j = 0; j < F; j += LINE)
            sum += source[(size_t)rows[r] * F + j];
    return sum == UINT_MAX;
}
