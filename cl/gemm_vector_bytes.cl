/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products whose left operand are rows of bytes, gathered by index and scaled where they are
 * read: x(i, j) = source[rows[i]][j] * scale. Pictures are mostly background: products with a byte of 0
 * are left out, which changes no bit of a
 * finite sum (a weight that is not finite is met later, with a pixel that is not 0). A work-item keeps one row of VECTORS * WIDTH
 * columns of the result in registers; sums run in the order of the sum's index. */
#include "gemm_vector.h.cl"

/* The index of the lowest set bit; x is not 0. */
#define LOWEST_BIT(x, BITS) (BITS - 1u - (uint)clz(x & -x))

static inline uint tile_column(uint own_column, uint n)
{
    return min(own_column, n - VECTORS * WIDTH);
}

#ifdef BATCH
/* c[m][n] = Σ_r x(r, m) · b(r, n): the gradient of a first layer's weights. source [.., m], rows [BATCH],
 * b [BATCH, n]. A work-item does PIXELS (16) neighbouring rows of c: it brings their bytes together and
 * notes for each pixel in which rows of the batch it is not 0. Global size: tiles along n, groups of
 * PIXELS along m; PIXELS <= m. */
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
    uchar bytes[BATCH * PIXELS];
    uint present[BLOCKS * PIXELS]; /* a bit for each row of the batch */
    for (uint block = 0; block < BLOCKS; block++) {
        uint16 bits = (uint16)(0u);
        for (uint r = block * 32; r < min(block * 32 + 32, (uint)BATCH); r++) {
            const uchar16 x = vload16(0, source + (size_t)rows[r] * m + pixel);
            vstore16(x, r, bytes);
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
                const floatn x = SPLAT((float)bytes[r * PIXELS + p] * scale);
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

/* c[m][n] = Σ_k x(m, k) · b(k, n): a first layer's forward product. source [.., k], rows [m], b [k, n].
 * Global size: tiles along n, m. */
kernel void gemm_vector_bytes(global const uchar *restrict source, global const uint *restrict rows,
    float scale, global const float *restrict b, global float *restrict c, uint m, uint n,
    uint k EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint own_column = (uint)get_global_id(0) * (VECTORS * WIDTH);
    const uint row = (uint)get_global_id(1);
    if (own_column >= n || row >= m)
        return;
    const uint column = tile_column(own_column, n);
    global const uchar *x = source + (size_t)rows[row] * k;
    floatn sum[VECTORS];
    UNROLL(VECTORS)
    for (uint v = 0; v < VECTORS; v++)
        sum[v] = SPLAT(0.0f);
    for (uint i = 0; i < k; i += 8) {
        ulong eight = 0;
        if (i + 8 <= k)
            eight = load_eight(x + i);
        else
            for (uint j = 0; i + j < k; j++)
                eight |= (ulong)x[i + j] << (8 * j);
        while (eight != 0) {
            const uint shift = LOWEST_BIT(eight, 64) & ~7u;
            const floatn left = SPLAT((float)(uchar)(eight >> shift) * scale);
            global const float *b_row = b + (size_t)(i + shift / 8) * n + column;
            eight &= ~((ulong)255 << shift);
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sum[v] = fma(left, LOAD_VECTOR(b_row + v * WIDTH), sum[v]);
        }
    }
    FINISH_ROW(sum, column, own_column, (size_t)row * n)
}
#endif
