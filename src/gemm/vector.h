/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the files of the vector provider share. */
#ifndef NNCL_GEMM_VECTOR_H
#define NNCL_GEMM_VECTOR_H

#include "gemm/gemm.h"

/* A register tile's columns: `vectors` vectors of `width` floats. */
struct vector_tile {
    unsigned width, vectors;
};

/* Vectors as wide as the device's registers, at most `most`, and no more than there are columns. */
struct vector_tile vector_tile(const struct nncl_device *device, size_t columns, unsigned most);

static inline size_t vector_tiles(size_t size, size_t tile)
{
    return (size + tile - 1) / tile;
}

/* In how many parts each of `tiles` is cut along its other side: the fewest that compute units
 * share evenly, or that make about four work-items for each. */
static inline size_t vector_parts(const struct nncl_device *device, size_t tiles)
{
    enum { ENOUGH = 4 };
    size_t units = device_units(device), parts = 1;
    while (tiles * parts % units != 0 && tiles * parts < ENOUGH * units)
        parts++;
    return parts;
}

/* Launches a kernel over tiles by rows, work-groups of one, in pieces that do not take long;
 * epilogues' options and arguments are appended to `options` and to the kernel's own arguments (at
 * most VECTOR_OWN_ARGUMENTS). */
enum { VECTOR_OWN_ARGUMENTS = 14 };
enum nncl_status vector_launch(struct nncl_device *device, const struct gemm *gemm,
    struct step_launch launch, const struct step_argument *arguments, size_t count,
    struct step *step);

/* Floating-point operations that a work-item of this device may do, so that a launch of one a
 * compute unit takes no longer than about a tenth of a second. */
double vector_most_flop(const struct nncl_device *device);

/* The provider's parameters. ROWS x (VECTORS * WIDTH) is the register tile; the others are of
 * products by panels, made of TILES such tiles. */
enum vector_parameter {
    VECTOR_PANEL, /* 1: b's columns are copied together first */
    VECTOR_ROWS,
    VECTOR_VECTORS,
    VECTOR_WIDTH,
    VECTOR_TILES,
    VECTOR_LEFT_TILES, /* a transposed: tiles whose rows of a are copied together */
    VECTOR_DEPTH,      /* most k at once */
    VECTOR_PARAMETERS
};

/* Products by panels: vector_panel.c. Whether they pay for a product with the built-in values;
 * fitting those values to it; whether values will do; and the step. */
bool vector_panel_pays(const struct nncl_device *device, const struct gemm *gemm);
void vector_panel_fit(const struct nncl_device *device, const struct gemm *gemm, unsigned *values);
bool vector_panel_valid(
    const struct nncl_device *device, const struct gemm *gemm, const unsigned *values);
enum nncl_status vector_panel_prepare(
    struct nncl_device *device, const struct gemm *gemm, const unsigned *values, struct step *step);

/* Products with a left operand of bytes: vector_bytes.c. */
bool vector_takes_bytes(const struct nncl_device *device, const struct gemm *gemm);
enum nncl_status vector_bytes_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step);

#endif
