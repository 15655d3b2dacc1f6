/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products by wide explicit vectors and a register tile, without local memory: made for CPUs, right
 * anywhere. The kernels stand in cl/gemm_vector.cl. */
#include "gemm/vector.h"

#include <stdio.h>

#include "gemm/providers.h"

enum { ROWS = 4, MAX_EPILOGUE_ARGUMENTS = 36 };

struct vector_tile vector_tile(const struct nncl_device *device, size_t columns, unsigned most)
{
    unsigned native = device->info.native_vector_float;
    struct vector_tile tile = {.width = native >= 16 ? 16 : native >= 8 ? 8 : 4, .vectors = most};
    while (tile.width > 1 && tile.width > columns)
        tile.width /= 2;
    while (tile.vectors > 1 && tile.width * tile.vectors > columns)
        tile.vectors /= 2;
    return tile;
}

enum nncl_status vector_launch(struct nncl_device *device, const struct gemm *gemm,
    struct step_launch launch, const struct step_argument *arguments, size_t count,
    struct step *step)
{
    struct step_argument all[VECTOR_OWN_ARGUMENTS + MAX_EPILOGUE_ARGUMENTS];
    char options[256];
    snprintf(options, sizeof options, "%s -DSTORES_RESULT=%d%s", launch.options, gemm->c != NULL,
        gemm->epilogue_options ? gemm->epilogue_options : "");
    for (size_t i = 0; i < count; i++)
        all[i] = arguments[i];
    for (size_t i = 0; i < gemm->epilogue_count; i++)
        all[count + i] = gemm->epilogue_arguments[i];
    launch.options = options;
    launch.dimensions = 2;
    launch.local[0] = launch.local[1] = 1;
    return step_launch(device, &launch, all, count + gemm->epilogue_count, step);
}

static bool vector_supports(const struct nncl_device *device, const struct gemm *gemm)
{
    (void)device;
    return gemm->m <= UINT32_MAX && gemm->n <= UINT32_MAX && gemm->k <= UINT32_MAX;
}

/* With b transposed both operands are contiguous along k, so vectors run along k and the tile is
 * ROWS x ROWS dot products; otherwise vectors run along n. A tile of 4 x 64 fits AVX-512's 32
 * registers, 4 x 16 AVX2's 16. */
static enum nncl_status vector_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    if (gemm->gathered)
        return vector_bytes_prepare(device, gemm, step);
    struct vector_tile tile = vector_tile(device, gemm->transpose_b ? gemm->k : gemm->n,
        device->info.native_vector_float >= 16 ? 4 : 2);
    size_t columns = gemm->transpose_b ? (size_t)ROWS : (size_t)tile.width * tile.vectors;
    char options[128];
    snprintf(options, sizeof options, "-DROWS=%d -DWIDTH=%u -DVECTORS=%u -DTRANSPOSE_A=%d", ROWS,
        tile.width, tile.vectors, gemm->transpose_a);
    const struct step_launch launch = {
        .program = "gemm_vector",
        .kernel = gemm->transpose_b ? "gemm_vector_dot" : "gemm_vector",
        .options = options,
        .global = {vector_tiles(gemm->n, columns), vector_tiles(gemm->m, ROWS)},
    };
    const struct step_argument arguments[] = {ARG_BUFFER(gemm->a), ARG_BUFFER(gemm->b),
        ARG_BUFFER(gemm->c), ARG_UINT(gemm->m), ARG_UINT(gemm->n), ARG_UINT(gemm->k)};
    return vector_launch(
        device, gemm, launch, arguments, sizeof arguments / sizeof arguments[0], step);
}

const struct gemm_provider gemm_vector = {.name = "vector",
    .supports = vector_supports,
    .takes_epilogues = true,
    .gathers = vector_gathers,
    .prepare = vector_prepare};
