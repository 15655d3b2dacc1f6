/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "gemm/tile.h"

#include <limits.h>

enum {
    ASSUMED_LOCAL_MEMORY = 16384, /* where a driver does not say */
    MOST_SUMS = 128,              /* an item's: more do not fit a GPU's registers */
    MOST_FETCHED = 64,            /* floats of an operand that an item fetches at a time */
    WELL_FETCHED = 16             /* … that leave registers for the sums */
};

const struct gemm_parameter tile_parameters[] = {
    GEMM_PARAMETER("TILE_M", 16, 32, 64, 128),
    GEMM_PARAMETER("TILE_N", 16, 32, 64, 128),
    GEMM_PARAMETER("TILE_K", 8, 16, 32, 64, 128),
    GEMM_PARAMETER("ITEMS_M", 2, 4, 8, 16),
    GEMM_PARAMETER("ITEMS_N", 4, 8, 16, 32),
    GEMM_PARAMETER("SLICES", 1, 2, 4, 8, 16),
    GEMM_PARAMETER("WIDTH", 1, 2, 4),
    GEMM_PARAMETER("PAD", 0, 4),
    GEMM_PARAMETER("BUFFERS", 1, 2),
    {0},
};

#define VALUES(...)                                                                                \
    {                                                                                              \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* For large products. NVIDIA: 8 x 8 sums an item balance local memory's bandwidth, and 128 x 128
 * tiles that of global memory; twice 16 terms take 33 KiB of the 48 that OpenCL has there. RDNA is
 * alike. GCN: with 8 x 4 sums two groups more share a compute unit's registers, which hide its
 * longer ways to memory. Intel: an item has 64 registers in the compilers' usual form, so no more
 * than 8 x 4 sums. */
const struct gemm_built_in tile_built_in[] = {
    {GEMM_NVIDIA_AMPERE, false, VALUES(128, 128, 16, 16, 16, 1, 4, 4, 2)},
    {GEMM_NVIDIA_HOPPER, false, VALUES(128, 128, 16, 16, 16, 1, 4, 4, 2)},
    {GEMM_AMD_GCN, false, VALUES(128, 64, 16, 16, 16, 1, 4, 4, 1)},
    {GEMM_AMD_RDNA, false, VALUES(128, 128, 16, 16, 16, 1, 4, 4, 2)},
    {GEMM_INTEL_GEN9, false, VALUES(64, 64, 16, 8, 16, 1, 4, 4, 1)},
    {GEMM_INTEL_XE, false, VALUES(128, 64, 16, 16, 16, 1, 4, 4, 1)},
    {GEMM_ANY, false, VALUES(64, 64, 16, 16, 16, 1, 4, 4, 1)},
};

/* For results with fewer large tiles than a device has compute units: the smaller the tile, the
 * more slices share its sums, so that enough items wait for memory at a time. */
static const struct tile smaller[] = {
    {64, 64, 16, 16, 16, 1, 4, 4, 2},
    {32, 32, 32, 8, 8, 4, 4, 4, 1},
    {16, 16, 128, 4, 4, 16, 4, 4, 1},
};
enum { SMALLER = sizeof smaller / sizeof smaller[0] };

struct tile tile_of(const struct gemm_parameters *parameters)
{
    const unsigned *value = parameters->value;
    return (struct tile){
        value[0], value[1], value[2], value[3], value[4], value[5], value[6], value[7], value[8]};
}

static struct gemm_parameters parameters_of(const struct tile *tile)
{
    return (struct gemm_parameters){{tile->m, tile->n, tile->k, tile->items_m, tile->items_n,
        tile->slices, tile->width, tile->pad, tile->buffers}};
}

static size_t local_bytes(const struct tile *t)
{
    size_t buffers = (size_t)t->buffers * t->k * (t->m + t->n + 2 * t->pad);
    size_t partial_sums = (size_t)t->slices / 2 * t->m * t->n;
    return (buffers > partial_sums ? buffers : partial_sums) * sizeof(float);
}

static bool group_fits(const struct nncl_device *device, const struct tile *tile)
{
    return step_group(device, tile_group(tile)) == tile_group(tile);
}

static bool local_memory_fits(const struct nncl_device *device, const struct tile *tile)
{
    uint64_t has = device->info.local_memory;
    return local_bytes(tile) <= (has ? has : ASSUMED_LOCAL_MEMORY);
}

bool tile_shrink(struct tile *tile)
{
    if (tile->slices > 1) {
        tile->slices /= 2;
    } else if (tile->items_m > 1 && tile->items_m >= tile->items_n) {
        tile->m /= 2;
        tile->items_m /= 2;
    } else if (tile->items_n > 1) {
        tile->n /= 2;
        tile->items_n /= 2;
    } else {
        return false;
    }
    return true;
}

/* Whether each item of the group fetches whole floats of both operands, and at most `most`. */
static bool fetches(const struct tile *tile, unsigned most)
{
    unsigned left = tile->m * tile->k, right = tile->n * tile->k, group = tile_group(tile);
    return left % group == 0 && right % group == 0 && left / group <= most && right / group <= most;
}

/* Takes half as many terms at a time; with slices, half as many of them. */
static bool halve_terms(struct tile *tile)
{
    struct tile half = *tile;
    half.k /= 2;
    if (half.slices > 1)
        half.slices /= 2;
    if (tile->k <= 4 || !fetches(&half, UINT_MAX))
        return false;
    *tile = half;
    return true;
}

/* Makes a tile that the device takes. */
static void fit_device(const struct nncl_device *device, struct tile *tile)
{
    while (!group_fits(device, tile) && tile_shrink(tile))
        ;
    while (!local_memory_fits(device, tile)) {
        if (tile->buffers > 1)
            tile->buffers = 1;
        else if (!halve_terms(tile) && !tile_shrink(tile))
            return;
    }
    while (!fetches(tile, MOST_FETCHED) && halve_terms(tile))
        ;
}

/* Makes a tile no larger than the product needs. */
static void fit_product(const struct gemm *gemm, struct tile *tile)
{
    while (tile->items_m > 1 && tile->m / 2 >= gemm->m) {
        tile->m /= 2;
        tile->items_m /= 2;
    }
    while (tile->items_n > 1 && tile->n / 2 >= gemm->n) {
        tile->n /= 2;
        tile->items_n /= 2;
    }
    while (tile->k / 2 >= gemm->k && halve_terms(tile))
        ;
}

/* Work-groups of these sizes that a device runs at a time. Intel counts execution units, of which
 * eight share one local memory. */
static size_t groups_at_a_time(const struct nncl_device *device)
{
    enum { ASSUMED = 16 };
    size_t units = device->info.compute_units ? device->info.compute_units : ASSUMED;
    enum gemm_family family = gemm_family(device);
    bool counts_more = family == GEMM_INTEL_GEN9 || family == GEMM_INTEL_XE;
    return counts_more && units > 8 ? units / 8 : units;
}

/* Whether tiles of this size keep the whole device at work and are filled by the product. */
static bool suits(
    const struct nncl_device *device, const struct gemm *gemm, const struct tile *tile)
{
    size_t groups = tile_count(gemm->m, tile->m) * tile_count(gemm->n, tile->n);
    return groups >= groups_at_a_time(device) && tile->m / 2 < gemm->m && tile->n / 2 < gemm->n &&
           fetches(tile, WELL_FETCHED);
}

void tile_defaults(
    const struct nncl_device *device, const struct gemm *gemm, struct gemm_parameters *parameters)
{
    struct tile tile = tile_of(parameters);
    fit_product(gemm, &tile);
    fit_device(device, &tile);
    for (unsigned i = 0; i < SMALLER && !suits(device, gemm, &tile); i++) {
        tile = smaller[i];
        fit_product(gemm, &tile);
        fit_device(device, &tile);
    }
    *parameters = parameters_of(&tile);
}

static bool power_of_two(unsigned value)
{
    return value > 0 && (value & (value - 1)) == 0;
}

/* Whether the numbers fit each other. */
static bool consistent(const struct tile *t)
{
    const unsigned powers[] = {
        t->m, t->n, t->k, t->items_m, t->items_n, t->slices, t->width, t->buffers};
    for (size_t i = 0; i < sizeof powers / sizeof powers[0]; i++)
        if (!power_of_two(powers[i]) || powers[i] > 1024)
            return false;
    return t->width <= 4 && t->buffers <= 2 && t->pad <= 32 && t->pad % t->width == 0 &&
           t->items_m <= t->m && t->items_n <= t->n && t->slices <= t->k &&
           t->m / t->items_m * (t->n / t->items_n) <= MOST_SUMS;
}

bool tile_valid(const struct nncl_device *device, const struct gemm *gemm,
    const struct gemm_parameters *parameters)
{
    (void)gemm;
    const struct tile tile = tile_of(parameters);
    return consistent(&tile) && fetches(&tile, MOST_FETCHED) && group_fits(device, &tile) &&
           local_memory_fits(device, &tile);
}
