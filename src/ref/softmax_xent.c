/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

/* Σ_c exp(row[c] - maximum) */
static double exponential_sum(const float *row, size_t classes, double maximum)
{
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += exp((double)row[c] - maximum);
    return sum;
}

void ref_softmax_xent(size_t n, size_t classes, const float *x, const uint32_t *labels, float *loss,
    uint32_t *predicted)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = x + i * classes;
        predicted[i] = ref_largest(row, classes);
        double maximum = (double)row[predicted[i]];
        loss[i] = labels[i] < classes ? (float)(log(exponential_sum(row, classes, maximum)) +
                                                (maximum - (double)row[labels[i]]))
                                      : NAN;
    }
}

void ref_softmax_xent_backward(
    size_t n, size_t classes, const float *x, const uint32_t *labels, float *dx)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = x + i * classes;
        double maximum = (double)row[ref_largest(row, classes)];
        double sum = exponential_sum(row, classes, maximum);
        for (size_t c = 0; c < classes; c++) {
            double p = exp((double)row[c] - maximum) / sum;
            dx[i * classes + c] = (float)((p - (c == labels[i] ? 1 : 0)) / (double)n);
        }
    }
}
