/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products whose left operand are rows of bytes, gathered by index and scaled where they are
 * read: x(i, j) = source[rows[i]][j] * scale; with IN_ORDER, source[i][j] * scale. Pictures are mostly
 * background: products with a byte of 0 are left out, which changes no bit of a finite sum (a weight
 * that is not finite is met later, with a pixel that is not 0). A tile is VECTORS * WIDTH columns of the
 * result; sums run in the order of the sum's index. */
#include "gemm_vector.h.cl"

#ifdef IN_ORDER
#define ROW(i) ((size_t)(i))
#else
#define ROW(i) ((size_t)rows[i])
#endif

/* The index of the lowest set bit; x is not 0. */
#define LOWEST_BIT(x, BITS) (BITS - 1u - (uint)clz(x & -x))

static inline uint tile_column(uint own_column, uint n)
{
    return min(own_column, n - VECTORS * WIDTH);
}

#ifdef BATCH
/* c[m][n] = Σ_r x(r, m) · b(r, n): the gradient of a first layer's weights. source [.., m], rows [BATCH],
 * b [BATCH, n]. A work-item does PIXELS (16) neighbouring rows of c: it notes for each pixel in which
 * rows of the batch it is not 0. Global size: tiles along n, groups of PIXELS along m; PIXELS <= m. */
#define PIXELS 16
#define BLOCKS ((BATCH + 31) / 32)

kernel void gemm_vector_bytes_transposed(global const uchar *restrict source,
    global const uint *restrict rows, float scale, global const float *restrict b,
    global float *restrict c, uint m, uint n EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint own_column = (uint)get_global_id(0) * (VECTORS * WIDTH);
    const uint own_pixel = (uint)get_global_id(1) * PIXELS;
    if (own_column >= n || own_pixel >= m)
        return;
    const uint column = tile_column(own_column, n), pixel = min(own_pixel, m - PIXELS);
    uint present[BLOCKS * PIXELS]; /* a bit for each row of the batch */
    for (uint block = 0; block < BLOCKS; block++) {
        uint16 bits = (uint16)(0u);
        for (uint r = block * 32; r < min(block * 32 + 32, (uint)BATCH); r++) {
            const uchar16 x = vload16(0, source + ROW(r) * m + pixel);
            bits |= select((uint16)(0u), (uint16)(1u << (r & 31u)),
                convert_uint16(x) != (uint16)(0u));
        }
        vstore16(bits, block, present);
    }
    for (uint p = own_pixel - pixel; p < PIXELS; p++) {
        floatn sum[VECTORS];
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            sum[v] = SPLAT(0.0f);
        for (uint block = 0; block < BLOCKS; block++)
            for (uint bits = present[block * PIXELS + p]; bits != 0u; bits &= bits - 1u) {
                const uint r = block * 32 + LOWEST_BIT(bits, 32);
                const floatn x = SPLAT((float)source[ROW(r) * m + pixel + p] * scale);
                global const float *b_row = b + (size_t)r * n + column;
                UNROLL(VECTORS)
                for (uint v = 0; v < VECTORS; v++)
                    sum[v] = fma(x, LOAD_VECTOR(b_row + v * WIDTH), sum[v]);
            }
        FINISH_ROW(sum, column, own_column, (size_t)(pixel + p) * n)
    }
}

#else
/* Eight bytes as one number, the first one lowest on any device. */
static inline ulong load_eight(global const uchar *x)
{
#ifdef __ENDIAN_LITTLE__
    return as_ulong(vload8(0, x));
#else
    return as_ulong(vload8(0, x).s76543210);
#endif
}

/* A bit for each of eight bytes: whether it is not 0. */
static inline ulong nonzero_of_eight(ulong x)
{
    const ulong low = 0x7F7F7F7F7F7F7F7FUL;
    const ulong high_bits = (((x & low) + low) | x) & ~low;
    return (high_bits >> 7) * 0x0102040810204080UL >> 56; /* gathers the eight bits in the top byte */
}

/* A bit for each of up to 64 bytes. */
static inline ulong nonzero_bytes(global const uchar *x, uint count)
{
    ulong bits = 0;
    uint i = 0;
    for (; i + 8 <= count; i += 8)
        bits |= nonzero_of_eight(load_eight(x + i)) << i;
    for (; i < count; i++)
        bits |= (ulong)(x[i] != 0) << i;
    return bits;
}

/* c[m][n] = Σ_k x(m, k) · b(k, n): a first layer's forward product. source [.., k], rows [m], b [k, n].
 * A work-item does ROWS rows, 64 terms at a time: as many rows of b stay in the nearest cache.
 * Global size: tiles along n, groups of ROWS along m. */
kernel void gemm_vector_bytes(global const uchar *restrict source, global const uint *restrict rows,
    float scale, global const float *restrict b, global float *restrict c, uint m, uint n,
    uint k EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint own_column = (uint)get_global_id(0) * (VECTORS * WIDTH);
    const uint first_row = (uint)get_global_id(1) * ROWS, count = min((uint)ROWS, m - first_row);
    if (own_column >= n || first_row >= m)
        return;
    const uint column = tile_column(own_column, n);
    floatn sums[ROWS][VECTORS];
    for (uint r = 0; r < ROWS; r++)
        for (uint v = 0; v < VECTORS; v++)
            sums[r][v] = SPLAT(0.0f);
    for (uint i = 0; i < k; i += 64)
        for (uint r = 0; r < count; r++) {
            global const uchar *x = source + ROW(first_row + r) * k + i;
            ulong bits = nonzero_bytes(x, min(64u, k - i));
            if (bits == 0)
                continue;
            floatn sum[VECTORS];
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sum[v] = sums[r][v];
            do {
                const uint j = LOWEST_BIT(bits, 64);
                const floatn left = SPLAT((float)x[j] * scale);
                global const float *b_row = b + (size_t)(i + j) * n + column;
                bits &= bits - 1;
                UNROLL(VECTORS)
                for (uint v = 0; v < VECTORS; v++)
                    sum[v] = fma(left, LOAD_VECTOR(b_row + v * WIDTH), sum[v]);
            } while (bits != 0);
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sums[r][v] = sum[v];
        }
    for (uint r = 0; r < count; r++)
        FINISH_ROW(sums[r], column, own_column, (size_t)(first_row + r) * n)
}
#endif
