/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ref/ref.h"

void ref_gather_float32(size_t n, size_t features, float scale, float shift, const float *source,
    const uint32_t *rows, float *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < features; j++) {
            double x = (double)source[rows[i] * features + j];
            out[i * features + j] = (float)(x * (double)scale + (double)shift);
        }
}

void ref_gather_uint8(size_t n, size_t features, float scale, float shift, const uint8_t *source,
    const uint32_t *rows, float *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < features; j++) {
            double x = (double)source[rows[i] * features + j];
            out[i * features + j] = (float)(x * (double)scale + (double)shift);
        }
}

void ref_gather_uint32(size_t n, const uint32_t *source, const uint32_t *rows, uint32_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = source[rows[i]];
}
