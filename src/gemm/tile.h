/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How the tiled provider cuts a product into work-groups and work-items. */
#ifndef NNCL_GEMM_TILE_H
#define NNCL_GEMM_TILE_H

#include "gemm/gemm.h"

/* The provider's parameters, as cl/gemm_tiled.cl explains them; all but pad powers of two. */
struct tile {
    unsigned m, n, k;                  /* of a work-group */
    unsigned items_m, items_n, slices; /* its work-items */
    unsigned width, pad, buffers;
};

extern const struct gemm_parameter tile_parameters[];
extern const struct gemm_built_in tile_built_in[];

struct tile tile_of(const struct gemm_parameters *parameters);

/* Work-items of a group. */
static inline unsigned tile_group(const struct tile *tile)
{
    return tile->items_m * tile->items_n * tile->slices;
}

/* Tiles that cover `size` elements. */
static inline size_t tile_count(size_t size, unsigned tile)
{
    return (size + tile - 1) / tile;
}

/* Makes a tile for a group of half as many items; false if it has but one. */
bool tile_shrink(struct tile *tile);

/* For the provider's table. */
void tile_defaults(
    const struct nncl_device *device, const struct gemm *gemm, struct gemm_parameters *parameters);
bool tile_valid(const struct nncl_device *device, const struct gemm *gemm,
    const struct gemm_parameters *parameters);

#endif
