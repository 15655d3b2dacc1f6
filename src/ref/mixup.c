/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "base/philox.h"
#include "ref/ref.h"

static const double pi = 3.14159265358979323846;

void ref_mixup_weights(
    size_t n, const struct nncl_mixup *mixup, const uint32_t *state, float *weights)
{
    const uint32_t key[2] = {(uint32_t)mixup->seed, (uint32_t)(mixup->seed >> 32)};
    for (size_t i = 0; i < n; i++) {
        const uint32_t counter[4] = {state[NNCL_STATE_POSITION] + (uint32_t)i, 0,
            state[NNCL_STATE_EPOCH], NNCL_STREAM_MIXUP};
        uint32_t bits[4];
        nncl_philox(counter, key, bits);
        const double u = ((bits[0] >> 8) + 1) * 0x1p-24, v = (2 * (bits[1] >> 9) + 1) * 0x1p-24,
                     power = log(u) / (double)mixup->alpha, cosine = cos(pi * v),
                     part = -expm1(power) * cosine * cosine;
        weights[i] = (float)(0.5 + 0.5 * sqrt(part / (exp(power) + part)));
    }
}

void ref_mixup(size_t n, size_t m, const float *x, const float *weights, float *out)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            const double weight = (double)weights[i], own = (double)x[i * m + j],
                         other = (double)x[(i + 1) % n * m + j];
            out[i * m + j] = (float)(weight * own + (1 - weight) * other);
        }
}
