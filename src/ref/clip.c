/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

void ref_weight_decay(size_t n, float rate, const float *g, const float *w, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)g[i] + (double)rate * (double)w[i]);
}

void ref_clip_value(size_t n, float limit, const float *g, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = g[i] < -limit ? -limit : g[i] > limit ? limit : g[i];
}

void ref_clip_norm(size_t n, float limit, const float *g, const float *sums, float *y)
{
    double sum = 0;
    for (size_t i = 0; i < NNCL_NORM_PARTS; i++)
        sum += (double)sums[i];
    const double scale = (double)limit / (sqrt(sum) + 1e-6);
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)g[i] * (scale < 1 ? scale : 1));
}

void ref_square_sums(size_t n, const float *g, const float *before, float *sums)
{
    const size_t span = (n / NNCL_NORM_PARTS / 16 + 1) * 16;
    for (size_t part = 0; part < NNCL_NORM_PARTS; part++) {
        double sum = before ? (double)before[part] : 0;
        for (size_t i = part * span; i < n && i < (part + 1) * span; i++)
            sum += (double)g[i] * (double)g[i];
        sums[part] = (float)sum;
    }
}
