/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ref/ref.h"

void ref_matmul(size_t m, size_t n, size_t k, bool transpose_a, bool transpose_b, const float *a,
    const float *b, float *c)
{
    for (size_t row = 0; row < m; row++)
        for (size_t column = 0; column < n; column++) {
            double sum = 0;
            for (size_t i = 0; i < k; i++) {
                float left = transpose_a ? a[i * m + row] : a[row * k + i];
                float right = transpose_b ? b[column * k + i] : b[i * n + column];
                sum += (double)left * right;
            }
            c[row * n + column] = (float)sum;
        }
}
