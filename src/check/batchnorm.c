/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* Rows, pixels of a row, channels: single values, around vectors, a layer's, around the 64 rows of
 * a part of a sum, and sums of several parts. */
static const size_t shapes[][3] = {{1, 1, 1}, {2, 1, 33}, {32, 1, 128}, {7, 3, 17}, {64, 1, 5},
    {13, 5, 16}, {5, 169, 8}, {3, 26 * 26, 32}, {50, 12 * 12, 64}};

static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) ? 7 : sizeof shapes / sizeof shapes[0];
}

static struct check_case *begin(struct checker *checker, const size_t s[3])
{
    return check_begin(checker, "n=%zu pixels=%zu channels=%zu", s[0], s[1], s[2]);
}

static struct nncl_shape rows_of(const size_t s[3])
{
    return SHAPE(s[0], s[1] * s[2]);
}

static double values_of(const size_t s[3])
{
    return (double)s[0] * (double)s[1];
}

/* A batch's mean is off by a sum's roundings, about √M, of values of up to `size`; variances and
 * inverses, of values within 1 of the mean, by as many and a few more. */
static struct check_bound statistics_bound(const size_t s[3], double size)
{
    return (struct check_bound){
        .absolute = 0x1p-23 * size * (4 + sqrt(values_of(s))), .ulp = 8 + sqrt(values_of(s))};
}

/* Far from 0 the mean is large beside the deviation: sums of squares would lose all of it. */
static void statistics(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t *s = shapes[i];
        const float offset = i % 2 ? 100 : 0;
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), offset - 1, offset + 1), out = 0;
        /* One value or two may lie so close that an inverse is all rounding: ε is not small. */
        const struct nncl_batchnorm how = {.epsilon = 0.1f};
        check_built(c, nncl_op_batchnorm_statistics(check_list(c), &how, x, s[2], &out));
        check_output(c, "statistics", out, statistics_bound(s, offset + 1));
        check_end(c);
    }
    struct check_case *c = check_begin(checker, "known values, one of two channels constant");
    const float x[] = {1, 7, 2, 7, 6, 7}, known[] = {3, 7, 14 / 3.0f, 0, 0.4629096f, 316.22777f};
    nncl_tensor_id out = 0, given = check_float(c, SHAPE(3, 2), x);
    check_built(c, nncl_op_batchnorm_statistics(check_list(c), NULL, given, 2, &out));
    check_output(c, "statistics", out, (struct check_bound){.ulp = 8});
    check_known(c, "statistics", out, known, 1e-4);
    check_end(c);
}

/* Statistics as a batch may have them: [3, C], inverses from 1/2 to 2. */
static nncl_tensor_id draw_statistics(struct check_case *c, size_t channels)
{
    return check_uniform(c, SHAPE(3, channels), 0.5f, 2);
}

/* A handful of roundings of numbers below 16. */
static const struct check_bound few_roundings = {.absolute = 16 * 8 * 0x1p-24, .ulp = 4};

static void forward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t *s = shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), -2, 2), y = 0;
        nncl_tensor_id w = check_uniform(c, SHAPE(s[2]), -1, 1);
        nncl_tensor_id b = check_uniform(c, SHAPE(s[2]), -1, 1);
        nncl_tensor_id given = draw_statistics(c, s[2]);
        check_built(c, nncl_op_batchnorm(check_list(c), x, w, b, given, &y));
        check_output(c, "y", y, few_roundings);
        check_end(c);
    }
}

static void inference(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t *s = shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), -2, 2), y = 0, of[4];
        for (unsigned j = 0; j < 3; j++) /* w, b, mean */
            of[j] = check_uniform(c, SHAPE(s[2]), -1, 1);
        of[3] = check_uniform(c, SHAPE(s[2]), 0.25f, 4);
        check_built(
            c, nncl_op_batchnorm_inference(check_list(c), NULL, x, of[0], of[1], of[2], of[3], &y));
        check_output(c, "y", y, few_roundings);
        check_end(c);
    }
}

/* Sums of M products of numbers of up to 3 and 1, times an inverse of up to 2. */
static void backward_sums(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t *s = shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), -1, 1), dw = 0, db = 0;
        nncl_tensor_id dy = check_uniform(c, rows_of(s), -1, 1);
        nncl_tensor_id given = draw_statistics(c, s[2]);
        check_built(c, nncl_op_batchnorm_backward_sums(check_list(c), x, dy, given, &dw, &db));
        const double sum = check_sum_bound(s[0] * s[1] + 3).sum * values_of(s);
        check_output(c, "dw", dw, (struct check_bound){.absolute = 6 * sum});
        check_output(c, "db", db, (struct check_bound){.absolute = sum});
        check_end(c);
    }
}

enum { M = 5, C = 2 };
static const float epsilon = 0.125f;
static const float slopes[M * C] = {0.5f, -1, 2, 0.25f, -0.75f, 1.5f, -0.5f, 1, 0.125f, -2};
static const float some_x[M * C] = {1, 0.5f, -1, 2, 0.25f, -0.75f, 1.5f, -0.25f, 0, 1.25f};

/* Weights first, then biases, then x; Σ slopes · y. */
static double weighted(void *context, const float *all)
{
    (void)context;
    float statistics[3 * C], y[M * C];
    double sum = 0;
    ref_batchnorm_statistics(M, C, epsilon, all + 2 * C, statistics);
    ref_batchnorm(M, C, all + 2 * C, all, all + C, statistics, y);
    for (size_t i = 0; i < M * C; i++)
        sum += (double)slopes[i] * (double)y[i];
    return sum;
}

static void differences(struct checker *checker)
{
    float all[2 * C + M * C] = {0.75f, -1.5f, 0.5f, 0.25f}, gradient[2 * C + M * C];
    float statistics[3 * C];
    for (size_t i = 0; i < M * C; i++)
        all[2 * C + i] = some_x[i];
    ref_batchnorm_statistics(M, C, epsilon, some_x, statistics);
    ref_batchnorm_backward_sums(M, C, some_x, slopes, statistics, gradient, gradient + C);
    ref_batchnorm_backward(
        M, C, some_x, slopes, all, statistics, gradient, gradient + C, gradient + 2 * C);
    check_gradient(checker, "differences", (struct check_function){weighted, NULL}, 2 * C + M * C,
        all, gradient, 1e-3);
}

static void backward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t *s = shapes[i];
        const float sums = (float)fmin(values_of(s), 4);
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), -1, 1), dx = 0;
        nncl_tensor_id dy = check_uniform(c, rows_of(s), -1, 1);
        nncl_tensor_id w = check_uniform(c, SHAPE(s[2]), -1, 1);
        nncl_tensor_id given = draw_statistics(c, s[2]);
        nncl_tensor_id dw = check_uniform(c, SHAPE(s[2]), -sums, sums);
        nncl_tensor_id db = check_uniform(c, SHAPE(s[2]), -sums, sums);
        check_built(c, nncl_op_batchnorm_backward(check_list(c), x, dy, w, given, dw, db, &dx));
        check_output(c, "dx", dx, few_roundings);
        check_end(c);
    }
    differences(checker);
}

/* A step as it should be, and two in which nothing may change: a loss that is no number, an earlier
 * bad step. */
static void running(struct checker *checker)
{
    static const float losses[] = {1, NAN, 1};
    static const uint32_t bad_steps[] = {0, 0, 3};
    static const size_t channels[] = {1, 17, 64, 1000};
    for (size_t i = 0; i < 12; i++) {
        const size_t count = channels[i / 3], values = i < 6 ? 7 : i < 9 ? 1 : 10000;
        const uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_BAD_STEP] = bad_steps[i % 3]};
        struct check_case *c = check_begin(checker, "channels=%zu values=%zu loss=%g bad_step=%u",
            count, values, (double)losses[i % 3], bad_steps[i % 3]);
        nncl_tensor_id given = draw_statistics(c, count);
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
        nncl_tensor_id loss = check_float(c, SHAPE(1), &losses[i % 3]);
        nncl_tensor_id mean = check_uniform(c, SHAPE(count), -1, 1);
        nncl_tensor_id variance = check_uniform(c, SHAPE(count), 0.5f, 2);
        check_built(c, nncl_op_batchnorm_running(
                           check_list(c), NULL, values, given, state, loss, mean, variance));
        check_output(c, "mean", mean, (struct check_bound){.change = 0x1p-22});
        check_output(c, "variance", variance, (struct check_bound){.change = 0x1p-22});
        check_end(c);
    }
}

const struct check_op check_batchnorm[] = {{.name = "batchnorm_statistics", .cases = statistics},
    {.name = "batchnorm", .cases = forward}, {.name = "batchnorm_inference", .cases = inference},
    {.name = "batchnorm_backward_sums", .cases = backward_sums},
    {.name = "batchnorm_backward", .cases = backward},
    {.name = "batchnorm_running", .cases = running}, {0}};
