/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

void ref_batchnorm_statistics(
    size_t m, size_t channels, float epsilon, const float *x, float *statistics)
{
    for (size_t c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < m; i++)
            sum += (double)x[i * channels + c];
        const double mean = sum / (double)m;
        for (size_t i = 0; i < m; i++)
            squares += ((double)x[i * channels + c] - mean) * ((double)x[i * channels + c] - mean);
        const double variance = squares / (double)m;
        statistics[c] = (float)mean;
        statistics[channels + c] = (float)variance;
        statistics[2 * channels + c] = (float)(1 / sqrt(variance + (double)epsilon));
    }
}

void ref_batchnorm(size_t m, size_t channels, const float *x, const float *w, const float *b,
    const float *statistics, float *y)
{
    for (size_t i = 0; i < m * channels; i++) {
        const size_t c = i % channels;
        y[i] = (float)((double)w[c] * ((double)x[i] - (double)statistics[c]) *
                           (double)statistics[2 * channels + c] +
                       (double)b[c]);
    }
}

void ref_batchnorm_inference(size_t m, size_t channels, float epsilon, const float *x,
    const float *w, const float *b, const float *mean, const float *variance, float *y)
{
    for (size_t i = 0; i < m * channels; i++) {
        const size_t c = i % channels;
        y[i] = (float)((double)w[c] * ((double)x[i] - (double)mean[c]) /
                           sqrt((double)variance[c] + (double)epsilon) +
                       (double)b[c]);
    }
}

void ref_batchnorm_backward_sums(size_t m, size_t channels, const float *x, const float *dy,
    const float *statistics, float *dw, float *db)
{
    for (size_t c = 0; c < channels; c++) {
        double products = 0, sum = 0;
        for (size_t i = 0; i < m; i++) {
            const double slope = (double)dy[i * channels + c];
            products += slope * ((double)x[i * channels + c] - (double)statistics[c]);
            sum += slope;
        }
        dw[c] = (float)(products * (double)statistics[2 * channels + c]);
        db[c] = (float)sum;
    }
}

void ref_batchnorm_backward(size_t m, size_t channels, const float *x, const float *dy,
    const float *w, const float *statistics, const float *dw, const float *db, float *dx)
{
    for (size_t i = 0; i < m * channels; i++) {
        const size_t c = i % channels;
        const double inverse = (double)statistics[2 * channels + c];
        const double normal = ((double)x[i] - (double)statistics[c]) * inverse;
        const double common = ((double)db[c] + normal * (double)dw[c]) / (double)m;
        dx[i] = (float)((double)w[c] * inverse * ((double)dy[i] - common));
    }
}

void ref_batchnorm_running(size_t channels, float momentum, float unbias, const float *statistics,
    const uint32_t *state, const float *batch_loss, float *mean, float *variance)
{
    if (state[NNCL_STATE_BAD_STEP] != 0 || !isfinite(batch_loss[0]))
        return;
    for (size_t c = 0; c < channels; c++) {
        const double estimate = (double)statistics[channels + c] * (double)unbias;
        const double old_mean = (double)mean[c], old_variance = (double)variance[c];
        mean[c] = (float)(old_mean + (double)momentum * ((double)statistics[c] - old_mean));
        variance[c] = (float)(old_variance + (double)momentum * (estimate - old_variance));
    }
}
