/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products by tiles in local memory: made for GPUs. The kernel stands in cl/gemm_tiled.cl. */
#include <stdio.h>

#include "base/status.h"
#include "gemm/providers.h"
#include "gemm/tile.h"
#include "gemm/windows.h"

enum { OWN_ARGUMENTS = 13, MAX_EPILOGUE_ARGUMENTS = 36 };

static bool tiled_supports(const struct nncl_device *device, const struct gemm *gemm)
{
    return !device_is_host(device) && gemm->m <= STEP_MAX_SIZE && gemm->n <= STEP_MAX_SIZE &&
           gemm->k <= STEP_MAX_SIZE;
}

static bool tiled_takes_bytes(const struct nncl_device *device, const struct gemm *gemm)
{
    return tiled_supports(device, gemm);
}

/* The widest vectors in which all of a matrix can be read: they divide its rows and their distance,
 * and what there is of them divides evenly among the items. */
static unsigned load_width(
    const struct tile *tile, unsigned across, bool along_k, size_t row, size_t distance)
{
    unsigned width = tile->width, inner = along_k ? tile->k : across;
    while (width > 1 && (row % width || distance % width || inner % width ||
                            across * tile->k % (width * tile_group(tile))))
        width /= 2;
    return width;
}

/* Of the sums: they divide an item's columns, or rows, too. */
static unsigned sum_width(unsigned width, unsigned own, size_t row, size_t distance)
{
    while (width > 1 && (own % width || row % width || distance % width))
        width /= 2;
    return width;
}

static void write_options(const struct gemm *gemm, const struct tile *t, char *options, size_t room)
{
    bool left_along_k = !gemm->transpose_a, right_along_k = gemm->transpose_b;
    size_t row_a = left_along_k ? gemm->k : gemm->m, distance_a = gemm->lda;
    if (gemm->windows) /* neighbours are a pixel's channels */
        row_a = distance_a = gemm->windows->channels;
    unsigned width_a = load_width(t, t->m, left_along_k, row_a, distance_a);
    unsigned width_b =
        load_width(t, t->n, right_along_k, right_along_k ? gemm->k : gemm->n, gemm->ldb);
    char windows[WINDOWS_OPTIONS];
    snprintf(options, room,
        "-DTILE_M=%u -DTILE_N=%u -DTILE_K=%u -DITEMS_M=%u -DITEMS_N=%u -DSLICES=%u -DPAD=%u "
        "-DBUFFERS=%u -DWIDTH_M=%u -DWIDTH=%u -DWIDTH_A=%u -DWIDTH_B=%u -DTRANSPOSE_A=%d "
        "-DTRANSPOSE_B=%d -DBYTES=%d -DWHOLE_K=%d -DSTORES_RESULT=%d%s%s%s",
        t->m, t->n, t->k, t->items_m, t->items_n, t->slices, t->pad, t->buffers,
        sum_width(t->width, t->m / t->items_m, 0, 0),
        sum_width(t->width, t->n / t->items_n, gemm->n, gemm->ldc), width_a, width_b,
        gemm->transpose_a, gemm->transpose_b, gemm->byte_scale != 0, gemm->k % t->k == 0,
        gemm->c != NULL, gemm->alpha != 1 || gemm->beta != 0 ? " -DSCALED=1" : "",
        gemm->epilogue_options ? gemm->epilogue_options : "", windows_options(gemm, windows));
}

/* Puts the kernel's arguments into `all`; returns their number. */
static size_t write_arguments(const struct gemm *gemm, struct step_argument *all)
{
    size_t count = 0;
    all[count++] = ARG_BUFFER(gemm->a);
    if (gemm->byte_scale != 0)
        all[count++] = ARG_FLOAT(gemm->byte_scale);
    all[count++] = ARG_BUFFER(gemm->b);
    all[count++] = ARG_BUFFER(gemm->c);
    const size_t sizes[] = {gemm->m, gemm->n, gemm->k, gemm->lda, gemm->ldb, gemm->ldc};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        all[count++] = ARG_SIZE(sizes[i]);
    all[count++] = ARG_FLOAT(gemm->alpha);
    all[count++] = ARG_FLOAT(gemm->beta);
    for (size_t i = 0; i < gemm->epilogue_count; i++)
        all[count++] = gemm->epilogue_arguments[i];
    return count;
}

static enum nncl_status launch(
    struct nncl_device *device, const struct gemm *gemm, const struct tile *tile, struct step *step)
{
    struct step_argument arguments[OWN_ARGUMENTS + MAX_EPILOGUE_ARGUMENTS];
    char options[512 + WINDOWS_OPTIONS];
    write_options(gemm, tile, options, sizeof options);
    const size_t group = tile_group(tile);
    const struct step_launch launch = {.program = "gemm_tiled",
        .kernel = "gemm_tiled",
        .options = options,
        .dimensions = 2,
        .global = {group * tile_count(gemm->n, tile->n), tile_count(gemm->m, tile->m)},
        .local = {group, 1}};
    return step_launch(device, &launch, arguments, write_arguments(gemm, arguments), step);
}

/* A kernel may need so many registers that the device does not take the whole group: then with a
 * smaller one. A dry device has no kernel. */
static enum nncl_status tiled_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step)
{
    const struct gemm_parameters parameters = gemm_parameters(device, &gemm_tiled, gemm);
    if (gemm->epilogue_count > MAX_EPILOGUE_ARGUMENTS)
        return nncl_fail(NNCL_FAILED, "a product has too many epilogue arguments");
    if (!tile_valid(device, gemm, &parameters))
        return nncl_fail(NNCL_USAGE,
            "tiled cannot compute a product of %zu x %zu x %zu on %s with these parameters",
            gemm->m, gemm->n, gemm->k, device->info.name);
    struct tile tile = tile_of(&parameters);
    enum nncl_status status = launch(device, gemm, &tile, step);
    while (status == NNCL_OK && step->kernel && step->local[0] != tile_group(&tile)) {
        step_clear(step);
        if (!tile_shrink(&tile))
            return nncl_fail(NNCL_FAILED,
                "%s takes no work-group of gemm_tiled for %zu x %zu x %zu", device->info.name,
                gemm->m, gemm->n, gemm->k);
        status = launch(device, gemm, &tile, step);
    }
    return status;
}

const struct gemm_provider gemm_tiled = {.name = "tiled",
    .supports = tiled_supports,
    .takes_epilogues = true,
    .takes_bytes = tiled_takes_bytes,
    .reads_windows = tiled_supports,
    .prepare = tiled_prepare,
    .parameters = tile_parameters,
    .built_in = tile_built_in,
    .defaults = tile_defaults,
    .valid = tile_valid};
