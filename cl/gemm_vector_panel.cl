/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products that outgrow the first caches: a work-item copies a panel of b, TILES * VECTORS *
 * WIDTH columns of `depth` rows, to where it stands together in a core's second cache, and runs over
 * the rows of a with a register tile of ROWS x (VECTORS * WIDTH).
 *
 *   c[m][n] = alpha * sum over k of a(m, k) * b(k, n) + beta * c[m][n]
 *
 * a is stored [m][k], or [k][m] with TRANSPOSE_A; b [k][n], or [n][k] with TRANSPOSE_B. Sums run over k
 * in order, in blocks of `depth` that are added up in c (with SPLIT; else depth is k). With PADDED, the panel
 * is the whole of b and wider than it, filled up with zeros. With WINDOWS, a is
 * what windows see of pictures (windows.h.cl), lda is not looked at, and LEFT_ROWS rows of a are copied,
 * too. */
#if SPLIT
#define SCALED 1
#endif
#define RARE volatile /* the register tile takes all registers of AVX2 */
#include "gemm_vector.h.cl"
#if WINDOWS
#include "windows.h.cl"
#endif

#ifndef PADDED
#define PADDED 0
#endif
#define TILE (VECTORS * WIDTH)
#define COLUMNS (TILES * TILE)

/* b(first + i, column + j) goes to panel[j / TILE][i][j % TILE]. */
#if TRANSPOSE_B
/* Turns a square of WIDTH rows over: in log2(WIDTH) perfect shuffles of its rows. */
static inline void turn_over(floatn *x)
{
#if WIDTH > 1
    for (uint stage = 1; stage < WIDTH; stage *= 2) {
        floatn y[WIDTH];
        UNROLL(WIDTH)
        for (uint r = 0; r < WIDTH / 2; r++) {
            y[2 * r].even = x[r].lo;
            y[2 * r].odd = x[r + WIDTH / 2].lo;
            y[2 * r + 1].even = x[r].hi;
            y[2 * r + 1].odd = x[r + WIDTH / 2].hi;
        }
        UNROLL(WIDTH)
        for (uint r = 0; r < WIDTH; r++)
            x[r] = y[r];
    }
#endif
}

static inline void pack_right(global const float *b, uint ldb, uint column, uint first,
    uint depth, local float *panel)
{
    for (uint j = 0; j < COLUMNS; j += WIDTH) {
        global const float *from = b + (size_t)(column + j) * ldb + first;
        local float *to = panel + j / TILE * TILE * depth + j % TILE;
        uint i = 0;
        for (; i + WIDTH <= depth; i += WIDTH) {
            floatn square[WIDTH];
            UNROLL(WIDTH)
            for (uint r = 0; r < WIDTH; r++)
                square[r] = LOAD_VECTOR(from + (size_t)r * ldb + i);
            turn_over(square);
            UNROLL(WIDTH)
            for (uint r = 0; r < WIDTH; r++)
                STORE_VECTOR(square[r], to + (i + r) * TILE);
        }
        for (; i < depth; i++)
            for (uint r = 0; r < WIDTH; r++)
                to[i * TILE + r] = from[(size_t)r * ldb + i];
    }
}
#elif PADDED
static inline void pack_right(global const float *b, uint ldb, uint n, uint first, uint depth,
    local float *panel)
{
    for (uint i = 0; i < depth; i++)
        for (uint j = 0; j < COLUMNS; j++)
            panel[i * COLUMNS + j] = j < n ? b[(size_t)(first + i) * ldb + j] : 0.0f;
}
#else
static inline void pack_right(global const float *b, uint ldb, uint column, uint first,
    uint depth, local float *panel)
{
    for (uint i = 0; i < depth; i++)
        UNROLL(TILES * VECTORS)
        for (uint j = 0; j < COLUMNS; j += WIDTH)
            STORE_VECTOR(LOAD_VECTOR(b + (size_t)(first + i) * ldb + column + j),
                panel + j / TILE * TILE * depth + i * TILE + j % TILE);
}
#endif

/* How a tile's rows of a are read: from the copy, or where they stand. A copy of a transposed a is
 * of groups of LEFT_GROUP rows, a divisor of LEFT_ROWS: left[group][i][r]. */
#ifndef LEFT_GROUP
#define LEFT_GROUP LEFT_ROWS
#endif
#if TRANSPOSE_A
#define LEFT_TILE local const float *left
#define LEFT(r, i) left[(i) * LEFT_GROUP + (r)]
#elif WINDOWS
#define LEFT_TILE local const float *left
#define LEFT(r, i) left[(r) * depth + (i)]
#else
#define LEFT_TILE global const float *const left[ROWS]
#define LEFT(r, i) left[r][i]
#endif

#if TRANSPOSE_A && !WINDOWS
/* a(row + r, first + i) goes to left[r / LEFT_GROUP][i][r % LEFT_GROUP], for the LEFT_ROWS rows of a
 * block; beyond the last row the last one again. */
static inline void pack_left(global const float *a, uint lda, uint row, uint m, uint first,
    uint depth, local float *left)
{
    for (uint i = 0; i < depth; i++) {
        global const float *from = a + (size_t)(first + i) * lda;
        for (uint group = 0; group < LEFT_ROWS; group += LEFT_GROUP) {
            local float *to = left + group * depth + i * LEFT_GROUP;
            uint r = 0;
            if (row + LEFT_ROWS <= m) {
                UNROLL(LEFT_GROUP / WIDTH + 1)
                for (; r + WIDTH <= LEFT_GROUP; r += WIDTH)
                    STORE_VECTOR(LOAD_VECTOR(from + row + group + r), to + r);
                UNROLL(WIDTH)
                for (; r < LEFT_GROUP; r++)
                    to[r] = from[row + group + r];
            }
            for (; r < LEFT_GROUP; r++)
                to[r] = from[min(row + group + r, m - 1)];
        }
    }
}
#endif

#if WINDOWS
/* to[i] = a(pixel, first + i) for i below count, by a pixel's channels. */
static inline void copy_window(
    global const float *a, uint pixel, uint first, uint count, local float *to)
{
    for (uint done = 0; done < count;) {
        const uint term = first + done, run = min(IN_C - term % IN_C, count - done);
        global const float *from = window_element(a, pixel, term);
        uint i = 0;
        for (; i + WIDTH <= run; i += WIDTH)
            STORE_VECTOR(from ? LOAD_VECTOR(from + i) : SPLAT(0.0f), to + done + i);
        for (; i < run; i++)
            to[done + i] = from ? from[i] : 0.0f;
        done += run;
    }
}
#endif

#if WINDOWS && TRANSPOSE_A
/* a(row + r, first + i), of pixel first + i, goes to left[i][r]; beyond the last row 0. */
static inline void pack_left(global const float *a, uint lda, uint row, uint m, uint first,
    uint depth, local float *left)
{
    const uint count = min((uint)LEFT_ROWS, m - row);
    for (uint i = 0; i < depth; i++) {
        copy_window(a, first + i, row, count, left + i * LEFT_ROWS);
        for (uint r = count; r < LEFT_ROWS; r++)
            left[i * LEFT_ROWS + r] = 0.0f;
    }
}
#elif WINDOWS
/* a(row + r, first + i) goes to left[r][i]; beyond the last row the last one again. */
static inline void pack_left(global const float *a, uint lda, uint row, uint m, uint first,
    uint depth, local float *left)
{
    for (uint r = 0; r < LEFT_ROWS; r++)
        copy_window(a, min(row + r, m - 1), first, depth, left + r * depth);
}
#endif

/* sum = the product of the tile of a at `left` with that of b at `right`. */
static inline void multiply(LEFT_TILE, local const float *right, uint depth,
    floatn sum[ROWS][VECTORS])
{
    UNROLL(ROWS)
    for (uint r = 0; r < ROWS; r++)
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            sum[r][v] = SPLAT(0.0f);
    for (size_t i = 0; i < depth; i++) {
        floatn b[VECTORS];
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            b[v] = LOAD_VECTOR(right + i * TILE + v * WIDTH);
        UNROLL(ROWS)
        for (uint r = 0; r < ROWS; r++) {
            const floatn a = SPLAT(LEFT(r, i));
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sum[r][v] = fma(a, b[v], sum[r][v]);
        }
    }
}

/* A block of the sum that is not the last: added up in c as it is. */
#define KEEP(LOAD, STORE, value, column, row_start, stored)                                         \
    {                                                                                               \
        SCALE(LOAD, value, (stored) + (column))                                                     \
        STORE(value, (stored) + (column));                                                          \
    }

/* EACH_OF_ROW, where a tile has columns of its own from the first one on only, but n of them. */
#define EACH_OF_PADDED(ACTION, sum, row_start, stored)                                              \
    for (uint v = 0; v < VECTORS; v++) {                                                            \
        if ((v + 1) * WIDTH <= n)                                                                   \
            ACTION(LOAD_VECTOR, STORE_VECTOR, sum[v], v * WIDTH, row_start, stored)                 \
        else {                                                                                      \
            float lanes[WIDTH];                                                                     \
            STORE_VECTOR(sum[v], lanes);                                                            \
            for (uint j = v * WIDTH; j < n; j++) {                                                  \
                floatn element = SPLAT(lanes[j - v * WIDTH]);                                       \
                ACTION(LOAD_ELEMENT, STORE_ELEMENT, element, j, row_start, stored)                  \
            }                                                                                       \
        }                                                                                           \
    }

#if PADDED
#define EACH_OF_TILE(ACTION, sum, column, own_column, row_start, stored)                            \
    EACH_OF_PADDED(ACTION, sum, row_start, stored)
#else
#define EACH_OF_TILE(ACTION, sum, column, own_column, row_start, stored)                            \
    EACH_OF_ROW(ACTION, sum, column, own_column, row_start, stored)
#endif

kernel void gemm_vector_panel(global const float *restrict a, global const float *restrict b,
    global float *restrict c, uint m, uint n, uint k, uint lda, uint ldb, uint ldc, float scale,
    float first_beta, uint rows, uint most, local float *restrict panel EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
#if SCALED
    RARE float alpha = scale;
#endif
    const uint own_column = (uint)get_global_id(0) * COLUMNS;
    const uint own_row = (uint)get_global_id(1) * rows;
    if (own_column >= n || own_row >= m)
        return;
#if PADDED
    const uint column = 0;
#else
    const uint column = min(own_column, n - COLUMNS);
#endif
    const uint end = min(own_row + rows, m);
    for (uint first = 0; first < k; first += most) {
        const uint depth = min(most, k - first);
#if SCALED
        RARE float beta = first == 0 ? first_beta : 1.0f;
#endif
        pack_right(b, ldb, PADDED ? n : column, first, depth, panel);
        for (uint row = own_row; row < end; row += ROWS) {
#if TRANSPOSE_A || WINDOWS
            const uint inside = (row - own_row) % LEFT_ROWS;
            if (inside == 0)
                pack_left(a, lda, row, m, first, depth, panel + COLUMNS * depth);
            local const float *left = panel + COLUMNS * depth +
                                      inside / LEFT_GROUP * LEFT_GROUP * depth + inside % LEFT_GROUP;
#else
            global const float *left[ROWS];
            UNROLL(ROWS)
            for (uint r = 0; r < ROWS; r++)
                left[r] = a + (size_t)min(row + r, m - 1) * lda + first;
#endif
            for (uint t = 0; t < TILES; t++) {
                floatn sum[ROWS][VECTORS];
                multiply(left, panel + t * TILE * depth, depth, sum);
                for (uint r = 0; r < ROWS && row + r < end; r++) {
                    const size_t start = (size_t)(row + r) * n;
                    global float *stored = c + (size_t)(row + r) * ldc;
#if SPLIT
                    if (first + depth < k) {
                        EACH_OF_TILE(KEEP, sum[r], column + t * TILE, own_column, start, stored)
                        continue;
                    }
#endif
                    EACH_OF_TILE(FINISH, sum[r], column + t * TILE, own_column, start, stored)
                }
            }
        }
    }
}
