/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products by a register tile of ROWS rows, in vectors of WIDTH floats: one work-item computes
 * one tile, with no local memory.
 *
 *   c[m][n] = sum over k of a(m, k) * b(k, n)
 *
 * a is stored [m][k], or [k][m] with TRANSPOSE_A. Sums run over k in order, so equal inputs give equal
 * bits. At the edges a tile reads clamped rows and a shifted window of columns, both inside the
 * matrices, and stores only what is its own. */

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#if WIDTH == 1
#define VECTOR float
#define LOAD(pointer) (*(pointer))
#define STORE(value, pointer) (*(pointer) = (value))
#define SUM(v) (v)
#else
#define VECTOR JOIN(float, WIDTH)
#define LOAD(pointer) JOIN(vload, WIDTH)(0, pointer)
#define STORE(value, pointer) JOIN(vstore, WIDTH)(value, 0, pointer)
#endif
#if WIDTH == 2
#define SUM(v) ((v).x + (v).y)
#elif WIDTH == 4
#define SUM(v) sum4(v)
#elif WIDTH == 8
#define SUM(v) sum4((v).lo + (v).hi)
#elif WIDTH == 16
#define SUM(v) sum4(((v).lo + (v).hi).lo + ((v).lo + (v).hi).hi)
#endif

inline float sum4(float4 v)
{
    const float2 half_sums = v.lo + v.hi;
    return half_sums.x + half_sums.y;
}

#if TRANSPOSE_A
#define A_INDEX(row, i) ((size_t)(i) * m + (row))
#else
#define A_INDEX(row, i) ((size_t)(row) * k + (i))
#endif

/* b stored [k][n]: vectors run along n. Tile: ROWS x (VECTORS * WIDTH); VECTORS * WIDTH <= n.
 * Global size: tiles along n, tiles along m. */
__kernel void gemm_vector(__global const float *restrict a, __global const float *restrict b,
    __global float *restrict c, uint m, uint n, uint k)
{
    const uint first_row = (uint)get_global_id(1) * ROWS;
    const uint own_column = (uint)get_global_id(0) * (VECTORS * WIDTH);
    if (first_row >= m || own_column >= n)
        return;
    const uint column = min(own_column, n - VECTORS * WIDTH);
    uint row[ROWS];
    VECTOR sum[ROWS][VECTORS];
    __attribute__((opencl_unroll_hint(ROWS)))
    for (uint r = 0; r < ROWS; r++) {
        row[r] = min(first_row + r, m - 1);
        for (uint v = 0; v < VECTORS; v++)
            sum[r][v] = (VECTOR)(0.0f);
    }
    for (uint i = 0; i < k; i++) {
        __global const float *b_row = b + (size_t)i * n + column;
        VECTOR right[VECTORS];
        __attribute__((opencl_unroll_hint(VECTORS)))
        for (uint v = 0; v < VECTORS; v++)
            right[v] = LOAD(b_row + v * WIDTH);
        __attribute__((opencl_unroll_hint(ROWS)))
        for (uint r = 0; r < ROWS; r++) {
            const VECTOR left = (VECTOR)(a[A_INDEX(row[r], i)]);
            __attribute__((opencl_unroll_hint(VECTORS)))
            for (uint v = 0; v < VECTORS; v++)
                sum[r][v] = fma(left, right[v], sum[r][v]);
        }
    }
    for (uint r = 0; r < ROWS && first_row + r < m; r++) {
        __global float *c_row = c + (size_t)(first_row + r) * n;
        if (column == own_column) {
            for (uint v = 0; v < VECTORS; v++)
                STORE(sum[r][v], c_row + column + v * WIDTH);
        } else {
            float tile_row[VECTORS * WIDTH];
            for (uint v = 0; v < VECTORS; v++)
                STORE(sum[r][v], tile_row + v * WIDTH);
            for (uint j = own_column; j < n; j++)
                c_row[j] = tile_row[j - column];
        }
    }
}

inline VECTOR load_left(__global const float *a, uint row, uint i, uint m, uint k)
{
#if TRANSPOSE_A
    float values[WIDTH];
    for (uint j = 0; j < WIDTH; j++)
        values[j] = a[A_INDEX(row, i + j)];
    return LOAD(values);
#else
    return LOAD(a + A_INDEX(row, i));
#endif
}

/* b stored [n][k]: vectors run along k. Tile: ROWS x ROWS dot products; WIDTH <= k.
 * Global size: tiles along n, tiles along m. */
__kernel void gemm_vector_dot(__global const float *restrict a, __global const float *restrict b,
    __global float *restrict c, uint m, uint n, uint k)
{
    const uint first_row = (uint)get_global_id(1) * ROWS;
    const uint first_column = (uint)get_global_id(0) * ROWS;
    if (first_row >= m || first_column >= n)
        return;
    uint row[ROWS], column[ROWS];
    VECTOR sum[ROWS][ROWS];
    for (uint r = 0; r < ROWS; r++) {
        row[r] = min(first_row + r, m - 1);
        column[r] = min(first_column + r, n - 1);
        for (uint j = 0; j < ROWS; j++)
            sum[r][j] = (VECTOR)(0.0f);
    }
    const uint whole = k / WIDTH * WIDTH;
    for (uint i = 0; i < whole; i += WIDTH) {
        VECTOR right[ROWS];
        __attribute__((opencl_unroll_hint(ROWS)))
        for (uint j = 0; j < ROWS; j++)
            right[j] = LOAD(b + (size_t)column[j] * k + i);
        __attribute__((opencl_unroll_hint(ROWS)))
        for (uint r = 0; r < ROWS; r++) {
            const VECTOR left = load_left(a, row[r], i, m, k);
            __attribute__((opencl_unroll_hint(ROWS)))
            for (uint j = 0; j < ROWS; j++)
                sum[r][j] = fma(left, right[j], sum[r][j]);
        }
    }
    for (uint r = 0; r < ROWS && first_row + r < m; r++)
        for (uint j = 0; j < ROWS && first_column + j < n; j++) {
            float total = SUM(sum[r][j]);
            for (uint i = whole; i < k; i++)
                total = fma(a[A_INDEX(row[r], i)], b[(size_t)column[j] * k + i], total);
            c[(size_t)(first_row + r) * n + first_column + j] = total;
        }
}
