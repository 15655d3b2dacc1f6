/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Matrix products by tiles in local memory, for GPUs.
 *
 *   c[m][n] = alpha * sum over k of a(m, k) * b(k, n) + beta * c[m][n]
 *
 * a is stored [m][k], or [k][m] with TRANSPOSE_A; b [k][n], or [n][k] with TRANSPOSE_B. With BYTES,
 * a's rows are rows of bytes: a(i, j) = source[i][j] * scale; with TRANSPOSE_A too, a(j, i). lda, ldb and ldc are the
 * floats (or bytes) from a stored row to the next. alpha and beta are looked at with SCALED only,
 * else they are 1 and 0.
 *
 * A work-group computes a tile of TILE_M x TILE_N, TILE_K of the sum's terms at a time: all its
 * items bring these parts of a and b into local memory, both with k as the slow index, so that an
 * item then reads neighbouring floats of either. The next part is fetched into registers before the
 * present one is multiplied, so that the way from global memory is hidden behind arithmetic; with
 * two BUFFERS one barrier a part is enough. An item of ITEMS_M x ITEMS_N sums up TILE_M / ITEMS_M x
 * TILE_N / ITEMS_N elements in registers, in vectors of WIDTH_M rows and WIDTH columns that are
 * dealt out in turn: neighbouring items store to neighbouring memory and read neighbouring banks.
 * PAD floats behind each row of local memory keep columns, too, apart in banks.
 *
 * A small tile with long sums has SLICES times as many items, each slice doing every SLICES-th
 * term; a tree adds the slices up. The order of all sums depends on nothing but sizes and
 * parameters.
 *
 * With WINDOWS, a is what windows see of pictures (windows.h.cl), and lda is not looked at.
 *
 * Loads from global memory are vectors of WIDTH_A and WIDTH_B floats. These divide what they run
 * along and the distance of rows, WIDTH divides n and ldc, so that every vector is aligned and lies
 * inside its matrix or outside. What is outside along m and n is read from clamped places and never
 * stored; along k it is 0, and with WHOLE_K there is none. Global size: GROUP * tiles along n,
 * tiles along m. */
#include "gemm_finish.h.cl"
#ifndef WINDOWS
#define WINDOWS 0
#endif
#if WINDOWS
#include "windows.h.cl"
#endif

#define TILE_ITEMS (ITEMS_M * ITEMS_N)
#define GROUP (TILE_ITEMS * SLICES)
#define ROWS (TILE_M / ITEMS_M) /* of an item */
#define TERMS (TILE_K / SLICES) /* of a part's that an item adds up */
#define VECTORS_M (ROWS / WIDTH_M)
#define VECTORS_N (TILE_N / ITEMS_N / WIDTH)
#define LOADS_A (TILE_M * TILE_K / WIDTH_A / GROUP)
#define LOADS_B (TILE_N * TILE_K / WIDTH_B / GROUP)

/* Local memory, in floats. */
#define STRIDE_A (TILE_M + PAD)
#define STRIDE_B (TILE_N + PAD)
#define BUFFER (TILE_K * (STRIDE_A + STRIDE_B))
#define PARTIAL_SUMS (SLICES / 2 * TILE_M * TILE_N)
#define LOCAL_FLOATS (BUFFERS * BUFFER > PARTIAL_SUMS ? BUFFERS * BUFFER : PARTIAL_SUMS)

/* Vectors by width, and DO(lane, element) for each of their elements: registers have no index. */
#define FLOATS_1 float
#define FLOATS_2 float2
#define FLOATS_4 float4
#define FLOATS(width) JOIN(FLOATS_, width)
#define BYTES_1 uchar
#define BYTES_2 uchar2
#define BYTES_4 uchar4
#define LANES_1(DO, v) DO(0, v)
#define LANES_2(DO, v) DO(0, (v).s0) DO(1, (v).s1)
#define LANES_4(DO, v) DO(0, (v).s0) DO(1, (v).s1) DO(2, (v).s2) DO(3, (v).s3)
#define CONVERT_1 convert_float
#define CONVERT_2 convert_float2
#define CONVERT_4 convert_float4

/* Aligned, as all vectors here are. */
#define LOAD_ALIGNED(pointer) (*(global const floatn *)(pointer))
#define STORE_ALIGNED(value, pointer) (*(global floatn *)(pointer) = (value))

/* A vector's place in a part of an operand. */
struct place {
    uint across, k;
};

static inline struct place place_of(uint vector, uint tile, uint width, bool along_k)
{
    struct place place;
    if (along_k) {
        place.across = vector / (TILE_K / width);
        place.k = vector % (TILE_K / width) * width;
    } else {
        place.across = vector % (tile / width) * width;
        place.k = vector / (tile / width);
    }
    return place;
}

#define PLACE_A(load) place_of((load)*GROUP + item, TILE_M, WIDTH_A, !TRANSPOSE_A)
#define PLACE_B(load) place_of((load)*GROUP + item, TILE_N, WIDTH_B, TRANSPOSE_B)

/* Load number `load` of an operand at `i` along k; start_a and start_b hold what does not change
 * from part to part. */
#if BYTES
#define LOAD_A(load, i)                                                                            \
    JOIN(CONVERT_, WIDTH_A)                                                                        \
    (*(global const JOIN(BYTES_, WIDTH_A) *)(source + start_a[load] +                              \
                                             (TRANSPOSE_A ? (size_t)(i)*lda : (i)))) *             \
        scale
#else
#if WINDOWS
static inline FLOATS(WIDTH_A) load_window(global const float *a, uint pixel, uint term)
{
    global const float *from = window_element(a, pixel, term);
    return from ? *(global const FLOATS(WIDTH_A) *)from : (FLOATS(WIDTH_A))(0.0f);
}
#define LOAD_A(load, i)                                                                            \
    (TRANSPOSE_A ? load_window(a, i, (uint)start_a[load]) : load_window(a, (uint)start_a[load], i))
#else
#define LOAD_A(load, i)                                                                            \
    *(global const FLOATS(WIDTH_A) *)(a + start_a[load] + (TRANSPOSE_A ? (size_t)(i)*lda : (i)))
#endif
#endif
#define LOAD_B(load, i)                                                                            \
    *(global const FLOATS(WIDTH_B) *)(b + start_b[load] + (TRANSPOSE_B ? (i) : (size_t)(i)*ldb))

/* Fetches an operand's part that begins at first_k. */
#define FETCH(fetched, LOADS, PLACE, LOAD, first_k)                                                \
    UNROLL(LOADS)                                                                                  \
    for (uint load = 0; load < LOADS; load++) {                                                    \
        const uint i = (first_k) + PLACE(load).k;                                                  \
        if (WHOLE_K || i < k)                                                                      \
            fetched[load] = LOAD(load, i);                                                         \
        else                                                                                       \
            fetched[load] = 0.0f;                                                                  \
    }

/* Puts it into local memory; what runs along k in global memory is turned over. */
#define TURN_OVER(lane, element) to[(lane)*stride] = element;
#define KEEP(fetched, LOADS, PLACE, width, along_k, tile, STRIDE)                                  \
    UNROLL(LOADS)                                                                                  \
    for (uint load = 0; load < LOADS; load++) {                                                    \
        const struct place place = PLACE(load);                                                    \
        const uint stride = STRIDE;                                                                \
        local float *to = (tile) + place.k * stride + place.across;                                \
        if (along_k) {                                                                             \
            JOIN(LANES_, width)(TURN_OVER, fetched[load])                                          \
        } else {                                                                                   \
            *(local FLOATS(width) *)to = fetched[load];                                            \
        }                                                                                          \
    }

#define FETCH_BOTH(first_k)                                                                        \
    {                                                                                              \
        FETCH(fetched_a, LOADS_A, PLACE_A, LOAD_A, first_k)                                        \
        FETCH(fetched_b, LOADS_B, PLACE_B, LOAD_B, first_k)                                        \
    }
#define KEEP_BOTH(buffer)                                                                          \
    {                                                                                              \
        KEEP(fetched_a, LOADS_A, PLACE_A, WIDTH_A, !TRANSPOSE_A, buffer, STRIDE_A)                 \
        KEEP(fetched_b, LOADS_B, PLACE_B, WIDTH_B, TRANSPOSE_B, (buffer) + TILE_K * STRIDE_A,      \
            STRIDE_B)                                                                              \
    }

/* sum += the item's rows of a times its columns of b, over the slice's terms of a part: once these
 * are in registers there is nothing but fused multiply-adds. */
static inline void multiply(local const float *buffer, uint slice, uint item_row, uint item_column,
    floatn sum[ROWS][VECTORS_N])
{
    local const FLOATS(WIDTH_M) *left =
        (local const FLOATS(WIDTH_M) *)(buffer + slice * STRIDE_A) + item_row;
    local const floatn *right =
        (local const floatn *)(buffer + TILE_K * STRIDE_A + slice * STRIDE_B) + item_column;
    UNROLL(TERMS > 4 ? 4 : TERMS)
    for (uint i = 0; i < TILE_K; i += SLICES) {
        FLOATS(WIDTH_M) a[VECTORS_M];
        floatn b[VECTORS_N];
        UNROLL(VECTORS_M)
        for (uint u = 0; u < VECTORS_M; u++)
            a[u] = left[i * (STRIDE_A / WIDTH_M) + u * ITEMS_M];
        UNROLL(VECTORS_N)
        for (uint v = 0; v < VECTORS_N; v++)
            b[v] = right[i * (STRIDE_B / WIDTH) + v * ITEMS_N];
#define MULTIPLY(lane, element)                                                                    \
    UNROLL(VECTORS_N)                                                                              \
    for (uint v = 0; v < VECTORS_N; v++)                                                           \
        sum[u * WIDTH_M + lane][v] = fma(SPLAT(element), b[v], sum[u * WIDTH_M + lane][v]);
        UNROLL(VECTORS_M)
        for (uint u = 0; u < VECTORS_M; u++) {
            JOIN(LANES_, WIDTH_M)(MULTIPLY, a[u])
        }
    }
}

/* Each of an item's sums, which are registers: the loops are unrolled. */
#define EACH_SUM                                                                                   \
    UNROLL(ROWS)                                                                                   \
    for (uint r = 0; r < ROWS; r++)                                                                \
        UNROLL(VECTORS_N)                                                                          \
    for (uint v = 0; v < VECTORS_N; v++)

__attribute__((reqd_work_group_size(GROUP, 1, 1))) kernel void gemm_tiled(
#if BYTES
    global const uchar *restrict source, float scale,
#else
    global const float *restrict a,
#endif
    global const float *restrict b, global float *restrict c, uint m, uint n, uint k, uint lda,
    uint ldb, uint ldc, float alpha, float beta EPILOGUE_PARAMETERS)
{
    local float memory[LOCAL_FLOATS] __attribute__((aligned(16)));
    const uint first_row = (uint)get_group_id(1) * TILE_M;
    const uint first_column = (uint)get_group_id(0) * TILE_N;
    const uint item = (uint)get_local_id(0), slice = item / TILE_ITEMS;
    const uint item_row = item % TILE_ITEMS / ITEMS_N, item_column = item % ITEMS_N;
    FLOATS(WIDTH_A) fetched_a[LOADS_A];
    FLOATS(WIDTH_B) fetched_b[LOADS_B];
    size_t start_a[LOADS_A], start_b[LOADS_B];
    floatn sum[ROWS][VECTORS_N];
    UNROLL(LOADS_A)
    for (uint load = 0; load < LOADS_A; load++) {
        const uint row = min(first_row + PLACE_A(load).across, m - (TRANSPOSE_A ? WIDTH_A : 1));
        start_a[load] = TRANSPOSE_A || WINDOWS ? row : (size_t)row * lda;
    }
    UNROLL(LOADS_B)
    for (uint load = 0; load < LOADS_B; load++) {
        const uint column =
            min(first_column + PLACE_B(load).across, n - (TRANSPOSE_B ? 1 : WIDTH_B));
        start_b[load] = TRANSPOSE_B ? (size_t)column * ldb : column;
    }
    EACH_SUM
    sum[r][v] = SPLAT(0.0f);

    const uint parts = (k + TILE_K - 1) / TILE_K;
    FETCH_BOTH(0)
    KEEP_BOTH(memory)
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint part = 0; part < parts; part++) {
        const bool more = part + 1 < parts;
        if (more)
            FETCH_BOTH((part + 1) * TILE_K)
        multiply(memory + part % BUFFERS * BUFFER, slice, item_row, item_column, sum);
        if (BUFFERS == 1)
            barrier(CLK_LOCAL_MEM_FENCE);
        if (more)
            KEEP_BOTH(memory + (part + 1) % BUFFERS * BUFFER)
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    /* The upper half of the slices is added to the lower half, until one is left. */
    for (uint half_up = SLICES / 2; half_up > 0; half_up /= 2) {
        local floatn *place = (local floatn *)memory + item % (half_up * TILE_ITEMS);
        const uint stride = half_up * TILE_ITEMS;
        if (slice >= half_up && slice < 2 * half_up)
            EACH_SUM
        place[(r * VECTORS_N + v) * stride] = sum[r][v];
        barrier(CLK_LOCAL_MEM_FENCE);
        if (slice < half_up)
            EACH_SUM
        sum[r][v] += place[(r * VECTORS_N + v) * stride];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (slice > 0)
        return;
    EPILOGUE_SETUP
    EACH_SUM
    {
        const uint row = first_row + (r / WIDTH_M * ITEMS_M + item_row) * WIDTH_M + r % WIDTH_M;
        const uint column = first_column + (v * ITEMS_N + item_column) * WIDTH;
        if (row < m && column < n)
            FINISH(LOAD_ALIGNED, STORE_ALIGNED, sum[r][v], column, (size_t)row * n,
                c + (size_t)row * ldc)
    }
}
