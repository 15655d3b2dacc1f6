/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolution by windows of 3 columns with stride 1, two neighbouring outputs of a row at a time, which
 * takes 4 products where 6 would be needed: F(2, 3) of Winograd 1980, "Arithmetic complexity of
 * computations", along rows (see Lavin and Gray 2016, "Fast algorithms for convolutional neural
 * networks"). For four neighbouring pixels x0 … x3 and a row g0 g1 g2 of a window:
 *
 *   y0 = m0 + m1 + m2        m0 = (x0 - x2) · g0            m1 = (x1 + x2) · (g0 + g1 + g2) / 2
 *   y1 = m1 - m2 - m3        m3 = (x1 - x3) · g2            m2 = (x2 - x1) · (g0 - g1 + g2) / 2
 *
 * Each m is summed over the window's rows and the channels first; there it is a matrix product, by a
 * register tile of HEIGHT pairs of outputs. x [N, H, W, CHANNELS], y [N, OH, OW, M]. Build options:
 * WIDTH, VECTORS, HEIGHT; KH; CHANNELS, at least WIDTH; PAIRS, those in a row of outputs; ROWS, the rows
 * that are computed together. VECTORS · WIDTH is at most M, HEIGHT at most PAIRS · ROWS.
 *
 * The same trilinear form, transposed, gives the weights' gradient, with z0 z1 for a pair of dy:
 *
 *   dg0 = n0 + (n1 + n2) / 2     n0 = (x0 - x2) · z0       n1 = (x1 + x2) · (z0 + z1)
 *   dg1 = (n1 - n2) / 2          n3 = (x3 - x1) · z1       n2 = (x2 - x1) · (z0 - z1)
 *   dg2 = (n1 + n2) / 2 + n3
 *
 * where each n is summed over all pairs first. Further build options: GRADIENT or GRADIENT_SUM, and
 * FILTERS, which is M. */
#include "gemm_vector.h.cl"

#define PRODUCTS 4
#define PLANE (CHANNELS * FILTERS)

#ifndef GRADIENT_SUM
#define LEFT_MEMORY local
#ifdef GRADIENT
#define RIGHT_MEMORY local
#endif
#include "conv2d_tile.h.cl"

#define LINES (ROWS + KH - 1) /* of the picture */
#endif

#if !defined(GRADIENT) && !defined(GRADIENT_SUM)
/* factors[block][product][ky][c][j] are the factors of the weights for filter shifted_column(block) + j:
 * g is w[ky][kx][c][m] or, where `turned`, of the convolution that leads back: w[KH-1-ky][2-kx][m][c].
 * w [KH, 3, CHANNELS, M], turned [KH, 3, M, CHANNELS]; factors is assigned. */
kernel void conv2d_winograd_weights(
    global const float *w, global float *factors, uint M, uint blocks, uint turned, uint span)
{
    const struct range range = range_of_item(blocks * KH * CHANNELS * BLOCK, span);
    for (uint i = range.first; i < range.last; i++) {
        const uint j = i % BLOCK, c = i / BLOCK % CHANNELS, ky = i / BLOCK / CHANNELS % KH;
        const uint block = i / BLOCK / CHANNELS / KH, m = shifted_column(block * BLOCK, M) + j;
        global const float *from = turned ? w + ((size_t)(KH - 1 - ky) * 3 * M + m) * CHANNELS + c
                                          : w + ((size_t)ky * 3 * CHANNELS + c) * M + m;
        const float a = from[0], g1 = from[CHANNELS * M], b = from[2 * CHANNELS * M];
        const float g0 = turned ? b : a, g2 = turned ? a : b;
        global float *to = factors + (((size_t)block * PRODUCTS * KH + ky) * CHANNELS + c) * BLOCK + j;
        const size_t next = (size_t)KH * CHANNELS * BLOCK;
        to[0] = g0;
        to[next] = 0.5f * (g0 + g1 + g2);
        to[2 * next] = 0.5f * (g0 - g1 + g2);
        to[3 * next] = g2;
    }
}

#endif

#ifndef GRADIENT_SUM
/* WIDTH channels from c on of a row's pixel; 0 outside. */
static inline floatn channels_of(global const float *row, int ix, uint W, uint c)
{
    return ix >= 0 && (uint)ix < W ? LOAD_VECTOR(row + (size_t)ix * CHANNELS + c) : SPLAT(0.0f);
}

/* The factors of a picture's line for all pairs of its outputs, the first of which begins at pixel
 * -left: to[product][…][pair][c]. The last channels are computed twice where vectors do not fit. */
static inline void factor_line(local float *to, global const float *row, uint left, uint W)
{
    for (uint pair = 0; pair < PAIRS; pair++) {
        const int ix = (int)(2 * pair) - (int)left;
        for (uint own = 0; own < CHANNELS; own += WIDTH) {
            const uint c = min(own, (uint)(CHANNELS - WIDTH));
            const floatn x0 = channels_of(row, ix, W, c), x1 = channels_of(row, ix + 1, W, c);
            const floatn x2 = channels_of(row, ix + 2, W, c), x3 = channels_of(row, ix + 3, W, c);
            local float *at = to + pair * CHANNELS + c;
            STORE_VECTOR(x0 - x2, at);
            STORE_VECTOR(x1 + x2, at + LINES * PAIRS * CHANNELS);
            STORE_VECTOR(x2 - x1, at + 2 * LINES * PAIRS * CHANNELS);
            STORE_VECTOR(x1 - x3, at + 3 * LINES * PAIRS * CHANNELS);
        }
    }
}

/* Those of the lines from iy on; outside the picture 0. */
static inline void factor_lines(
    local float *to, global const float *picture, int iy, uint left, uint H, uint W)
{
    for (uint i = 0; i < LINES; i++) {
        local float *line = to + i * PAIRS * CHANNELS;
        const int y = iy + (int)i;
        if (y >= 0 && (uint)y < H)
            factor_line(line, picture + (size_t)y * W * CHANNELS, left, W);
        else
            for (uint p = 0; p < PRODUCTS; p++)
                for (uint j = 0; j < PAIRS * CHANNELS; j++)
                    line[p * LINES * PAIRS * CHANNELS + j] = 0.0f;
    }
}

#endif

#if !defined(GRADIENT) && !defined(GRADIENT_SUM)
/* sums[pair][j] = one of the products, of all pairs and the BLOCK filters of `right`. The last tile begins
 * sooner where the pairs are no whole number of tiles. */
static inline void sum_products(
    float *sums, local const float *left, global const float *right)
{
    uint at[HEIGHT];
    UNROLL(HEIGHT)
    for (uint r = 0; r < HEIGHT; r++)
        at[r] = r * CHANNELS;
    for (uint own = 0; own < ROWS * PAIRS; own += HEIGHT) {
        const uint first = min(own, (uint)(ROWS * PAIRS - HEIGHT));
        floatn sum[HEIGHT][VECTORS];
        UNROLL(HEIGHT)
        for (uint r = 0; r < HEIGHT; r++)
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sum[r][v] = SPLAT(0.0f);
        for (uint ky = 0; ky < KH; ky++)
            for (uint c = 0; c < CHANNELS; c++)
                add_products(sum, left + (ky * PAIRS + first) * CHANNELS + c, at,
                    right + (ky * CHANNELS + c) * BLOCK);
        store_tile(sums + first * BLOCK, sum);
    }
}

/* finished = the output of a pair that its sums, of which the next product's are `next` floats on, lead
 * to. */
static inline void join_products(floatn finished[VECTORS], const float *sums, uint next, bool second)
{
    UNROLL(VECTORS)
    for (uint v = 0; v < VECTORS; v++) {
        const floatn m1 = LOAD_VECTOR(sums + next + v * WIDTH);
        const floatn m2 = LOAD_VECTOR(sums + 2 * next + v * WIDTH);
        finished[v] = second ? m1 - m2 - LOAD_VECTOR(sums + 3 * next + v * WIDTH)
                             : LOAD_VECTOR(sums + v * WIDTH) + m1 + m2;
    }
}

/* y is assigned. A work-item, a group of its own, does `steps` times ROWS rows of outputs of a picture;
 * lines has room for PRODUCTS · LINES · PAIRS · CHANNELS. */
kernel void conv2d_winograd(global const float *restrict x, global const float *restrict factors,
    global float *restrict y, uint N, uint H, uint W, uint OH, uint OW, uint M, uint top, uint left,
    uint steps, local float *restrict lines EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const uint down = (OH - 1) / ROWS + 1;
    const struct range range = range_of_item(N * down, steps);
    float sums[PRODUCTS * ROWS * PAIRS * BLOCK];
    for (uint step = range.first; step < range.last; step++) {
        const uint n = step / down, first = step % down * ROWS;
        factor_lines(lines, x + (size_t)n * H * W * CHANNELS, (int)first - (int)top, left, H, W);
        for (uint own = 0; own < M; own += BLOCK) {
            const uint column = shifted_column(own, M);
            for (uint p = 0; p < PRODUCTS; p++)
                sum_products(sums + p * ROWS * PAIRS * BLOCK, lines + p * LINES * PAIRS * CHANNELS,
                    factors + ((size_t)own / BLOCK * PRODUCTS + p) * KH * CHANNELS * BLOCK);
            for (uint oy = first; oy < min(first + ROWS, OH); oy++)
                for (uint ox = 0; ox < OW; ox++) {
                    const size_t start = (((size_t)n * OH + oy) * OW + ox) * M;
                    floatn finished[VECTORS];
                    join_products(finished, sums + ((oy - first) * PAIRS + ox / 2) * BLOCK,
                        ROWS * PAIRS * BLOCK, ox % 2 == 1);
                    FINISH_ROW_AT(finished, column, own, start, y + start)
                }
        }
    }
}
#endif

#ifdef GRADIENT
/* The factors of ROWS rows of dy, of which `rows` are there: to[product][row][pair][m], where n3 takes the
 * fourth factor of the lines, x1 - x3, with -z1. */
static inline void factor_slopes(local float *to, global const float *dy, uint rows, uint OW)
{
    for (uint row = 0; row < ROWS; row++)
        for (uint pair = 0; pair < PAIRS; pair++) {
            const bool first = row < rows, second = first && 2 * pair + 1 < OW;
            global const float *from = dy + ((size_t)row * OW + 2 * pair) * FILTERS;
            for (uint own = 0; own < FILTERS; own += WIDTH) {
                const uint m = min(own, (uint)(FILTERS - WIDTH));
                const floatn z0 = first ? LOAD_VECTOR(from + m) : SPLAT(0.0f);
                const floatn z1 = second ? LOAD_VECTOR(from + FILTERS + m) : SPLAT(0.0f);
                local float *at = to + (row * PAIRS + pair) * FILTERS + m;
                STORE_VECTOR(z0, at);
                STORE_VECTOR(z0 + z1, at + ROWS * PAIRS * FILTERS);
                STORE_VECTOR(z0 - z1, at + 2 * ROWS * PAIRS * FILTERS);
                STORE_VECTOR(-z1, at + 3 * ROWS * PAIRS * FILTERS);
            }
        }
}

#define PART_ROW(LOAD, STORE, value, column, row_start, stored) STORE(value, (stored) + (column));

/* part[ky][c][m] += one of the products' sums over the pairs of ROWS rows, for the block of filters from
 * `own` on; assigned where it begins. */
static inline void add_pairs(global float *part, local const float *lines, local const float *slopes,
    uint own, bool begins)
{
    const uint column = shifted_column(own, FILTERS);
    for (uint first = 0; first < KH * CHANNELS; first += HEIGHT) {
        uint at[HEIGHT], row[HEIGHT];
        floatn sum[HEIGHT][VECTORS];
        UNROLL(HEIGHT)
        for (uint r = 0; r < HEIGHT; r++) {
            row[r] = min(first + r, (uint)(KH * CHANNELS - 1));
            at[r] = row[r] / CHANNELS * PAIRS * CHANNELS + row[r] % CHANNELS;
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                sum[r][v] =
                    begins ? SPLAT(0.0f) : LOAD_VECTOR(part + row[r] * FILTERS + column + v * WIDTH);
        }
        for (uint i = 0; i < ROWS * PAIRS; i++)
            add_products(sum, lines + i * CHANNELS, at, slopes + i * FILTERS + column);
        float done[HEIGHT * BLOCK];
        store_tile(done, sum);
        for (uint r = 0; r < HEIGHT && first + r < KH * CHANNELS; r++) {
            floatn finished[VECTORS];
            load_row(finished, done, r);
            EACH_OF_ROW(PART_ROW, finished, column, own, 0, part + (first + r) * FILTERS)
        }
    }
}

/* parts[part][product][ky][c][m], of the pictures of one part, is assigned. x as above, dy [N, OH, OW, M]. A
 * work-item, a group of its own, does a part's `pictures` pictures and `blocks` blocks of filters; lines
 * has room for PRODUCTS · PAIRS · (LINES · CHANNELS + ROWS · FILTERS). */
kernel void conv2d_winograd_gradient(global const float *restrict x, global const float *restrict dy,
    global float *restrict parts, uint N, uint H, uint W, uint OH, uint OW, uint top, uint left,
    uint pictures, uint blocks, local float *restrict lines)
{
    local float *slopes = lines + PRODUCTS * LINES * PAIRS * CHANNELS;
    const uint first_picture = (uint)get_global_id(0) * pictures;
    const uint last_picture = min(first_picture + pictures, N);
    const uint first_column = (uint)get_global_id(1) * blocks * BLOCK;
    const uint last_column = min(first_column + blocks * BLOCK, (uint)FILTERS);
    global float *part = parts + (size_t)get_global_id(0) * PRODUCTS * KH * PLANE;
    for (uint n = first_picture; n < last_picture; n++)
        for (uint oy = 0; oy < OH; oy += ROWS) {
            factor_lines(lines, x + (size_t)n * H * W * CHANNELS, (int)oy - (int)top, left, H, W);
            factor_slopes(slopes, dy + ((size_t)n * OH + oy) * OW * FILTERS, OH - oy, OW);
            for (uint p = 0; p < PRODUCTS; p++)
                for (uint own = first_column; own < last_column; own += BLOCK)
                    add_pairs(part + p * KH * PLANE, lines + p * LINES * PAIRS * CHANNELS,
                        slopes + p * ROWS * PAIRS * FILTERS, own, n == first_picture && oy == 0);
        }
}
#endif

#ifdef GRADIENT_SUM
#define JOIN_PARTS(LOAD, STORE, j)                                                                  \
    {                                                                                               \
        const uint tap = j / PLANE % 3;                                                             \
        global const float *from = parts + j / PLANE / 3 * PLANE + j % PLANE;                       \
        floatn sum = SPLAT(0.0f);                                                                   \
        for (uint i = 0; i < count; i++, from += PRODUCTS * KH * PLANE) {                           \
            const floatn n1 = LOAD(from + KH * PLANE), n2 = LOAD(from + 2 * KH * PLANE);            \
            if (tap == 1)                                                                           \
                sum += SPLAT(0.5f) * (n1 - n2);                                                     \
            else                                                                                    \
                sum += SPLAT(0.5f) * (n1 + n2) + LOAD(from + tap / 2 * 3 * KH * PLANE);             \
        }                                                                                           \
        EPILOGUE(LOAD, STORE, sum, j, j)                                                            \
        if (STORES_RESULT)                                                                          \
            STORE(sum, dw + j);                                                                     \
    }

/* dw[ky][kx][c][m] from `count` parts, in their order; assigned, or given to the epilogue alone. */
kernel void conv2d_winograd_gradient_sum(
    global const float *parts, global float *dw, uint count, uint span EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct range range = range_of_item(KH * 3 * PLANE, span);
    for (uint j = range.first; j < range.last;)
        if (j + WIDTH <= range.last && j % PLANE + WIDTH <= PLANE) {
            JOIN_PARTS(LOAD_VECTOR, STORE_VECTOR, j)
            j += WIDTH;
        } else {
            JOIN_PARTS(LOAD_ELEMENT, STORE_ELEMENT, j)
            j++;
        }
}
#endif
