/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Register tiles of convolutions: HEIGHT rows of VECTORS vectors, which run along the channels of the
 * output. LEFT_MEMORY and RIGHT_MEMORY are where the operands stand. */
#ifndef CONV2D_TILE_H
#define CONV2D_TILE_H

#ifndef LEFT_MEMORY
#define LEFT_MEMORY private
#endif
#ifndef RIGHT_MEMORY
#define RIGHT_MEMORY global
#endif

#define BLOCK (VECTORS * WIDTH)

/* The first of the channels of a tile that begins at `own`, shifted so that it ends inside its group. */
static inline uint shifted_column(uint own, uint group_end)
{
    return min(own, group_end - BLOCK);
}

/* A register tile of HEIGHT rows: sum[r] += left[at[r]] · right[0 … BLOCK-1]. */
static inline void add_products(floatn sum[HEIGHT][VECTORS], LEFT_MEMORY const float *left,
    const uint *at, RIGHT_MEMORY const float *right)
{
    floatn block[VECTORS];
    UNROLL(VECTORS)
    for (uint v = 0; v < VECTORS; v++)
        block[v] = LOAD_VECTOR(right + v * WIDTH);
    UNROLL(HEIGHT)
    for (uint r = 0; r < HEIGHT; r++) {
        const floatn value = SPLAT(left[at[r]]);
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            sum[r][v] = fma(value, block[v], sum[r][v]);
    }
}

/* The tile as floats, whose rows can be gone through by a number that the compiler does not know. */
static inline void store_tile(float *rows, floatn sum[HEIGHT][VECTORS])
{
    UNROLL(HEIGHT)
    for (uint r = 0; r < HEIGHT; r++)
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            STORE_VECTOR(sum[r][v], rows + r * BLOCK + v * WIDTH);
}

static inline void load_row(floatn row[VECTORS], const float *rows, uint r)
{
    for (uint v = 0; v < VECTORS; v++)
        row[v] = LOAD_VECTOR(rows + r * BLOCK + v * WIDTH);
}

#endif
