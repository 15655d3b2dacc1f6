/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Every op as a plain function on the host's arrays: slow, obvious and the measure of the kernels.
 * Sums are carried in double. Shapes and formulas as in nncl/ops.h. */
#ifndef NNCL_REF_REF_H
#define NNCL_REF_REF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* c [m, n]; a [m, k] or [k, m] transposed; b [k, n] or [n, k] transposed. */
void ref_matmul(size_t m, size_t n, size_t k, bool transpose_a, bool transpose_b, const float *a,
    const float *b, float *c);

#endif
