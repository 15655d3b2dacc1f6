/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products that outgrow the first caches, by panels of b's columns copied into local memory: on a
 * CPU that is memory like any other, but each core uses the same part again and again, so that it
 * stays in the core's second cache. The kernel stands in cl/gemm_vector_panel.cl. */
#include <stdio.h>

#include "gemm/tuning.h"
#include "gemm/vector.h"
#include "gemm/windows.h"

static size_t panel_columns(const unsigned *values)
{
    return (size_t)values[VECTOR_TILES] * values[VECTOR_VECTORS] * values[VECTOR_WIDTH];
}

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Whether the panel is wider than b, whose few columns are then filled up to a register tile. */
static bool is_padded(const struct gemm *gemm, const unsigned *values)
{
    return panel_columns(values) > gemm->n;
}

/* Padding is for one tile, of which each vector has columns, and for b as it stands. */
static bool may_pad(const struct gemm *gemm, const unsigned *values)
{
    return values[VECTOR_TILES] == 1 && !gemm->transpose_b && !gemm->windows &&
           (size_t)(values[VECTOR_VECTORS] - 1) * values[VECTOR_WIDTH] < gemm->n;
}

static unsigned narrow_width(const struct nncl_device *device)
{
    return (unsigned)min(device_vector_width(device), 8);
}

/* So few columns that two vectors of 8 hold them, of so many rows that packing pays: alone, a row
 * of 10 would be 5 vectors of 2. */
static bool is_narrow(const struct nncl_device *device, const struct gemm *gemm)
{
    enum { ROWS = 32, DEPTH = 32 };
    return !gemm->transpose_b && !gemm->windows && gemm->m >= ROWS && gemm->k >= DEPTH &&
           gemm->n > 1 && gemm->n <= 2 * narrow_width(device);
}

/* Rows of a that are copied together: several tiles' where a is transposed, one tile's where it is
 * read through windows, none where a tile's rows are read as they stand. */
static size_t left_rows(const struct gemm *gemm, const unsigned *values)
{
    if (gemm->transpose_a)
        return (size_t)values[VECTOR_LEFT_TILES] * values[VECTOR_ROWS];
    return gemm->windows ? values[VECTOR_ROWS] : 0;
}

/* Rows of a transposed a that stand together in the copy: a tile's, so that the first cache holds
 * them beside a tile of b. All of them, which are copied faster, where a panel is but one tile, so
 * that the copy is used once, and with vectors of 16, whose tile of b outgrows that cache. */
static size_t left_group(const struct gemm *gemm, const unsigned *values)
{
    enum { WIDE = 16 };
    bool all = gemm->windows || values[VECTOR_TILES] == 1 || values[VECTOR_WIDTH] >= WIDE;
    return all ? left_rows(gemm, values) : values[VECTOR_ROWS];
}

/* k is cut into blocks of equal depth. PoCL's local memory is as large as the second cache, which
 * holds other things, too: a panel takes up to three quarters. 0: no depth will do. */
static size_t depth_of(
    const struct nncl_device *device, const struct gemm *gemm, const unsigned *values)
{
    size_t a_row = (panel_columns(values) + left_rows(gemm, values)) * sizeof(float);
    size_t most = min(values[VECTOR_DEPTH], (size_t)device->info.local_memory / 4 * 3 / a_row);
    return most ? vector_tiles(gemm->k, vector_tiles(gemm->k, most)) : 0;
}

/* Blocks of k are added up in c; where that is not stored, there must be but one. */
bool vector_panel_valid(
    const struct nncl_device *device, const struct gemm *gemm, const unsigned *values)
{
    enum { SHALLOW = 16 };
    if (device->info.kind != NNCL_DEVICE_CPU || gemm->byte_scale != 0 ||
        (is_padded(gemm, values) && !may_pad(gemm, values)))
        return false;
    size_t depth = depth_of(device, gemm, values);
    bool updates_only = gemm->epilogue_count > 0 && !gemm->c;
    return depth >= min(gemm->k, updates_only ? gemm->k : SHALLOW);
}

/* Copying a panel takes as long as some tens of rows of arithmetic with it. It pays for many rows
 * if b is too large for the caches; where b is stored transposed it pays sooner, because the
 * vectors run along n then, and most of all where a is, too. */
bool vector_panel_pays(const struct nncl_device *device, const struct gemm *gemm)
{
    enum {
        ROWS = 128,
        FAR = 2048,
        ROWS_FAR = 16,
        ROWS_TRANSPOSED = 64,
        ROWS_BOTH = 8,
        FLOATS = 1 << 18,
        FEW = 32
    };
    if (device->info.kind != NNCL_DEVICE_CPU)
        return false;
    if (gemm->windows)
        return true; /* only panels copy them */
    if (gemm->transpose_b)
        return gemm->k > FEW && gemm->m >= (gemm->transpose_a ? ROWS_BOTH : ROWS_TRANSPOSED);
    return is_narrow(device, gemm) ||
           (gemm->m >= (gemm->ldb >= FAR ? ROWS_FAR : ROWS) && gemm->n * gemm->k >= FLOATS);
}

/* The least tile that holds a narrow product's columns. */
static void fit_narrow(const struct nncl_device *device, const struct gemm *gemm, unsigned *values)
{
    unsigned width = narrow_width(device);
    while (width > 1 && gemm->n <= width / 2)
        width /= 2;
    values[VECTOR_TILES] = 1;
    values[VECTOR_WIDTH] = width;
    values[VECTOR_VECTORS] = gemm->n > width ? 2 : 1;
}

/* Panels are narrower where there would be too few for all compute units, or where a whole k must
 * fit; wider where a is copied,
 * too, which is done anew for each panel; through windows as wide as can be. */
void vector_panel_fit(const struct nncl_device *device, const struct gemm *gemm, unsigned *values)
{
    size_t units = device_units(device);
    if (is_narrow(device, gemm)) {
        fit_narrow(device, gemm, values);
        return;
    }
    if (gemm->transpose_a || gemm->windows)
        values[VECTOR_TILES] *= 4;
    const size_t panels = gemm->windows ? 1 : units;
    while (values[VECTOR_TILES] > 1 && gemm->n < panel_columns(values) * panels)
        values[VECTOR_TILES] /= 2;
    while (values[VECTOR_TILES] > 1 && !vector_panel_valid(device, gemm, values))
        values[VECTOR_TILES] /= 2;
    while (values[VECTOR_VECTORS] > 1 && gemm->n < panel_columns(values))
        values[VECTOR_VECTORS] /= 2;
    while (values[VECTOR_WIDTH] > 1 && gemm->n < panel_columns(values))
        values[VECTOR_WIDTH] /= 2;
}

/* Rows that a work-item does: all of them where the panels alone keep all compute units busy to the
 * end, else so few that there are about four work-items each; and never too many for one launch. */
static size_t rows_of(
    const struct nncl_device *device, const struct gemm *gemm, const unsigned *values)
{
    enum { FEWEST_TILES = 8 };
    size_t parts = vector_parts(device, vector_tiles(gemm->n, panel_columns(values)));
    double row = 2.0 * (double)panel_columns(values) * (double)gemm->k;
    double most = vector_most_flop(device) / row;
    size_t rows = vector_tiles(gemm->m, parts);
    if ((double)rows > most)
        rows = (size_t)most;
    size_t step = gemm->transpose_a ? left_rows(gemm, values) : values[VECTOR_ROWS];
    rows = rows < FEWEST_TILES * values[VECTOR_ROWS] ? FEWEST_TILES * values[VECTOR_ROWS] : rows;
    return vector_tiles(rows, step) * step;
}

enum nncl_status vector_panel_prepare(
    struct nncl_device *device, const struct gemm *gemm, const unsigned *values, struct step *step)
{
    size_t rows = rows_of(device, gemm, values), depth = depth_of(device, gemm, values);
    size_t floats = depth * (panel_columns(values) + left_rows(gemm, values));
    char options[224 + WINDOWS_OPTIONS], group[48] = "", windows[WINDOWS_OPTIONS];
    if (gemm->transpose_a)
        snprintf(group, sizeof group, " -DLEFT_GROUP=%zu", left_group(gemm, values));
    snprintf(options, sizeof options,
        "-DROWS=%u -DWIDTH=%u -DVECTORS=%u -DTILES=%u -DLEFT_ROWS=%zu -DTRANSPOSE_A=%d "
        "-DTRANSPOSE_B=%d%s%s%s%s",
        values[VECTOR_ROWS], values[VECTOR_WIDTH], values[VECTOR_VECTORS], values[VECTOR_TILES],
        left_rows(gemm, values), gemm->transpose_a, gemm->transpose_b,
        depth < gemm->k ? " -DSPLIT=1" : "", is_padded(gemm, values) ? " -DPADDED=1" : "", group,
        windows_options(gemm, windows));
    const struct step_argument arguments[] = {ARG_BUFFER(gemm->a), ARG_BUFFER(gemm->b),
        ARG_BUFFER(gemm->c), ARG_SIZE(gemm->m), ARG_SIZE(gemm->n), ARG_SIZE(gemm->k),
        ARG_SIZE(gemm->lda), ARG_SIZE(gemm->ldb), ARG_SIZE(gemm->ldc), ARG_FLOAT(gemm->alpha),
        ARG_FLOAT(gemm->beta), ARG_SIZE(rows), ARG_SIZE(depth), ARG_LOCAL(floats * sizeof(float))};
    const struct step_launch launch = {.program = "gemm_vector_panel",
        .kernel = "gemm_vector_panel",
        .options = options,
        .global = {vector_tiles(gemm->n, panel_columns(values)), vector_tiles(gemm->m, rows)}};
    return vector_launch(
        device, gemm, launch, arguments, sizeof arguments / sizeof arguments[0], step);
}
