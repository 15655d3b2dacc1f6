/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ref/ref.h"

void ref_product(const struct ref_product *p, const float *a, const float *b, float *c)
{
    for (size_t row = 0; row < p->m; row++)
        for (size_t column = 0; column < p->n; column++) {
            double sum = 0;
            for (size_t i = 0; i < p->k; i++) {
                float left = p->transpose_a ? a[i * p->lda + row] : a[row * p->lda + i];
                float right = p->transpose_b ? b[column * p->ldb + i] : b[i * p->ldb + column];
                sum += (double)left * right;
            }
            float *element = &c[row * p->ldc + column];
            double before = p->beta == 0 ? 0 : (double)p->beta * *element;
            *element = (float)(p->alpha * sum + before);
        }
}

void ref_matmul(size_t m, size_t n, size_t k, bool transpose_a, bool transpose_b, const float *a,
    const float *b, float *c)
{
    const struct ref_product dense = {.m = m,
        .n = n,
        .k = k,
        .transpose_a = transpose_a,
        .transpose_b = transpose_b,
        .lda = transpose_a ? m : k,
        .ldb = transpose_b ? k : n,
        .ldc = n,
        .alpha = 1};
    ref_product(&dense, a, b, c);
}
