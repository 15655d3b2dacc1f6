/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include <nncl/state.h>

#include "base/philox.h"
#include "ref/ref.h"

uint32_t ref_dropout_threshold(float rate)
{
    return (uint32_t)ceil((double)rate * 0x1p24);
}

void ref_dropout(size_t n, float rate, uint64_t seed, uint32_t layer, const float *x,
    const uint32_t *state, float *y)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const uint32_t threshold = ref_dropout_threshold(rate);
    const float scale = 1 / (1 - rate);
    for (size_t i = 0; i < n; i++) {
        const uint32_t block = (uint32_t)(i / 64 * 16 + i % 16);
        const uint32_t counter[4] = {block, layer, state[NNCL_STATE_STEP], NNCL_STREAM_DROPOUT};
        uint32_t bits[4];
        nncl_philox(counter, key, bits);
        y[i] = bits[i % 64 / 16] >> 8 < threshold ? 0 : x[i] * scale;
    }
}
