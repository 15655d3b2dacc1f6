/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <float.h>
#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* Around the vectors' widths, a work-group's size and a CPU work-item's span. */
static const size_t sizes[] = {1, 3, 17, 64, 65, 257, 4095, 4097, 100003};

static size_t size_count(const struct checker *checker)
{
    return check_quick(checker) ? 7 : sizeof sizes / sizeof sizes[0];
}

static const float special[] = {
    -0.0f, 0.0f, 1e-40f, -1e-40f, FLT_MAX, -FLT_MAX, INFINITY, -INFINITY, NAN, FLT_MIN};
enum { SPECIAL = sizeof special / sizeof special[0] };

/* Nothing is rounded: the bound is the checker's FLT_MIN. */
static const struct check_bound exact = {0};

static void forward(struct checker *checker)
{
    for (size_t i = 0; i < size_count(checker); i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        nncl_tensor_id x = check_uniform(c, SHAPE(sizes[i]), -1, 1), y = 0;
        check_built(c, nncl_op_relu(check_list(c), x, &y));
        check_output(c, "y", y, exact);
        check_end(c);
    }
    struct check_case *c = check_begin(checker, "special values");
    nncl_tensor_id x = check_uniform(c, SHAPE(2, 3, 5), -1, 1), y = 0;
    check_put(c, x, special, SPECIAL);
    check_built(c, nncl_op_relu(check_list(c), x, &y));
    check_output(c, "y", y, exact);
    check_end(c);
}

static void backward_cases(struct checker *checker)
{
    for (size_t i = 0; i < size_count(checker); i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        nncl_tensor_id y = check_uniform(c, SHAPE(sizes[i]), -1, 1);
        nncl_tensor_id dy = check_uniform(c, SHAPE(sizes[i]), -1, 1), dx = 0;
        check_built(c, nncl_op_relu_backward(check_list(c), y, dy, &dx));
        check_output(c, "dx", dx, exact);
        check_end(c);
    }
    struct check_case *c = check_begin(checker, "special values");
    nncl_tensor_id y = check_uniform(c, SHAPE(31), -1, 1);
    nncl_tensor_id dy = check_uniform(c, SHAPE(31), -1, 1), dx = 0;
    /* At a subnormal y a device that flushes to zero may let nothing pass: left out. */
    const float outputs[] = {-0.0f, 0.0f, FLT_MIN, FLT_MAX, INFINITY, NAN};
    check_put(c, y, outputs, sizeof outputs / sizeof outputs[0]);
    check_built(c, nncl_op_relu_backward(check_list(c), y, dy, &dx));
    check_output(c, "dx", dx, exact);
    check_end(c);
}

enum { VARIABLES = 5 };
static const float weights[VARIABLES] = {0.5f, -1.5f, 2.0f, 0.25f, -0.75f};

/* Σ_i weights[i] · relu(x[i]) */
static double weighted(void *context, const float *x)
{
    (void)context;
    float y[VARIABLES];
    double sum = 0;
    ref_relu(VARIABLES, x, y);
    for (size_t i = 0; i < VARIABLES; i++)
        sum += (double)weights[i] * (double)y[i];
    return sum;
}

static void backward(struct checker *checker)
{
    backward_cases(checker);
    const float x[VARIABLES] = {1, -1, 0.5f, -0.25f, 3}; /* none near the kink */
    float y[VARIABLES], dx[VARIABLES];
    ref_relu(VARIABLES, x, y);
    ref_relu_backward(VARIABLES, y, weights, dx);
    check_gradient(
        checker, "differences", (struct check_function){weighted, NULL}, VARIABLES, x, dx, 1e-3);
}

const struct check_op check_relu[] = {
    {.name = "relu", .cases = forward}, {.name = "relu_backward", .cases = backward}, {0}};
