/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products by a register tile of ROWS rows, in vectors of WIDTH floats: one work-item
 * computes one tile, with no local memory.
 *
 *   c[m][n] = alpha * sum over k of a(m, k) * b(k, n) + beta * c[m][n]
 *
 * a is stored [m][k], or [k][m] with TRANSPOSE_A; lda, ldb and ldc are the floats from a stored row
 * to the next. alpha and beta are looked at with SCALED only, else they are 1 and 0. Sums run over
 * k in order, so equal inputs give equal bits. At the edges a tile reads clamped rows and a shifted
 * window of columns, both inside the matrices, and stores only what is its own. */

#include "gemm_vector.h.cl"

#if TRANSPOSE_A
#define A_INDEX(row, i) ((size_t)(i) * lda + (row))
#else
#define A_INDEX(row, i) ((size_t)(row) * lda + (i))
#endif

#define PRODUCT_PARAMETERS                                                                         \
    global const float *restrict a, global const float *restrict b, global float *restrict c,      \
        uint m, uint n, uint k, uint lda, uint ldb, uint ldc, float alpha, float beta

/* b stored [k][n]: vectors run along n. Tile: ROWS x (VECTORS * WIDTH); VECTORS * WIDTH <= n.
 * Global size: tiles along n, tiles along m. */
kernel void gemm_vector(PRODUCT_PARAMETERS EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint first_row = (uint)get_global_id(1) * ROWS;
    const uint own_column = (uint)get_global_id(0) * (VECTORS * WIDTH);
    if (first_row >= m || own_column >= n)
        return;
    const uint column = min(own_column, n - VECTORS * WIDTH);
    uint row[ROWS];
    floatn sum[ROWS][VECTORS];
    UNROLL(ROWS)
    for (uint r = 0; r < ROWS; r++) {
        row[r] = min(first_row + r, m - 1);
        for (uint v = 0; v < VECTORS; v++)
            sum[r][v] = SPLAT(0.0f);
    }
    for (uint i = 0; i < k; i++) {
        global const float *b_row = b + (size_t)i * ldb + column;
        floatn right[VECTORS];
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            right[v] = LOAD_VECTOR(b_row + v * WIDTH);
        UNROLL(ROWS)
        for (uint r = 0; r < ROWS; r++) {
            const floatn left = SPLAT(a[A_INDEX(row[r], i)]);
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sum[r][v] = fma(left, right[v], sum[r][v]);
        }
    }
    for (uint r = 0; r < ROWS && first_row + r < m; r++)
        FINISH_ROW_AT(sum[r], column, own_column, (size_t)(first_row + r) * n,
            c + (size_t)(first_row + r) * ldc)
}

static inline floatn load_left(global const float *a, uint row, uint i, uint lda)
{
#if TRANSPOSE_A
    float values[WIDTH];
    for (uint j = 0; j < WIDTH; j++)
        values[j] = a[A_INDEX(row, i + j)];
    return LOAD_VECTOR(values);
#else
    return LOAD_VECTOR(a + A_INDEX(row, i));
#endif
}

/* b stored [n][k]: vectors run along k. Tile: ROWS x ROWS dot products; WIDTH <= k.
 * Global size: tiles along n, tiles along m. */
kernel void gemm_vector_dot(PRODUCT_PARAMETERS EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint first_row = (uint)get_global_id(1) * ROWS;
    const uint first_column = (uint)get_global_id(0) * ROWS;
    if (first_row >= m || first_column >= n)
        return;
    uint row[ROWS], column[ROWS];
    floatn sum[ROWS][ROWS];
    for (uint r = 0; r < ROWS; r++) {
        row[r] = min(first_row + r, m - 1);
        column[r] = min(first_column + r, n - 1);
        for (uint j = 0; j < ROWS; j++)
            sum[r][j] = SPLAT(0.0f);
    }
    const uint whole = k / WIDTH * WIDTH;
    for (uint i = 0; i < whole; i += WIDTH) {
        floatn right[ROWS];
        UNROLL(ROWS)
        for (uint j = 0; j < ROWS; j++)
            right[j] = LOAD_VECTOR(b + (size_t)column[j] * ldb + i);
        UNROLL(ROWS)
        for (uint r = 0; r < ROWS; r++) {
            const floatn left = load_left(a, row[r], i, lda);
            UNROLL(ROWS)
            for (uint j = 0; j < ROWS; j++)
                sum[r][j] = fma(left, right[j], sum[r][j]);
        }
    }
    for (uint r = 0; r < ROWS && first_row + r < m; r++)
        for (uint j = 0; j < ROWS && first_column + j < n; j++) {
            float total = sum_lanes(sum[r][j]);
            for (uint i = whole; i < k; i++)
                total = fma(a[A_INDEX(row[r], i)], b[(size_t)column[j] * ldb + i], total);
            floatn element = SPLAT(total);
            FINISH(LOAD_ELEMENT, STORE_ELEMENT, element, first_column + j,
                (size_t)(first_row + r) * n, c + (size_t)(first_row + r) * ldc)
        }
}

#ifdef DEPTH
/* b stored [n][k] with few k (DEPTH of them): a work-item first turns its columns of b over, then
 * does PACKED_ROWS rows with vectors along n. VECTORS * WIDTH <= n. Global size: tiles along n,
 * groups of PACKED_ROWS along m. */
kernel void gemm_vector_packed(PRODUCT_PARAMETERS EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint first_row = (uint)get_global_id(1) * PACKED_ROWS;
    const uint own_column = (uint)get_global_id(0) * (VECTORS * WIDTH);
    if (first_row >= m || own_column >= n)
        return;
    const uint column = min(own_column, n - VECTORS * WIDTH);
    float packed[DEPTH * VECTORS * WIDTH];
    for (uint j = 0; j < VECTORS * WIDTH; j++)
        for (uint i = 0; i < DEPTH; i++)
            packed[i * (VECTORS * WIDTH) + j] = b[(size_t)(column + j) * ldb + i];
    for (uint row = first_row; row < min(first_row + PACKED_ROWS, m); row++) {
        floatn sum[VECTORS];
        for (uint v = 0; v < VECTORS; v++)
            sum[v] = SPLAT(0.0f);
        for (uint i = 0; i < DEPTH; i++) {
            const floatn left = SPLAT(a[A_INDEX(row, i)]);
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sum[v] = fma(left, LOAD_VECTOR(packed + (i * VECTORS + v) * WIDTH), sum[v]);
        }
        FINISH_ROW_AT(sum, column, own_column, (size_t)row * n, c + (size_t)row * ldc)
    }
}
#endif
