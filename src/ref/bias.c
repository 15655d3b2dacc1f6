/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ref/ref.h"

void ref_bias(size_t n, size_t m, const float *x, const float *b, float *y)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            y[i * m + j] = x[i * m + j] + b[j];
}

void ref_bias_backward(size_t n, size_t m, const float *dy, float *db)
{
    for (size_t j = 0; j < m; j++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += (double)dy[i * m + j];
        db[j] = (float)sum;
    }
}
