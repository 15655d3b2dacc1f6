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

/* Launches a kernel over tiles by rows, work-groups of one; epilogues' options and arguments are
 * appended to `options` and to the kernel's own arguments (at most VECTOR_OWN_ARGUMENTS). */
enum { VECTOR_OWN_ARGUMENTS = 11 };
enum nncl_status vector_launch(struct nncl_device *device, const struct gemm *gemm,
    struct step_launch launch, const struct step_argument *arguments, size_t count,
    struct step *step);

/* Products with a gathered left operand: vector_bytes.c. */
bool vector_gathers(const struct nncl_device *device, const struct gemm *gemm);
enum nncl_status vector_bytes_prepare(
    struct nncl_device *device, const struct gemm *gemm, struct step *step);

#endif
