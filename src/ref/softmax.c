/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

void ref_softmax(size_t n, size_t classes, const float *x, float *p)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = x + i * classes;
        double maximum = (double)row[0], sum = 0;
        for (size_t c = 1; c < classes; c++)
            maximum = fmax(maximum, (double)row[c]);
        for (size_t c = 0; c < classes; c++)
            sum += exp((double)row[c] - maximum);
        for (size_t c = 0; c < classes; c++)
            p[i * classes + c] = (float)(exp((double)row[c] - maximum) / sum);
    }
}

void ref_softmax_backward(size_t n, size_t classes, const float *p, const float *dy, float *dx)
{
    for (size_t i = 0; i < n * classes; i += classes) {
        double mean = 0;
        for (size_t c = 0; c < classes; c++)
            mean += (double)p[i + c] * (double)dy[i + c];
        for (size_t c = 0; c < classes; c++)
            dx[i + c] = (float)((double)p[i + c] * ((double)dy[i + c] - mean));
    }
}
