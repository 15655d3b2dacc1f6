/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products whose left operand are rows of bytes. The kernels stand in cl/gemm_vector_bytes.cl. */
#include <stdio.h>

#include "gemm/vector.h"

enum {
    PIXELS = 16,       /* rows of the result a work-item of the transposed product does */
    MOST_BATCH = 1024, /* rows whose presence, in bits, stays on a work-item's stack */
    MOST_ROWS = 16     /* whose sums stay in the nearest cache: 8 KiB of 128 columns */
};

/* A work-item walks through bytes one by one: that suits CPUs. */
bool vector_takes_bytes(const struct nncl_device *device, const struct gemm *gemm)
{
    bool sizes = gemm->transpose_a ? gemm->m >= PIXELS && gemm->k <= MOST_BATCH : true;
    return device->info.kind == NNCL_DEVICE_CPU && sizes && !gemm->transpose_b &&
           gemm_is_plain(gemm);
}

/* Rows of a work-item: as many as leave every compute unit its share. */
static size_t item_rows(const struct nncl_device *device, const struct gemm *gemm)
{
    size_t units = device->info.compute_units > 0 ? device->info.compute_units : 1,
           rows = MOST_ROWS;
    while (rows > 1 && vector_tiles(gemm->m, rows) < units)
        rows /= 2;
    return rows;
}

enum nncl_status vector_bytes_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    /* One row of the result stays in registers: 8 vectors are half of AVX-512's and of AVX2's. */
    struct vector_tile tile = vector_tile(device, gemm->n, 8);
    const size_t rows = gemm->transpose_a ? PIXELS : item_rows(device, gemm);
    char options[160];
    snprintf(options, sizeof options, "-DWIDTH=%u -DVECTORS=%u -D%s=%zu", tile.width, tile.vectors,
        gemm->transpose_a ? "BATCH" : "ROWS", gemm->transpose_a ? gemm->k : rows);
    const struct step_launch launch = {
        .program = "gemm_vector_bytes",
        .kernel = gemm->transpose_a ? "gemm_vector_bytes_transposed" : "gemm_vector_bytes",
        .options = options,
        .global = {vector_tiles(gemm->n, (size_t)tile.width * tile.vectors),
            vector_tiles(gemm->m, rows)},
    };
    const struct step_argument arguments[] = {ARG_BUFFER(gemm->a), ARG_FLOAT(gemm->byte_scale),
        ARG_BUFFER(gemm->b), ARG_BUFFER(gemm->c), ARG_SIZE(gemm->m), ARG_SIZE(gemm->n),
        ARG_SIZE(gemm->k)};
    size_t count = sizeof arguments / sizeof arguments[0];
    return vector_launch(
        device, gemm, launch, arguments, gemm->transpose_a ? count - 1 : count, step);
}
