/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Holding a product of any size against the reference. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "tune/tune.h"

static void draw(float *values, size_t count)
{
    const uint32_t key[2] = {0, 0};
    uint32_t bits[4] = {0};
    for (size_t i = 0; i < count; i++) {
        if (i % 4 == 0)
            nncl_philox((const uint32_t[4]){(uint32_t)(i / 4), 1, 0, NNCL_STREAM_TUNE}, key, bits);
        values[i] = 2 * nncl_uniform(bits[i % 4]) - 1;
    }
}

/* c starts as NaN, so that what is not written is seen. */
static enum nncl_status fill_result(struct tune_product *product)
{
    const struct gemm *gemm = &product->gemm;
    for (size_t i = 0; i < gemm->m * gemm->n; i++)
        product->result[i] = NAN;
    enum nncl_status status =
        buffer_write(product->c, 0, product->result, gemm->m * gemm->n * sizeof(float));
    product->result[0] = INFINITY; /* nothing computed yet: see tune_product_check */
    return status;
}

enum nncl_status tune_product_make(
    struct nncl_device *device, const struct tuning_shape *shape, struct tune_product *product)
{
    enum nncl_status status = NNCL_OK;
    size_t a = shape->m * shape->k, b = shape->k * shape->n, c = shape->m * shape->n;
    product->gemm = tuning_gemm(shape);
    product->values = malloc((a + b) * sizeof(float));
    product->result = malloc(c * sizeof(float));
    if (!product->values || !product->result)
        return nncl_fail_memory("matrices", (a + b + c) * sizeof(float));
    draw(product->values, a + b);
    TRY(buffer_create(device, a * sizeof(float), &product->a));
    TRY(buffer_create(device, b * sizeof(float), &product->b));
    TRY(buffer_create(device, c * sizeof(float), &product->c));
    TRY(buffer_write(product->a, 0, product->values, a * sizeof(float)));
    TRY(buffer_write(product->b, 0, product->values + a, b * sizeof(float)));
    TRY(fill_result(product));
    product->gemm.a = product->a;
    product->gemm.b = product->b;
    product->gemm.c = product->c;
out:
    return status;
}

void tune_product_clear(struct tune_product *product)
{
    buffer_free(&product->c);
    buffer_free(&product->b);
    buffer_free(&product->a);
    free(product->result);
    free(product->values);
    *product = (struct tune_product){0};
}

/* y = op(matrix) x; the matrix is stored [rows][columns], or [columns][rows] if transposed. */
static void times_vector(
    const float *matrix, size_t rows, size_t columns, bool transposed, const double *x, double *y)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            y[r] += (double)matrix[transposed ? c * rows + r : r * columns + c] * x[c];
}

/* Freivalds' check (1977): c x = a (b x) for a vector x of random signs, in double precision, which
 * costs no product; a wrong element shows in its row. A row's sum of n elements, each with √k
 * roundings of ε/2 of sums up to k/4, is off by much less than the bound. */
static enum nncl_status check_rows(const struct tune_product *product, double *work)
{
    const struct gemm *g = &product->gemm;
    const float *a = product->values, *b = a + g->m * g->k;
    double *x = work, *bx = x + g->n, *abx = bx + g->k, *cx = abx + g->m;
    for (size_t i = 0; i < g->n; i++) {
        const uint32_t key[2] = {1, 0}, counter[4] = {(uint32_t)i, 2, 0, NNCL_STREAM_TUNE};
        uint32_t bits[4];
        nncl_philox(counter, key, bits);
        x[i] = bits[0] & 1 ? 1 : -1;
    }
    times_vector(b, g->k, g->n, g->transpose_b, x, bx);
    times_vector(a, g->m, g->k, g->transpose_a, bx, abx);
    times_vector(product->result, g->m, g->n, false, x, cx);
    double bound = 1e-6 * sqrt((double)g->n) * ((double)g->k / 4 + 1);
    for (size_t i = 0; i < g->m; i++)
        if (!(fabs(cx[i] - abx[i]) <= bound))
            return nncl_fail(NNCL_CHECK_FAILED,
                "row %zu of the product %zu x %zu x %zu is off by %g", i, g->m, g->n, g->k,
                fabs(cx[i] - abx[i]));
    return NNCL_OK;
}

enum nncl_status tune_product_check(struct tune_product *product)
{
    const struct gemm *g = &product->gemm;
    size_t bytes = g->m * g->n * sizeof(float);
    float *fresh = malloc(bytes);
    double *work = calloc(g->n + g->k + 2 * g->m, sizeof *work);
    enum nncl_status status = NNCL_OK;
    if (!fresh || !work)
        TRY(nncl_fail_memory("matrices", bytes));
    TRY(buffer_read(product->c, 0, fresh, bytes));
    if (!isinf(product->result[0]) && memcmp(product->result, fresh, bytes) != 0)
        TRY(nncl_fail(NNCL_CHECK_FAILED, "the product %zu x %zu x %zu differs from run to run",
            g->m, g->n, g->k));
    memcpy(product->result, fresh, bytes);
    TRY(check_rows(product, work));
out:
    free(work);
    free(fresh);
    return status;
}
