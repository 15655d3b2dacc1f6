/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The update of a first layer's weights and the next step's forward product with them, in one launch: each
 * weight and its moments are read and written once a step, and multiplied while they are near. Rows of
 * bytes stand together (bytes.h.cl, with IN_ORDER); BATCH of them are a build option, as is SLICES: in so
 * many slices of VECTORS * WIDTH columns the layer is cut. */
#include "adam.h.cl"
#include "bias.h.cl"
#include "bytes.h.cl"
#include "relu.h.cl"
#include "slices.h.cl"

#define COLUMNS (VECTORS * WIDTH)
#define TERMS 64 /* rows of w that are multiplied right after their update */

/* Rows of w, n floats apart, share few lines of the nearest cache: so what is used again stands in private
 * arrays of COLUMNS floats a row. */

/* dh's slice that begins at `column`. */
static inline void copy_slice(global const float *dh, uint n, uint column, float *slope)
{
    for (uint r = 0; r < BATCH; r++)
        for (uint v = 0; v < VECTORS; v++)
            STORE_VECTOR(LOAD_VECTOR(dh + (size_t)r * n + column + v * WIDTH), slope + r * COLUMNS + v * WIDTH);
}

/* Adam's update of w's rows `first` … last-1 in a slice that begins at `column`, by xᵀ · slope. */
static inline void update_rows(struct adam adam, global const uchar *x, float scale, const float *slope,
    global float *adam_w, global float *adam_m, global float *adam_v, uint m, uint n, uint first, uint last,
    uint column)
{
    for (uint own_pixel = first; own_pixel < last; own_pixel += PIXELS) {
        const uint pixel = min(own_pixel, m - PIXELS);
        uint present[BLOCKS * PIXELS];
        note_present(x, NULL, m, pixel, present);
        for (uint p = own_pixel - pixel; p < PIXELS; p++) {
            floatn sum[VECTORS];
            for (uint v = 0; v < VECTORS; v++)
                sum[v] = SPLAT(0.0f);
            for (uint block = 0; block < BLOCKS; block++)
                for (uint bits = present[block * PIXELS + p]; bits != 0u; bits &= bits - 1u) {
                    const uint r = block * 32 + LOWEST_BIT(bits, 32);
                    const floatn left = SPLAT((float)x[r * m + pixel + p] * scale);
                    ADD_ROW(sum, left, slope + r * COLUMNS)
                }
            UNROLL(VECTORS)
            for (uint v = 0; v < VECTORS; v++)
                ADAM_EPILOGUE(LOAD_VECTOR, STORE_VECTOR, sum[v], column,
                    (size_t)(pixel + p) * n + column + v * WIDTH)
        }
    }
}

/* sums[BATCH * COLUMNS] += next_x · w over the `count` terms from i on, whose rows of w's slice begin at w. */
static inline void add_terms(global const uchar *next_x, float scale, global const float *w, uint m, uint n,
    uint i, uint count, float *sums)
{
    float near[TERMS * COLUMNS];
    for (uint j = 0; j < count; j++)
        for (uint v = 0; v < VECTORS; v++)
            STORE_VECTOR(LOAD_VECTOR(w + (size_t)j * n + v * WIDTH), near + j * COLUMNS + v * WIDTH);
    for (uint r = 0; r < BATCH; r++) {
        global const uchar *row = next_x + r * m + i;
        ulong bits = nonzero_bytes(row, count);
        if (bits == 0)
            continue;
        floatn sum[VECTORS];
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            sum[v] = LOAD_VECTOR(sums + r * COLUMNS + v * WIDTH);
        do {
            const uint j = LOWEST_BIT(bits, 64);
            const floatn left = SPLAT((float)row[j] * scale);
            bits &= bits - 1;
            ADD_ROW(sum, left, near + j * COLUMNS)
        } while (bits != 0);
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            STORE_VECTOR(sum[v], sums + r * COLUMNS + v * WIDTH);
    }
}

/* For rows x [BATCH, m] of this step and next_x of the next one, and dh [BATCH, n]:
 *   w [m, n] ← Adam by xᵀ · dh, unless the step is bad;
 *   h [BATCH, n] = relu(next_x · w + bias [n]).
 * h is assigned, w and its moments accumulated. slices [SLICES]: no word has SLICE_TAKEN set; owners may be
 * any. Global size: SLICES; n is SLICES * COLUMNS; m at least PIXELS. */
kernel void update_forward(global const uchar *x, float scale, global const float *dh,
    global const uchar *next_x, global const float *bias, global float *h, uint m, uint n,
    volatile global uint *slices ADAM_PARAMETERS)
{
    if (get_global_id(0) >= SLICES)
        return;
    const bool bad = step_is_bad(adam_state, adam_batch_loss);
    const struct adam adam = ADAM_OF_STEP;
    const uint slice = take_slice(slices, SLICES, (adam_state[STATE_STEP] & 1u) != 0u);
    if (slice >= SLICES)
        return;
    const uint column = slice * COLUMNS;
    float slope[BATCH * COLUMNS], sums[BATCH * COLUMNS];
    copy_slice(dh, n, column, slope);
    for (uint i = 0; i < BATCH * COLUMNS; i += WIDTH)
        STORE_VECTOR(SPLAT(0.0f), sums + i);
    for (uint i = 0; i < m; i += TERMS) {
        const uint count = min((uint)TERMS, m - i);
        if (!bad)
            update_rows(adam, x, scale, slope, adam_w, adam_m, adam_v, m, n, i, i + count, column);
        add_terms(next_x, scale, adam_w + (size_t)i * n + column, m, n, i, count, sums);
    }
    for (uint r = 0; r < BATCH; r++)
        for (uint v = 0; v < VECTORS; v++) {
            const uint at = column + v * WIDTH;
            const floatn sum = LOAD_VECTOR(sums + r * COLUMNS + v * WIDTH);
            STORE_VECTOR(relu_forward(bias_forward(sum, LOAD_VECTOR(bias + at))), h + (size_t)r * n + at);
        }
}
