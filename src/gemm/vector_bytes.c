/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products whose left operand are gathered rows of bytes. The kernels stand in
 * cl/gemm_vector_bytes.cl. */
#include <stdio.h>

#include "gemm/vector.h"

enum {
    PIXELS = 16,      /* rows of the result a work-item of the transposed product does */
    MOST_BATCH = 1024 /* rows whose bytes fit a CPU's first cache with the rest: 16 KiB */
};

/* A work-item walks through bytes one by one: that suits CPUs. */
bool vector_gathers(const struct nncl_device *device, const struct gemm *gemm)
{
    bool sizes = gemm->transpose_a ? gemm->m >= PIXELS && gemm->k <= MOST_BATCH : true;
    return device->info.kind == NNCL_DEVICE_CPU && sizes && !gemm->transpose_b &&
           gemm_is_plain(gemm);
}

static enum nncl_status prepare_transposed(
    struct nncl_device *device, const struct gemm *gemm, struct vector_tile tile, struct step *step)
{
    char options[128];
    snprintf(options, sizeof options, "-DWIDTH=%u -DVECTORS=%u -DBATCH=%zu", tile.width,
        tile.vectors, gemm->k);
    const struct step_launch launch = {
        .program = "gemm_vector_bytes",
        .kernel = "gemm_vector_bytes_transposed",
        .options = options,
        .global = {vector_tiles(gemm->n, (size_t)tile.width * tile.vectors),
            vector_tiles(gemm->m, PIXELS)},
    };
    const struct step_argument arguments[] = {ARG_BUFFER(gemm->gathered->source),
        ARG_BUFFER(gemm->gathered->rows), ARG_FLOAT(gemm->gathered->scale), ARG_BUFFER(gemm->b),
        ARG_BUFFER(gemm->c), ARG_SIZE(gemm->m), ARG_SIZE(gemm->n)};
    return vector_launch(
        device, gemm, launch, arguments, sizeof arguments / sizeof arguments[0], step);
}

enum nncl_status vector_bytes_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    /* One row of the result stays in registers: 8 vectors are half of AVX-512's and of AVX2's. */
    struct vector_tile tile = vector_tile(device, gemm->n, 8);
    if (gemm->transpose_a)
        return prepare_transposed(device, gemm, tile, step);
    char options[128];
    snprintf(options, sizeof options, "-DWIDTH=%u -DVECTORS=%u", tile.width, tile.vectors);
    const struct step_launch launch = {
        .program = "gemm_vector_bytes",
        .kernel = "gemm_vector_bytes",
        .options = options,
        .global = {vector_tiles(gemm->n, (size_t)tile.width * tile.vectors), gemm->m},
    };
    const struct step_argument arguments[] = {ARG_BUFFER(gemm->gathered->source),
        ARG_BUFFER(gemm->gathered->rows), ARG_FLOAT(gemm->gathered->scale), ARG_BUFFER(gemm->b),
        ARG_BUFFER(gemm->c), ARG_SIZE(gemm->m), ARG_SIZE(gemm->n), ARG_SIZE(gemm->k)};
    return vector_launch(
        device, gemm, launch, arguments, sizeof arguments / sizeof arguments[0], step);
}
