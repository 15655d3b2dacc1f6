/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the vector kernels share: how a finished row of a register tile reaches the result. The tile is
 * VECTORS vectors of WIDTH columns; at the right edge it reads a window that is shifted left, inside
 * the matrix, and stores only its own columns. */
#include "epilogue.h.cl"

/* Applies the epilogues to a value in `column` of the row that starts at `row_start`, and stores it. */
#define FINISH(LOAD, STORE, value, column, row_start)                                               \
    {                                                                                               \
        EPILOGUE(LOAD, STORE, value, column, (row_start) + (column))                                \
        if (STORES_RESULT)                                                                          \
            STORE(value, c + (row_start) + (column));                                               \
    }

/* Finishes sum[VECTORS], which begins at `column`, the tile's own columns beginning at own_column. */
#define FINISH_ROW(sum, column, own_column, row_start)                                              \
    {                                                                                               \
        if (column == own_column)                                                                   \
            for (uint v = 0; v < VECTORS; v++)                                                      \
                FINISH(LOAD_VECTOR, STORE_VECTOR, sum[v], column + v * WIDTH, row_start)            \
        else                                                                                        \
            for (uint v = 0; v < VECTORS; v++) {                                                    \
                float lanes[WIDTH];                                                                 \
                STORE_VECTOR(sum[v], lanes);                                                        \
                for (uint j = 0; j < WIDTH; j++)                                                    \
                    if (column + v * WIDTH + j >= own_column) {                                     \
                        floatn element = SPLAT(lanes[j]);                                           \
                        FINISH(LOAD_ELEMENT, STORE_ELEMENT, element, column + v * WIDTH + j,        \
                            row_start)                                                              \
                    }                                                                               \
            }                                                                                       \
    }
