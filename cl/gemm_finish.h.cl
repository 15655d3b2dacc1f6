/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What all kernels of products do with a finished sum. */
#include "epilogue.h.cl"

/* With SCALED, kernels have alpha and beta; where beta is 0, c is not read. */
#if SCALED
#define SCALE(LOAD, value, at)                                                                     \
    value *= alpha;                                                                                \
    if (beta != 0.0f)                                                                              \
        value = fma(SPLAT(beta), LOAD(at), value);
#else
#define SCALE(LOAD, value, at)
#endif

/* Applies the epilogues to a value in `column` of the row that begins at index row_start of the
 * dense result, and stores it in the row `stored`. */
#define FINISH(LOAD, STORE, value, column, row_start, stored)                                      \
    {                                                                                              \
        SCALE(LOAD, value, (stored) + (column))                                                    \
        EPILOGUE(LOAD, STORE, value, column, (row_start) + (column))                               \
        if (STORES_RESULT)                                                                         \
            STORE(value, (stored) + (column));                                                     \
    }
