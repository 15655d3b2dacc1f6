/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* Rows and columns: single ones, around vectors and work-groups, a hidden layer's, a wide one. */
static const size_t shapes[][2] = {{1, 1}, {1, 33}, {33, 1}, {32, 10}, {7, 17}, {32, 128}, {63, 65},
    {96, 128}, {257, 130}, {3, 5000}, {10007, 12}};

static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) ? 7 : sizeof shapes / sizeof shapes[0];
}

/* One addition, rounded once; twice that where the two cancel, measured by |x| + |b|. */
static const struct check_bound one_addition = {.ulp = 1, .sum = 0x1p-23};

static void forward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        size_t n = shapes[i][0], m = shapes[i][1];
        struct check_case *c = check_begin(checker, "n=%zu m=%zu", n, m);
        nncl_tensor_id x = check_uniform(c, SHAPE(n, m), -1, 1), y = 0;
        nncl_tensor_id b = check_uniform(c, SHAPE(m), -1, 1);
        const float special[] = {-0.0f, 3e38f, 1e-40f, INFINITY};
        check_put(c, x, special, i % 2 ? 4 : 0);
        check_built(c, nncl_op_bias(check_list(c), x, b, &y));
        check_output(c, "y", y, one_addition);
        check_end(c);
    }
}

static void backward_cases(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        size_t n = shapes[i][0], m = shapes[i][1];
        struct check_case *c = check_begin(checker, "n=%zu m=%zu", n, m);
        nncl_tensor_id dy = check_uniform(c, SHAPE(n, m), -1, 1), db = 0;
        const float special[] = {-0.0f, 1e6f, -1e6f, 1e-40f}; /* large ones cancel in part */
        check_put(c, dy, special, i % 2 ? 4 : 0);
        check_built(c, nncl_op_bias_backward(check_list(c), dy, &db));
        check_output(c, "db", db, check_sum_bound(n));
        check_end(c);
    }
}

enum { ROWS = 3, COLUMNS = 2 };
static const float inputs[ROWS * COLUMNS] = {1, -2, 0.5f, 4, -1, 0.25f};
static const float weights[ROWS * COLUMNS] = {0.5f, -1, 2, 0.25f, -0.75f, 1.5f};

/* Σ weights · (x + b) as a function of b. */
static double weighted(void *context, const float *b)
{
    (void)context;
    float y[ROWS * COLUMNS];
    double sum = 0;
    ref_bias(ROWS, COLUMNS, inputs, b, y);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        sum += (double)weights[i] * (double)y[i];
    return sum;
}

static void backward(struct checker *checker)
{
    backward_cases(checker);
    const float b[COLUMNS] = {0.5f, -1};
    float db[COLUMNS];
    ref_bias_backward(ROWS, COLUMNS, weights, db);
    check_gradient(
        checker, "differences", (struct check_function){weighted, NULL}, COLUMNS, b, db, 1e-3);
}

const struct check_op check_bias[] = {
    {.name = "bias", .cases = forward}, {.name = "bias_backward", .cases = backward}, {0}};
