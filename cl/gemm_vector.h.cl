/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the vector kernels share: how a finished row of a register tile reaches the result. The tile
 * is VECTORS vectors of WIDTH columns; at the right edge it reads a window that is shifted left,
 * inside the matrix, and stores only its own columns. */
#include "gemm_finish.h.cl"

/* Applies ACTION to what is its own of sum[VECTORS], which begins at `column`, the tile's own columns
 * beginning at own_column. */
#define EACH_OF_ROW(ACTION, sum, column, own_column, row_start, stored)                            \
    {                                                                                              \
        if (column >= own_column)                                                                  \
            for (uint v = 0; v < VECTORS; v++)                                                     \
                ACTION(LOAD_VECTOR, STORE_VECTOR, sum[v], column + v * WIDTH, row_start, stored)   \
        else                                                                                       \
            for (uint v = 0; v < VECTORS; v++) {                                                   \
                float lanes[WIDTH];                                                                \
                STORE_VECTOR(sum[v], lanes);                                                       \
                for (uint j = 0; j < WIDTH; j++)                                                   \
                    if (column + v * WIDTH + j >= own_column) {                                    \
                        floatn element = SPLAT(lanes[j]);                                          \
                        ACTION(LOAD_ELEMENT, STORE_ELEMENT, element, column + v * WIDTH + j,       \
                            row_start, stored)                                                     \
                    }                                                                              \
            }                                                                                      \
    }

#define FINISH_ROW_AT(sum, column, own_column, row_start, stored)                                  \
    EACH_OF_ROW(FINISH, sum, column, own_column, row_start, stored)

#define FINISH_ROW(sum, column, own_column, row_start)                                             \
    FINISH_ROW_AT(sum, column, own_column, row_start, c + (row_start))
