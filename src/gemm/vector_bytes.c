/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products whose left operand are rows of bytes. The kernels stand in cl/gemm_vector_bytes.cl. */
#include <stdio.h>

#include "gemm/vector.h"

enum {
    PIXELS = 16,       /* rows of the result that the transposed product does at a time */
    MOST_BATCH = 1024, /* rows whose presence, in bits, stays on a work-item's stack */
    MOST_ROWS = 16,    /* whose sums stay in the nearest cache: 8 KiB of 128 columns */
    MOST_PACKED = 64,  /* … of 64 columns, beside as many packed rows of b */
    NARROW = 64,       /* columns of a tile of which that is true */
    FAR = 512          /* floats between b's rows from which on packing pays */
};

/* A work-item walks through bytes one by one: that suits CPUs. */
bool vector_takes_bytes(const struct nncl_device *device, const struct gemm *gemm)
{
    bool sizes = gemm->transpose_a ? gemm->m >= PIXELS && gemm->k <= MOST_BATCH : true;
    return device->info.kind == NNCL_DEVICE_CPU && sizes && !gemm->transpose_b &&
           gemm_is_plain(gemm);
}

/* How a product is cut: rows of the result that a work-item does, and floats of b that it copies
 * together first; 0: none. */
struct share {
    size_t rows, packed;
};

/* As many rows as leave every compute unit its share; b is packed 64 rows at a time, which pays for
 * many rows only. */
static struct share share_of(
    const struct nncl_device *device, const struct gemm *gemm, size_t columns)
{
    enum { TERMS = 64, FEWEST_PACKED = 32, ENOUGH = 4 };
    size_t units = device_units(device), tiles = vector_tiles(gemm->n, columns);
    if (gemm->n >= FAR && columns <= NARROW &&
        device->info.local_memory >= TERMS * NARROW * sizeof(float))
        for (size_t rows = MOST_PACKED; rows >= FEWEST_PACKED; rows /= 2)
            if (gemm->m >= rows && tiles * vector_tiles(gemm->m, rows) >= ENOUGH * units)
                return (struct share){rows, TERMS * columns};
    size_t rows = MOST_ROWS;
    while (rows > 1 && vector_tiles(gemm->m, rows) < units)
        rows /= 2;
    return (struct share){rows, 0};
}

/* Of the transposed product: as many rows as let b be packed seldom, all of it where it fits. */
static struct share transposed_share(
    const struct nncl_device *device, const struct gemm *gemm, size_t columns)
{
    enum { FEWEST_PACKED = 128 };
    size_t parts = vector_parts(device, vector_tiles(gemm->n, columns));
    size_t rows = vector_tiles(vector_tiles(gemm->m, PIXELS), parts) * PIXELS;
    size_t floats = gemm->k * columns;
    bool pays = gemm->n >= FAR && rows >= FEWEST_PACKED &&
                floats * sizeof(float) <= device->info.local_memory / 4 * 3;
    return (struct share){rows, pays ? floats : 0};
}

enum nncl_status vector_bytes_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    /* One row of the result stays in registers: 8 vectors are half of AVX-512's and of AVX2's. */
    struct vector_tile tile = vector_tile(device, gemm->n, 8);
    const size_t columns = (size_t)tile.width * tile.vectors;
    const struct share share = gemm->transpose_a ? transposed_share(device, gemm, columns)
                                                 : share_of(device, gemm, columns);
    char options[160];
    snprintf(options, sizeof options, "-DWIDTH=%u -DVECTORS=%u -D%s=%zu%s", tile.width,
        tile.vectors, gemm->transpose_a ? "BATCH" : "ROWS",
        gemm->transpose_a ? gemm->k : share.rows, share.packed ? " -DPACKED=1" : "");
    const struct step_launch launch = {
        .program = "gemm_vector_bytes",
        .kernel = gemm->transpose_a ? "gemm_vector_bytes_transposed" : "gemm_vector_bytes",
        .options = options,
        .global = {vector_tiles(gemm->n, columns), vector_tiles(gemm->m, share.rows)},
    };
    const struct step_argument arguments[] = {ARG_BUFFER(gemm->a), ARG_FLOAT(gemm->byte_scale),
        ARG_BUFFER(gemm->b), ARG_BUFFER(gemm->c), ARG_SIZE(gemm->m), ARG_SIZE(gemm->n),
        ARG_SIZE(gemm->transpose_a ? share.rows : gemm->k),
        ARG_LOCAL(share.packed * sizeof(float))};
    size_t count = sizeof arguments / sizeof arguments[0];
    return vector_launch(device, gemm, launch, arguments, share.packed ? count : count - 1, step);
}
