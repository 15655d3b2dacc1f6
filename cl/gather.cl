/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows of a matrix by index, brought to the network's scale. N rows of a batch, F features; source
 * [n, F] of type SOURCE (uchar, float or uint: a build option). */
#include "vector.h.cl"

#ifndef SOURCE
#define SOURCE float
#endif

static inline floatn normalise(floatn x, float scale, float shift)
{
    return x * scale + shift;
}

/* out[i][j] = source[rows[i]][j] · scale + shift; out [N, F] is assigned. */
kernel void gather(global const SOURCE *source, global const uint *rows, global float *out, uint N,
    uint F, float scale, float shift, uint rows_of_item, uint span)
{
    const struct part part = part_of_item(N, F, rows_of_item, span);
    for (uint i = part.top; i < part.bottom; i++) {
        global const SOURCE *from = source + (size_t)rows[i] * F;
        global float *to = out + (size_t)i * F;
        uint j = part.left;
        for (; j + WIDTH <= part.right; j += WIDTH)
            STORE_VECTOR(normalise(to_floatn(load_vector(0, from + j)), scale, shift), to + j);
        for (; j < part.right; j++)
            to[j] = normalise(SPLAT((float)from[j]), scale, shift).s0;
    }
}

/* out[i][j] = source[rows[i]][j], of uchar; out [N, F] is assigned. */
kernel void gather_bytes(global const uchar *source, global const uint *rows, global uchar *out, uint N,
    uint F, uint rows_of_item, uint span)
{
    const struct part part = part_of_item(N, F, rows_of_item, span);
    for (uint i = part.top; i < part.bottom; i++)
        copy_bytes(source + (size_t)rows[i] * F, out + (size_t)i * F, part.left, part.right);
}

/* out[i] = source[rows[i]]; source [n], out [N] is assigned. For labels. */
kernel void gather_uint(
    global const uint *source, global const uint *rows, global uint *out, uint N, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++)
        out[i] = source[rows[i]];
}
