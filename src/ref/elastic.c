/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "base/philox.h"
#include "ref/ref.h"

void ref_elastic_noise(
    size_t n, const struct nncl_elastic *elastic, const uint32_t *state, float *noise)
{
    const size_t count = 2 * (size_t)elastic->height * elastic->width, blocks = (count + 3) / 4;
    const uint32_t key[2] = {(uint32_t)elastic->seed, (uint32_t)(elastic->seed >> 32)};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < count; j++) {
            const uint32_t counter[4] = {state[NNCL_STATE_POSITION] + (uint32_t)i,
                (uint32_t)(j % blocks), state[NNCL_STATE_EPOCH], NNCL_STREAM_ELASTIC};
            uint32_t words[4];
            nncl_philox(counter, key, words);
            noise[i * count + j] = (float)((double)elastic->amount *
                                           (2 * (double)nncl_uniform(words[j / blocks]) - 1));
        }
}

/* The weight of a pixel `apart` from the middle, before their sum is made 1. */
static double weight(double sigma, long apart)
{
    return exp(-(double)(apart * apart) / (2 * sigma * sigma));
}

void ref_elastic_smooth(
    size_t planes, size_t height, size_t width, float sigma, const float *x, float *y)
{
    const long reach = (long)ref_elastic_reach(sigma), rows = (long)height;
    double total = 0;
    for (long k = -reach; k <= reach; k++)
        total += weight((double)sigma, k);
    for (size_t p = 0; p < planes; p++, x += height * width, y += height * width)
        for (long row = 0; row < rows; row++)
            for (size_t column = 0; column < width; column++) {
                double sum = 0;
                for (long k = -reach; k <= reach; k++)
                    if (row + k >= 0 && row + k < rows)
                        sum += weight((double)sigma, k) / total *
                               (double)x[(size_t)(row + k) * width + column];
                y[column * height + (size_t)row] = (float)sum;
            }
}

uint32_t ref_elastic_reach(float sigma)
{
    return (uint32_t)ceil(3 * (double)sigma);
}
