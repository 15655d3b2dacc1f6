/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products by wide explicit vectors and a register tile, without local memory: made for CPUs, right
 * anywhere. The kernels stand in cl/gemm_vector.cl. */
#include <stdio.h>

#include "gemm/gemm.h"
#include "gemm/providers.h"

enum { ROWS = 4, MAX_COLUMNS = 4, OWN_ARGUMENTS = 6, MAX_EPILOGUE_ARGUMENTS = 36 };

/* The register tile: ROWS rows by `vectors` vectors of `width` floats. */
struct tile {
    unsigned width, vectors;
};

/* As wide as the device's registers, as many as they hold, and no more than there are columns: a
 * 4 x 64 tile of float16 fits AVX-512's 32 registers, 4 x 16 of float8 AVX2's 16. */
static struct tile choose_tile(const struct nncl_device *device, size_t columns)
{
    unsigned native = device->info.native_vector_float;
    struct tile tile = {.width = native >= 16 ? 16 : native >= 8 ? 8 : 4};
    while (tile.width > 1 && tile.width > columns)
        tile.width /= 2;
    tile.vectors = native >= 16 ? MAX_COLUMNS : MAX_COLUMNS / 2;
    while (tile.vectors > 1 && tile.width * tile.vectors > columns)
        tile.vectors /= 2;
    return tile;
}

static size_t tiles(size_t size, size_t tile)
{
    return (size + tile - 1) / tile;
}

static bool vector_supports(const struct nncl_device *device, const struct gemm *gemm)
{
    (void)device;
    return gemm->m <= UINT32_MAX && gemm->n <= UINT32_MAX && gemm->k <= UINT32_MAX;
}

static enum nncl_status vector_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    /* With b transposed both operands are contiguous along k, so vectors run along k and the tile
     * is ROWS x ROWS dot products; otherwise vectors run along n. */
    struct tile tile = choose_tile(device, gemm->transpose_b ? gemm->k : gemm->n);
    size_t tile_columns = gemm->transpose_b ? (size_t)ROWS : (size_t)tile.width * tile.vectors;
    char options[256];
    snprintf(options, sizeof options,
        "-DROWS=%d -DWIDTH=%u -DVECTORS=%u -DTRANSPOSE_A=%d -DSTORES_RESULT=%d%s", ROWS, tile.width,
        tile.vectors, gemm->transpose_a, gemm->c != NULL,
        gemm->epilogue_options ? gemm->epilogue_options : "");
    const struct step_launch launch = {
        .program = "gemm_vector",
        .kernel = gemm->transpose_b ? "gemm_vector_dot" : "gemm_vector",
        .options = options,
        .dimensions = 2,
        .global = {tiles(gemm->n, tile_columns), tiles(gemm->m, ROWS)},
        .local = {1, 1},
    };
    struct step_argument arguments[OWN_ARGUMENTS + MAX_EPILOGUE_ARGUMENTS] = {ARG_BUFFER(gemm->a),
        ARG_BUFFER(gemm->b), ARG_BUFFER(gemm->c), ARG_UINT(gemm->m), ARG_UINT(gemm->n),
        ARG_UINT(gemm->k)};
    for (size_t i = 0; i < gemm->epilogue_count; i++)
        arguments[OWN_ARGUMENTS + i] = gemm->epilogue_arguments[i];
    return step_launch(device, &launch, arguments, OWN_ARGUMENTS + gemm->epilogue_count, step);
}

const struct gemm_provider gemm_vector = {.name = "vector",
    .supports = vector_supports,
    .takes_epilogues = true,
    .prepare = vector_prepare};
