/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products whose left operand are rows of bytes (bytes.h.cl). A tile is VECTORS * WIDTH columns of
 * the result. */
#include "bytes.h.cl"
#include "gemm_vector.h.cl"

#define TILE (VECTORS * WIDTH)

static inline uint tile_column(uint own_column, uint n)
{
    return min(own_column, n - TILE);
}

/* With PACKED, a work-item first copies its columns of b together: rows that stand a power of two apart
 * would fall into the same few lines of the caches. */
#if PACKED
#define PACKED_PARAMETER , local float *restrict packed
#define B_ROW(r) (packed + (r) * TILE)

/* packed[r] = the tile's columns of row r of b, which begins at the first of them; `count` rows. */
static inline void pack(global const float *b, uint n, uint count, local float *packed)
{
    for (uint r = 0; r < count; r++)
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            STORE_VECTOR(LOAD_VECTOR(b + (size_t)r * n + v * WIDTH), packed + r * TILE + v * WIDTH);
}
#else
#define PACKED_PARAMETER
#define B_ROW(r) (b + (size_t)(r) * n + column)
#endif

#ifdef BATCH
/* Rows of b that are used at a time, for all PIXELS: they stay in the nearest cache, 64 of 64 columns
 * or 32 of 128. */
#define TOGETHER (TILE > 64 ? 1u : 2u) /* times 32 */

static inline ulong present_at(const uint *present, uint block, uint p)
{
    ulong bits = present[block * PIXELS + p];
    if (TOGETHER > 1u && block + 1 < BLOCKS)
        bits |= (ulong)present[(block + 1) * PIXELS + p] << 32;
    return bits;
}

/* c[m][n] = Σ_r x(r, m) · b(r, n): the gradient of a first layer's weights. source [BATCH, m],
 * b [BATCH, n]. A work-item does `pixels` rows of c, PIXELS (16) neighbouring ones at a time, which divides
 * `pixels`. Global size: tiles along n, groups of `pixels` along m; PIXELS <= m. packed [BATCH, TILE]. */
kernel void gemm_vector_bytes_transposed(global const uchar *restrict source, float scale,
    global const float *restrict b, global float *restrict c, uint m, uint n,
    uint pixels PACKED_PARAMETER EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint own_column = (uint)get_global_id(0) * TILE;
    const uint first_pixel = (uint)get_global_id(1) * pixels;
    if (own_column >= n || first_pixel >= m)
        return;
    const uint column = tile_column(own_column, n), end = min(first_pixel + pixels, m);
#if PACKED
    pack(b + column, n, BATCH, packed);
#endif
    for (uint own_pixel = first_pixel; own_pixel < end; own_pixel += PIXELS) {
        const uint pixel = min(own_pixel, m - PIXELS);
        uint present[BLOCKS * PIXELS];
        note_present(source, m, pixel, present);
        floatn sums[PIXELS][VECTORS];
        for (uint p = 0; p < PIXELS; p++)
            for (uint v = 0; v < VECTORS; v++)
                sums[p][v] = SPLAT(0.0f);
        for (uint block = 0; block < BLOCKS; block += TOGETHER)
            for (uint p = own_pixel - pixel; p < PIXELS; p++) {
                ulong bits = present_at(present, block, p);
                if (bits == 0)
                    continue;
                floatn sum[VECTORS];
                UNROLL(VECTORS)
                for (uint v = 0; v < VECTORS; v++)
                    sum[v] = sums[p][v];
                do {
                    const uint r = block * 32 + LOWEST_BIT(bits, 64);
                    const floatn x = SPLAT((float)source[ROW(r) * m + pixel + p] * scale);
                    bits &= bits - 1;
                    ADD_ROW(sum, x, B_ROW(r))
                } while (bits != 0);
                UNROLL(VECTORS)
                for (uint v = 0; v < VECTORS; v++)
                    sums[p][v] = sum[v];
            }
        for (uint p = own_pixel - pixel; p < PIXELS; p++)
            FINISH_ROW(sums[p], column, own_column, (size_t)(pixel + p) * n)
    }
}

#else
/* c[m][n] = Σ_k x(m, k) · b(k, n): a first layer's forward product. source [m, k], b [k, n].
 * A work-item does ROWS rows, 64 terms at a time: as many rows of b stay in the nearest cache.
 * Global size: tiles along n, groups of ROWS along m. packed [64, TILE]. */
#if PACKED
#define TERM_ROW(i, j) B_ROW(j)
#else
#define TERM_ROW(i, j) B_ROW((i) + (j))
#endif
kernel void gemm_vector_bytes(global const uchar *restrict source, float scale,
    global const float *restrict b, global float *restrict c, uint m, uint n,
    uint k PACKED_PARAMETER EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint own_column = (uint)get_global_id(0) * TILE;
    const uint first_row = (uint)get_global_id(1) * ROWS, count = min((uint)ROWS, m - first_row);
    if (own_column >= n || first_row >= m)
        return;
    const uint column = tile_column(own_column, n);
    floatn sums[ROWS][VECTORS];
    for (uint r = 0; r < ROWS; r++)
        for (uint v = 0; v < VECTORS; v++)
            sums[r][v] = SPLAT(0.0f);
    for (uint i = 0; i < k; i += 64) {
        const uint terms = min(64u, k - i);
#if PACKED
        pack(b + (size_t)i * n + column, n, terms, packed);
#endif
        for (uint r = 0; r < count; r++) {
            global const uchar *x = source + ROW(first_row + r) * k + i;
            ulong bits = nonzero_bytes(x, terms);
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
                ADD_ROW(sum, left, TERM_ROW(i, j))
            } while (bits != 0);
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sums[r][v] = sum[v];
        }
    }
    for (uint r = 0; r < count; r++)
        FINISH_ROW(sums[r], column, own_column, (size_t)(first_row + r) * n)
}
#endif
