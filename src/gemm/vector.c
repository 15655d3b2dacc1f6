/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products by wide explicit vectors and a register tile, without local memory: made for CPUs, right
 * anywhere. The kernels stand in cl/gemm_vector.cl. */
#include "gemm/vector.h"

#include <stdio.h>

#include "base/status.h"
#include "gemm/providers.h"
#include "gemm/tuning.h"
#include "gemm/windows.h"

enum { ROWS = 4, PACKED_ROWS = 16, MOST_PACKED = 32, MAX_EPILOGUE_ARGUMENTS = 36 };

/* In the order of enum vector_parameter. */
static const struct gemm_parameter parameters[] = {GEMM_PARAMETER("PANEL", 0, 1),
    GEMM_PARAMETER("ROWS", 2, 4, 6, 8, 12), GEMM_PARAMETER("VECTORS", 1, 2, 3, 4, 6),
    GEMM_PARAMETER("WIDTH", 4, 8, 16), GEMM_PARAMETER("TILES", 1, 2, 4, 8, 16),
    GEMM_PARAMETER("LEFT_TILES", 1, 4, 8), GEMM_PARAMETER("DEPTH", 256, 512, 1024, 2048, 4096),
    {NULL, NULL, 0}};
_Static_assert(sizeof parameters / sizeof parameters[0] == VECTOR_PARAMETERS + 1,
    "the table and the enum tell the same");

/* What products by panels use; a tile of 6 x 64 fits AVX-512's 32 registers, 6 x 16 AVX2's 16. */
static const struct gemm_built_in built_in[] = {
    {GEMM_POCL_AVX512, true, {{1, 6, 4, 16, 1, 8, 2048}}},
    {GEMM_POCL_AVX2, true, {{1, 6, 2, 8, 4, 8, 2048}}},
    {GEMM_ANY, false, {{1, 6, 2, 4, 4, 8, 2048}}},
};

struct vector_tile vector_tile(const struct nncl_device *device, size_t columns, unsigned most)
{
    struct vector_tile tile = {.width = device_vector_width(device), .vectors = most};
    while (tile.width > 1 && tile.width > columns)
        tile.width /= 2;
    while (tile.vectors > 1 && tile.width * tile.vectors > columns)
        tile.vectors /= 2;
    return tile;
}

double vector_most_flop(const struct nncl_device *device)
{
    return device->info.kind == NNCL_DEVICE_CPU ? 2.5e9 : 0.5e9;
}

/* Cuts a launch that does `flop` into pieces; of a row of tiles in whole rounds of the compute
 * units, so that none idles long at a piece's end. */
static void cut(const struct nncl_device *device, double flop, struct step_launch *launch)
{
    size_t units = device_units(device);
    double items = (double)launch->global[0] * (double)launch->global[1];
    double most = vector_most_flop(device) * (double)units / (flop / items);
    if (most >= items)
        return;
    launch->piece[1] = most > (double)launch->global[0] ? (size_t)most / launch->global[0] : 1;
    if (most < (double)launch->global[0])
        launch->piece[0] = most > (double)units ? (size_t)most / units * units : units;
}

enum nncl_status vector_launch(struct nncl_device *device, const struct gemm *gemm,
    struct step_launch launch, const struct step_argument *arguments, size_t count,
    struct step *step)
{
    struct step_argument all[VECTOR_OWN_ARGUMENTS + MAX_EPILOGUE_ARGUMENTS];
    if (gemm->epilogue_count > MAX_EPILOGUE_ARGUMENTS)
        return nncl_fail(NNCL_FAILED, "a product has too many epilogue arguments");
    char options[416 + WINDOWS_OPTIONS];
    bool scaled = gemm->alpha != 1 || gemm->beta != 0;
    snprintf(options, sizeof options, "%s -DSTORES_RESULT=%d%s%s", launch.options, gemm->c != NULL,
        scaled ? " -DSCALED=1" : "", gemm->epilogue_options ? gemm->epilogue_options : "");
    for (size_t i = 0; i < count; i++)
        all[i] = arguments[i];
    for (size_t i = 0; i < gemm->epilogue_count; i++)
        all[count + i] = gemm->epilogue_arguments[i];
    launch.options = options;
    launch.dimensions = 2;
    launch.local[0] = launch.local[1] = 1;
    cut(device, 2.0 * (double)gemm->m * (double)gemm->n * (double)gemm->k, &launch);
    return step_launch(device, &launch, all, count + gemm->epilogue_count, step);
}

static bool vector_supports(const struct nncl_device *device, const struct gemm *gemm)
{
    (void)device;
    return gemm->m <= UINT32_MAX && gemm->n <= UINT32_MAX && gemm->k <= UINT32_MAX;
}

/* A narrow result in one tile that is exactly as wide, so that nothing is left over at its edge: 10
 * columns are 5 vectors of 2. Otherwise a tile of 4 x 64 fits AVX-512's 32 registers, 4 x 16 AVX2's
 * 16. */
static struct vector_tile row_tile(const struct nncl_device *device, size_t columns)
{
    enum { MOST_EXACT = 6 };
    bool wide = device->info.native_vector_float >= 16;
    struct vector_tile tile = vector_tile(device, columns, wide ? 4 : 2);
    for (unsigned width = tile.width; width > 1; width /= 2)
        if (columns % width == 0 && columns / width <= MOST_EXACT)
            return (struct vector_tile){width, (unsigned)(columns / width)};
    return tile;
}

static enum nncl_status launch(struct nncl_device *device, const struct gemm *gemm,
    struct step_launch launch, struct step *step)
{
    const struct step_argument arguments[] = {ARG_BUFFER(gemm->a), ARG_BUFFER(gemm->b),
        ARG_BUFFER(gemm->c), ARG_SIZE(gemm->m), ARG_SIZE(gemm->n), ARG_SIZE(gemm->k),
        ARG_SIZE(gemm->lda), ARG_SIZE(gemm->ldb), ARG_SIZE(gemm->ldc), ARG_FLOAT(gemm->alpha),
        ARG_FLOAT(gemm->beta)};
    launch.program = "gemm_vector";
    return vector_launch(
        device, gemm, launch, arguments, sizeof arguments / sizeof arguments[0], step);
}

/* b stored by rows of k: vectors run along n. */
static enum nncl_status prepare_rows(
    struct nncl_device *device, const struct gemm *gemm, const unsigned *values, struct step *step)
{
    size_t columns = (size_t)values[VECTOR_WIDTH] * values[VECTOR_VECTORS];
    /* A single row, as in a prediction, is computed once and not by clamped rows, too. */
    unsigned rows = gemm->m == 1 ? 1 : values[VECTOR_ROWS];
    char options[128];
    snprintf(options, sizeof options, "-DROWS=%u -DWIDTH=%u -DVECTORS=%u -DTRANSPOSE_A=%d", rows,
        values[VECTOR_WIDTH], values[VECTOR_VECTORS], gemm->transpose_a);
    return launch(device, gemm,
        (struct step_launch){.kernel = "gemm_vector",
            .options = options,
            .global = {vector_tiles(gemm->n, columns), vector_tiles(gemm->m, rows)}},
        step);
}

/* b transposed, with so few k that turning it over costs little. */
static enum nncl_status prepare_packed(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    struct vector_tile tile = vector_tile(device, gemm->n, 8);
    char options[160];
    snprintf(options, sizeof options,
        "-DROWS=%d -DWIDTH=%u -DVECTORS=%u -DTRANSPOSE_A=%d -DDEPTH=%zu -DPACKED_ROWS=%d", ROWS,
        tile.width, tile.vectors, gemm->transpose_a, gemm->k, PACKED_ROWS);
    return launch(device, gemm,
        (struct step_launch){.kernel = "gemm_vector_packed",
            .options = options,
            .global = {vector_tiles(gemm->n, (size_t)tile.width * tile.vectors),
                vector_tiles(gemm->m, PACKED_ROWS)}},
        step);
}

/* b transposed: both operands are contiguous along k, so vectors run along k and a tile is ROWS x
 * ROWS dot products. */
static enum nncl_status prepare_dot(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    struct vector_tile tile = vector_tile(device, gemm->k, 1);
    char options[128];
    snprintf(options, sizeof options, "-DROWS=%d -DWIDTH=%u -DVECTORS=1 -DTRANSPOSE_A=%d", ROWS,
        tile.width, gemm->transpose_a);
    return launch(device, gemm,
        (struct step_launch){.kernel = "gemm_vector_dot",
            .options = options,
            .global = {vector_tiles(gemm->n, ROWS), vector_tiles(gemm->m, ROWS)}},
        step);
}

/* Fits the built-in values to a product: by panels where they pay, else straight from the matrices.
 */
static void fit(
    const struct nncl_device *device, const struct gemm *gemm, struct gemm_parameters *chosen)
{
    unsigned *values = chosen->value;
    if (values[VECTOR_PANEL] && vector_panel_pays(device, gemm)) {
        vector_panel_fit(device, gemm, values);
        if (vector_panel_valid(device, gemm, values))
            return;
    }
    struct vector_tile tile = row_tile(device, gemm->n);
    values[VECTOR_PANEL] = 0;
    values[VECTOR_ROWS] = ROWS;
    values[VECTOR_VECTORS] = tile.vectors;
    values[VECTOR_WIDTH] = tile.width;
}

static bool vector_valid(
    const struct nncl_device *device, const struct gemm *gemm, const struct gemm_parameters *chosen)
{
    static const unsigned most[VECTOR_PARAMETERS] = {1, 16, 8, 16, 16, 16, 1u << 20};
    const unsigned *values = chosen->value;
    for (int i = 0; i < VECTOR_PARAMETERS; i++)
        if (values[i] > most[i] || (values[i] == 0 && i != VECTOR_PANEL))
            return false;
    unsigned width = values[VECTOR_WIDTH];
    if ((width & (width - 1)) != 0)
        return false;
    if (values[VECTOR_PANEL] || gemm->windows)
        return values[VECTOR_PANEL] && vector_panel_valid(device, gemm, values);
    return (size_t)width * values[VECTOR_VECTORS] <= gemm->n;
}

static bool vector_reads_windows(const struct nncl_device *device, const struct gemm *gemm)
{
    const struct gemm_parameters values = gemm_defaults(device, &gemm_vector, gemm);
    return vector_valid(device, gemm, &values);
}

static enum nncl_status vector_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    if (gemm->byte_scale != 0)
        return vector_bytes_prepare(device, gemm, step);
    struct gemm_parameters chosen = gemm_parameters(device, &gemm_vector, gemm);
    if (gemm->windows && !vector_valid(device, gemm, &chosen))
        chosen = gemm_defaults(device, &gemm_vector, gemm);
    if (!vector_valid(device, gemm, &chosen)) {
        chosen.value[VECTOR_PANEL] = 0;
        fit(device, gemm, &chosen);
    }
    if (chosen.value[VECTOR_PANEL])
        return vector_panel_prepare(device, gemm, chosen.value, step);
    if (!gemm->transpose_b)
        return prepare_rows(device, gemm, chosen.value, step);
    if (gemm->k <= MOST_PACKED && device->info.kind == NNCL_DEVICE_CPU)
        return prepare_packed(device, gemm, step);
    return prepare_dot(device, gemm, step);
}

const struct gemm_provider gemm_vector = {.name = "vector",
    .supports = vector_supports,
    .takes_epilogues = true,
    .takes_bytes = vector_takes_bytes,
    .reads_windows = vector_reads_windows,
    .prepare = vector_prepare,
    .parameters = parameters,
    .built_in = built_in,
    .defaults = fit,
    .valid = vector_valid};
