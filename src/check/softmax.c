/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"

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

const struct check_op check_softmax[] = {{.name = "softmax", .cases = cases}, {0}};
