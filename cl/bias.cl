/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The bias of a dense layer. N rows, M columns; x, y, dy [N, M], b, db [M]. */
#include "epilogue.h.cl"

/* y[i][j] = x[i][j] + b[j]. y is assigned. */
kernel void bias(global const float *x, global const float *b, global float *y, uint N, uint M,
    uint rows, uint span)
{
    const struct part part = part_of_item(N, M, rows, span);
    for (uint i = part.top; i < part.bottom; i++) {
        global const float *from = x + (size_t)i * M;
        global float *to = y + (size_t)i * M;
        uint j = part.left;
        for (; j + WIDTH <= part.right; j += WIDTH)
            STORE_VECTOR(bias_forward(load_vector(0, from + j), load_vector(0, b + j)), to + j);
        for (; j < part.right; j++)
            to[j] = bias_forward(SPLAT(from[j]), SPLAT(b[j])).s0;
    }
}

/* db[j] = Σ_i dy[i][j], each column summed from the first row to the last. db is assigned, or given to
 * the epilogue alone. */
kernel void bias_backward(
    global const float *dy, global float *db, uint N, uint M, uint span EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct range range = range_of_item(M, span);
    uint j = range.first;
    for (; j + WIDTH <= range.last; j += WIDTH) {
        floatn sum = SPLAT(0.0f);
        for (uint i = 0; i < N; i++)
            sum += load_vector(0, dy + (size_t)i * M + j);
        EPILOGUE(LOAD_VECTOR, STORE_VECTOR, sum, j, j)
        if (STORES_RESULT)
            STORE_VECTOR(sum, db + j);
    }
    for (; j < range.last; j++) {
        floatn sum = SPLAT(0.0f);
        for (uint i = 0; i < N; i++)
            sum += SPLAT(dy[(size_t)i * M + j]);
        EPILOGUE(LOAD_ELEMENT, STORE_ELEMENT, sum, j, j)
        if (STORES_RESULT)
            STORE_ELEMENT(sum, db + j);
    }
}
