/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products whose left operand are rows of bytes (bytes.h.cl). A tile is VECTORS * WIDTH columns of
 * the result. */
#include "bytes.h.cl"
#include "gemm_vector.h.cl"

static inline uint tile_column(uint own_column, uint n)
{
    return min(own_column, n - VECTORS * WIDTH);
}

#ifdef BATCH
/* c[m][n] = Σ_r x(r, m) · b(r, n): the gradient of a first layer's weights. source [BATCH, m],
 * b [BATCH, n]. A work-item does PIXELS (16) neighbouring rows of c. Global size: tiles along n, groups of
 * PIXELS along m; PIXELS <= m. */
kernel void gemm_vector_bytes_transposed(global const uchar *restrict source, float scale,
    global const float *restrict b, global float *restrict c, uint m, uint n EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint own_column = (uint)get_global_id(0) * (VECTORS * WIDTH);
    const uint own_pixel = (uint)get_global_id(1) * PIXELS;
    if (own_column >= n || own_pixel >= m)
        return;
    const uint column = tile_column(own_column, n), pixel = min(own_pixel, m - PIXELS);
    uint present[BLOCKS * PIXELS];
    note_present(source, m, pixel, present);
    for (uint p = own_pixel - pixel; p < PIXELS; p++) {
        floatn sum[VECTORS];
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            sum[v] = SPLAT(0.0f);
        for (uint block = 0; block < BLOCKS; block++)
            for (uint bits = present[block * PIXELS + p]; bits != 0u; bits &= bits - 1u) {
                const uint r = block * 32 + LOWEST_BIT(bits, 32);
                const floatn x = SPLAT((float)source[ROW(r) * m + pixel + p] * scale);
                ADD_ROW(sum, x, b + (size_t)r * n + column)
            }
        FINISH_ROW(sum, column, own_column, (size_t)(pixel + p) * n)
    }
}

#else
/* c[m][n] = Σ_k x(m, k) · b(k, n): a first layer's forward product. source [m, k], b [k, n].
 * A work-item does ROWS rows, 64 terms at a time: as many rows of b stay in the nearest cache.
 * Global size: tiles along n, groups of ROWS along m. */
kernel void gemm_vector_bytes(global const uchar *restrict source, float scale,
    global const float *restrict b, global float *restrict c, uint m, uint n,
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
                bits &= bits - 1;
                ADD_ROW(sum, left, b + (size_t)(i + j) * n + column)
            } while (bits != 0);
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sums[r][v] = sum[v];
        }
    for (uint r = 0; r < count; r++)
        FINISH_ROW(sums[r], column, own_column, (size_t)(first_row + r) * n)
}
#endif
