/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

void ref_layernorm(size_t m, size_t group, float epsilon, const float *x, const float *w,
    const float *b, float *statistics, float *y)
{
    for (size_t i = 0; i < m; i++, x += group, y += group) {
        double mean = 0, squares = 0;
        for (size_t j = 0; j < group; j++)
            mean += (double)x[j] / (double)group;
        for (size_t j = 0; j < group; j++)
            squares += ((double)x[j] - mean) * ((double)x[j] - mean);
        const double inverse = 1 / sqrt(squares / (double)group + (double)epsilon);
        for (size_t j = 0; j < group; j++)
            y[j] = (float)((double)w[j] * ((double)x[j] - mean) * inverse + (double)b[j]);
        statistics[2 * i] = (float)mean;
        statistics[2 * i + 1] = (float)inverse;
    }
}

void ref_layernorm_backward(size_t m, size_t group, const float *x, const float *dy, const float *w,
    const float *statistics, float *dx)
{
    for (size_t i = 0; i < m; i++, x += group, dy += group, dx += group) {
        const double mean = (double)statistics[2 * i], inverse = (double)statistics[2 * i + 1];
        double sum = 0, products = 0;
        for (size_t j = 0; j < group; j++) {
            const double slope = (double)dy[j] * (double)w[j];
            sum += slope / (double)group;
            products += slope * ((double)x[j] - mean) * inverse / (double)group;
        }
        for (size_t j = 0; j < group; j++)
            dx[j] = (float)(inverse * ((double)dy[j] * (double)w[j] - sum -
                                          ((double)x[j] - mean) * inverse * products));
    }
}

void ref_layernorm_backward_sums(size_t m, size_t group, const float *x, const float *dy,
    const float *statistics, float *dw, float *db)
{
    for (size_t j = 0; j < group; j++) {
        double products = 0, sum = 0;
        for (size_t i = 0; i < m; i++) {
            const double slope = (double)dy[i * group + j];
            products += slope * ((double)x[i * group + j] - (double)statistics[2 * i]) *
                        (double)statistics[2 * i + 1];
            sum += slope;
        }
        dw[j] = (float)products;
        db[j] = (float)sum;
    }
}
