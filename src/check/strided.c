/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products of matrices with gaps between their rows, scaled and added to what was there: given to a
 * provider directly, because tensors of op lists are dense. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "check/run.h"
#include "gemm/gemm.h"
#include "ref/ref.h"

enum { A, B, C, WANTED, MAGNITUDE, MATRICES, GAP = 5 };

struct strided {
    struct checker *checker;
    const struct ref_product *product;
    size_t count[MATRICES]; /* floats, with a gap after each row */
    float *host[MATRICES];
    struct buffer *buffer[3];
    struct step step;
};

/* Gaps are NaN, so that one read shows; and c is wholly, where it is not to be read. */
static void draw(struct strided *s, int matrix, size_t rows, size_t columns, bool unread)
{
    const uint32_t key[2] = {0x6e6e636c, 2};
    float *values = s->host[matrix];
    for (size_t i = 0; i < rows * (columns + GAP); i++) {
        const uint32_t counter[4] = {(uint32_t)i, (uint32_t)matrix};
        uint32_t bits[4];
        nncl_philox(counter, key, bits);
        bool gap = i % (columns + GAP) >= columns;
        values[i] = gap || unread ? NAN : 2 * nncl_uniform(bits[0]) - 1;
    }
}

static enum nncl_status make_matrices(struct strided *s)
{
    const struct ref_product *p = s->product;
    s->count[A] = (p->transpose_a ? p->k : p->m) * p->lda;
    s->count[B] = (p->transpose_b ? p->n : p->k) * p->ldb;
    s->count[C] = s->count[WANTED] = s->count[MAGNITUDE] = p->m * p->ldc;
    for (int i = 0; i < MATRICES; i++) {
        s->host[i] = malloc(s->count[i] * sizeof(float));
        if (!s->host[i])
            return nncl_fail_memory("a check", s->count[i] * sizeof(float));
    }
    draw(s, A, p->transpose_a ? p->k : p->m, p->lda - GAP, false);
    draw(s, B, p->transpose_b ? p->n : p->k, p->ldb - GAP, false);
    draw(s, C, p->m, p->n, p->beta == 0);
    for (int i = A; i <= C; i++) {
        size_t bytes = s->count[i] * sizeof(float);
        enum nncl_status status = buffer_create(s->checker->device, bytes, &s->buffer[i]);
        if (status == NNCL_OK)
            status = buffer_write(s->buffer[i], 0, s->host[i], bytes);
        if (status != NNCL_OK)
            return status;
    }
    return NNCL_OK;
}

/* The reference, and its value for the inputs' absolute values, which bounds are taken of. */
static enum nncl_status make_wanted(struct strided *s)
{
    memcpy(s->host[WANTED], s->host[C], s->count[C] * sizeof(float));
    ref_product(s->product, s->host[A], s->host[B], s->host[WANTED]);
    struct ref_product absolute = *s->product;
    absolute.alpha = fabsf(absolute.alpha);
    absolute.beta = fabsf(absolute.beta);
    float *factors[2] = {NULL, NULL};
    for (int i = A; i <= B; i++) {
        factors[i] = malloc(s->count[i] * sizeof(float));
        for (size_t j = 0; factors[i] && j < s->count[i]; j++)
            factors[i][j] = fabsf(s->host[i][j]);
    }
    for (size_t j = 0; j < s->count[C]; j++)
        s->host[MAGNITUDE][j] = fabsf(s->host[C][j]);
    bool made = factors[A] && factors[B];
    if (made)
        ref_product(&absolute, factors[A], factors[B], s->host[MAGNITUDE]);
    free(factors[A]);
    free(factors[B]);
    return made ? NNCL_OK : nncl_fail_memory("a check", s->count[A] * sizeof(float));
}

static enum nncl_status run(struct strided *s, float *result)
{
    enum nncl_status status;
    TRY(buffer_write(s->buffer[C], 0, s->host[C], s->count[C] * sizeof(float)));
    TRY(step_enqueue(&s->step));
    TRY(nncl_device_finish(s->checker->device));
    TRY(buffer_read(s->buffer[C], 0, result, s->count[C] * sizeof(float)));
out:
    return status;
}

/* As many times as a case is run, from the same start. */
static enum nncl_status run_all(struct strided *s, float *result)
{
    enum nncl_status status = run(s, result);
    float *again = malloc(s->count[C] * sizeof(float));
    if (!again)
        status = nncl_fail_memory("a check", s->count[C] * sizeof(float));
    for (unsigned i = 1; i < s->checker->runs && status == NNCL_OK; i++) {
        status = run(s, again);
        if (status == NNCL_OK && memcmp(result, again, s->count[C] * sizeof(float)) != 0) {
            s->checker->result.deterministic = false;
            checker_fail(s->checker, "equal runs gave different results");
        }
    }
    free(again);
    return status;
}

static void compare(struct strided *s, const float *result)
{
    const struct ref_product *p = s->product;
    const double sum = check_sum_bound(p->k + 2).sum; /* alpha and beta: two more roundings */
    for (size_t i = 0; i < s->count[C]; i++) {
        size_t row = i / p->ldc, column = i % p->ldc;
        double got = (double)result[i], wanted = (double)s->host[WANTED][i];
        double bound = fmax(FLT_MIN, sum * (double)s->host[MAGNITUDE][i]);
        bool right = column < p->n ? fabs(got - wanted) <= bound
                                   : memcmp(&result[i], &s->host[C][i], sizeof *result) == 0;
        if (column < p->n)
            checker_note_error(s->checker, fabs(got - wanted), bound);
        if (!right)
            checker_fail(s->checker,
                "m=%zu n=%zu k=%zu%s%s with gaps, alpha=%g beta=%g: c[%zu][%zu] is %.9g and should "
                "be %.9g (bound %.3g)",
                p->m, p->n, p->k, p->transpose_a ? " a transposed" : "",
                p->transpose_b ? " b transposed" : "", (double)p->alpha, (double)p->beta, row,
                column, got, wanted, bound);
    }
}

static enum nncl_status prepare(struct strided *s)
{
    const struct ref_product *p = s->product;
    const struct gemm gemm = {.m = p->m,
        .n = p->n,
        .k = p->k,
        .transpose_a = p->transpose_a,
        .transpose_b = p->transpose_b,
        .lda = p->lda,
        .ldb = p->ldb,
        .ldc = p->ldc,
        .alpha = p->alpha,
        .beta = p->beta,
        .a = s->buffer[A],
        .b = s->buffer[B],
        .c = s->buffer[C]};
    const char *wanted = s->checker->gemm ? s->checker->gemm : "auto";
    const struct gemm_provider *provider;
    enum nncl_status status = gemm_choose(s->checker->device, wanted, &gemm, &provider);
    return status == NNCL_OK ? provider->prepare(s->checker->device, &gemm, &s->step) : status;
}

static void clear(struct strided *s)
{
    nncl_error_hold();
    (void)nncl_device_finish(s->checker->device);
    nncl_error_restore();
    step_clear(&s->step);
    for (int i = 0; i < MATRICES; i++)
        free(s->host[i]);
    for (int i = A; i <= C; i++)
        buffer_free(&s->buffer[i]);
}

static void check_one(struct checker *checker, const struct ref_product *product)
{
    struct strided s = {.checker = checker, .product = product};
    float *result = NULL;
    enum nncl_status status;
    TRY(make_matrices(&s));
    TRY(prepare(&s));
    if (device_is_dry(checker->device))
        goto out;
    TRY(make_wanted(&s));
    result = malloc(s.count[C] * sizeof(float));
    if (!result)
        TRY(nncl_fail_memory("a check", s.count[C] * sizeof(float)));
    TRY(run_all(&s, result));
    checker->completed++;
    compare(&s, result);
out:
    if (!device_is_dry(checker->device))
        checker_count(checker, "a product with gaps between its rows", status);
    free(result);
    clear(&s);
}

void check_strided(struct checker *checker, size_t m, size_t n, size_t k)
{
    static const float scales[][2] = {{1, 0}, {-0.5f, 0}, {1, 1}, {0.75f, -2}};
    if (device_is_host(checker->device))
        return;
    for (unsigned i = 0; i < 4; i++) {
        const struct ref_product product = {.m = m,
            .n = n,
            .k = k,
            .transpose_a = i & 1,
            .transpose_b = i & 2,
            .lda = (i & 1 ? m : k) + GAP,
            .ldb = (i & 2 ? k : n) + GAP,
            .ldc = n + GAP,
            .alpha = scales[(i + m) % 4][0],
            .beta = scales[(i + m) % 4][1]};
        if (!checker_is_done(checker))
            check_one(checker, &product);
    }
}
