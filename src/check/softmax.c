/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

static const size_t shapes[][2] = {
    {1, 1}, {32, 10}, {7, 3}, {65, 10}, {33, 17}, {3, 1000}, {4097, 10}};

/* x - max is off by half a unit of up to 100 (below, the exponential is 0), which exp turns into a
 * relative error of 50 units; exp itself and the division add 3 and 2.5 (OpenCL C 1.2, 7.4), the
 * sum of C terms about √C. */
static struct check_bound bound_for(size_t classes)
{
    return (struct check_bound){.ulp = 56 + sqrt((double)classes)};
}

static void random_logits(struct checker *checker, size_t n, size_t classes, float range)
{
    struct check_case *c =
        check_begin(checker, "n=%zu c=%zu logits within %g", n, classes, (double)range);
    nncl_tensor_id x = check_uniform(c, SHAPE(n, classes), -range, range), p = 0;
    check_built(c, nncl_op_softmax(check_list(c), x, &p));
    check_output(c, "p", p, bound_for(classes));
    check_end(c);
}

static void known(struct checker *checker, const char *name, const float *x, const float *expected)
{
    struct check_case *c = check_begin(checker, "%s", name);
    nncl_tensor_id logits = check_float(c, SHAPE(2, 3), x), p = 0;
    check_built(c, nncl_op_softmax(check_list(c), logits, &p));
    check_output(c, "p", p, bound_for(3));
    check_known(c, "p", p, expected, 1e-6);
    check_end(c);
}

static void cases(struct checker *checker)
{
    size_t count = check_quick(checker) ? 6 : sizeof shapes / sizeof shapes[0];
    for (size_t i = 0; i < count; i++)
        random_logits(checker, shapes[i][0], shapes[i][1], 5);
    random_logits(checker, 9, 10, 1e4f);
    random_logits(checker, 9, 10, 1e-39f);
    const float third = 1.0f / 3;
    known(checker, "all equal", (const float[]){7, 7, 7, -1e4f, -1e4f, -1e4f},
        (const float[]){third, third, third, third, third, third});
    known(checker, "logs of 1, 2 and 3; one far above",
        (const float[]){0, 0.69314718f, 1.0986123f, -1e4f, 1e4f, 0},
        (const float[]){1.0f / 6, third, 0.5f, 0, 1, 0});
}

/* dy is at most 1, the sum of p about 1: so is that of the products, whose roundings add up to
 * about √C; the difference and the product add one each. All are shares of p, which is below 1. */
static void random_gradient(struct checker *checker, size_t n, size_t classes)
{
    struct check_case *c = check_begin(checker, "n=%zu c=%zu", n, classes);
    nncl_tensor_id p = check_uniform(c, SHAPE(n, classes), 0, 2 / (float)(classes + 1)), dx = 0;
    nncl_tensor_id dy = check_uniform(c, SHAPE(n, classes), -1, 1);
    check_built(c, nncl_op_softmax_backward(check_list(c), p, dy, &dx));
    check_output(c, "dx", dx,
        (struct check_bound){.absolute = (2 + 2 * sqrt((double)classes)) * 0x1p-24, .ulp = 2});
    check_end(c);
}

enum { VARIABLES = 5 };
static const float weights[VARIABLES] = {0.5f, -1.5f, 2.0f, 0.25f, -0.75f};

/* Σ_c weights[c] · softmax(x)[c]. */
static double weighted(void *context, const float *x)
{
    (void)context;
    float p[VARIABLES];
    double sum = 0;
    ref_softmax(1, VARIABLES, x, p);
    for (size_t c = 0; c < VARIABLES; c++)
        sum += (double)weights[c] * (double)p[c];
    return sum;
}

static void backward(struct checker *checker)
{
    size_t count = check_quick(checker) ? 6 : sizeof shapes / sizeof shapes[0];
    for (size_t i = 0; i < count; i++)
        random_gradient(checker, shapes[i][0], shapes[i][1]);
    const float x[VARIABLES] = {1, -1, 0.5f, 2, 0};
    float p[VARIABLES], dx[VARIABLES];
    ref_softmax(1, VARIABLES, x, p);
    ref_softmax_backward(1, VARIABLES, p, weights, dx);
    check_gradient(
        checker, "differences", (struct check_function){weighted, NULL}, VARIABLES, x, dx, 1e-3);
}

const struct check_op check_softmax[] = {
    {.name = "softmax", .cases = cases}, {.name = "softmax_backward", .cases = backward}, {0}};
