/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* Pictures, pixels, channels; windows as AlexNet's, of one channel, of more than there are. Large
 * alphas, so that neighbours count. */
static const struct shape {
    size_t n, pixels, channels;
    struct nncl_lrn lrn;
} shapes[] = {
    {1, 1, 1, {.size = 1, .alpha = 0.5f}},
    {2, 3, 5, {.size = 3, .alpha = 0.5f}},
    {3, 7, 17, {.alpha = 0.5f}},
    {2, 5, 16, {.size = 1, .k = 1, .alpha = 1, .beta = 1}},
    {2, 4, 33, {.size = 9, .k = 0.5f, .alpha = 0.25f, .beta = 0.5f}},
    {5, 3, 4, {.size = 11, .alpha = 1}},
    {2, 9, 64, {0}},
    {3, 26 * 26, 32, {.alpha = 0.5f}},
};

static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) ? 7 : sizeof shapes / sizeof shapes[0];
}

static struct check_case *begin(struct checker *checker, const struct shape *s)
{
    return check_begin(checker, "n=%zu pixels=%zu channels=%zu size=%u", s->n, s->pixels,
        s->channels, s->lrn.size);
}

static struct nncl_shape rows_of(const struct shape *s)
{
    return SHAPE(s->n, s->pixels * s->channels);
}

/* A sum of squares; a power by way of a logarithm of at most 5, of which exp makes the absolute
 * error a relative one; a product. */
static void forward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const struct shape *s = &shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), -2, 2), d = 0, y = 0;
        check_built(c, nncl_op_lrn(check_list(c), &s->lrn, s->channels, x, &d, &y));
        check_output(c, "d", d, (struct check_bound){.ulp = 12});
        check_output(c, "y", y, (struct check_bound){.ulp = 32});
        check_end(c);
    }
    struct check_case *c = check_begin(checker, "known values");
    const struct nncl_lrn lrn = {.size = 3, .k = 1, .alpha = 1, .beta = 1};
    const float x[] = {1, 2, 0, 3}, known[] = {1 / 6.0f, 2 / 6.0f, 0, 0.3f};
    nncl_tensor_id given = check_float(c, SHAPE(1, 4), x), d = 0, y = 0;
    check_built(c, nncl_op_lrn(check_list(c), &lrn, 4, given, &d, &y));
    check_output(c, "y", y, (struct check_bound){.ulp = 32});
    check_known(c, "y", y, known, 1e-6);
    check_end(c);
}

/* The power, and a sum of as many terms as the window has, each of at most y/d = 2. */
static void backward_cases(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const struct shape *s = &shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), -1, 1), dx = 0;
        nncl_tensor_id dy = check_uniform(c, rows_of(s), -1, 1);
        nncl_tensor_id d = check_uniform(c, rows_of(s), 0.5f, 4);
        nncl_tensor_id y = check_uniform(c, rows_of(s), -1, 1);
        check_built(c, nncl_op_lrn_backward(check_list(c), &s->lrn, s->channels, x, dy, d, y, &dx));
        check_output(c, "dx", dx, (struct check_bound){.absolute = 0x1p-24 * 128, .ulp = 4});
        check_end(c);
    }
}

enum { M = 2, C = 5 };
static const struct nncl_lrn small = {.size = 3, .k = 1.5f, .alpha = 0.5f, .beta = 0.75f};
static const float slopes[M * C] = {0.5f, -1, 2, 0.25f, -0.75f, 1.5f, -0.5f, 1, 0.125f, -2};

static double weighted(void *context, const float *x)
{
    (void)context;
    float d[M * C], y[M * C];
    double sum = 0;
    ref_lrn(M, C, &small, x, d, y);
    for (size_t i = 0; i < M * C; i++)
        sum += (double)slopes[i] * (double)y[i];
    return sum;
}

static void backward(struct checker *checker)
{
    backward_cases(checker);
    const float x[M * C] = {1, 0.5f, -1, 2, 0.25f, -0.75f, 1.5f, -0.25f, 0, 1.25f};
    float d[M * C], y[M * C], dx[M * C];
    ref_lrn(M, C, &small, x, d, y);
    ref_lrn_backward(M, C, &small, x, slopes, d, y, dx);
    check_gradient(
        checker, "differences", (struct check_function){weighted, NULL}, M * C, x, dx, 1e-3);
}

const struct check_op check_lrn[] = {
    {.name = "lrn", .cases = forward}, {.name = "lrn_backward", .cases = backward}, {0}};
