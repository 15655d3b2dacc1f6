/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* Rows, groups of a row, values of a group: single ones, around vectors, a layer's, a pixel's
 * channels, more than the 64 groups of a part of a sum. */
static const size_t shapes[][3] = {{1, 1, 2}, {33, 1, 3}, {32, 1, 128}, {7, 3, 17}, {3, 1, 65},
    {13, 5, 16}, {2, 100, 8}, {3, 26 * 26, 32}, {5, 1, 12 * 12 * 64}};

static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) ? 7 : sizeof shapes / sizeof shapes[0];
}

static struct check_case *begin(struct checker *checker, const size_t s[3])
{
    return check_begin(checker, "n=%zu groups=%zu values=%zu", s[0], s[1], s[2]);
}

static struct nncl_shape rows_of(const size_t s[3])
{
    return SHAPE(s[0], s[1] * s[2]);
}

/* The mean is off by a sum's roundings of values of up to `size`; so is the difference from it,
 * times an inverse of at most 1/√ε = 4 and a weight of at most 1. */
static struct check_bound forward_bound(const size_t s[3], double size)
{
    return (struct check_bound){.absolute = 0x1p-21 * size * (4 + sqrt((double)s[2]))};
}

static void forward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t *s = shapes[i];
        const float offset = i % 2 ? 10 : 0; /* squares would lose what is left of it */
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), offset - 1, offset + 1);
        nncl_tensor_id w = check_uniform(c, SHAPE(s[2]), -1, 1), statistics = 0, y = 0;
        nncl_tensor_id b = check_uniform(c, SHAPE(s[2]), -1, 1);
        check_built(c, nncl_op_layernorm(check_list(c), 0.0625f, x, w, b, &statistics, &y));
        check_output(c, "statistics", statistics, forward_bound(s, offset + 1));
        check_output(c, "y", y, forward_bound(s, offset + 1));
        check_end(c);
    }
}

enum { M = 3, G = 4 };
static const float epsilon = 0.125f;
static const float slopes[M * G] = {
    0.5f, -1, 2, 0.25f, -0.75f, 1.5f, -0.5f, 1, 0.125f, -2, 1.25f, -0.25f};
static const float some_x[M * G] = {
    1, 0.5f, -1, 2, 0.25f, -0.75f, 1.5f, -0.25f, 0, 1.25f, -1.5f, 0.75f};

/* Weights first, then biases, then x; Σ slopes · y. */
static double weighted(void *context, const float *all)
{
    (void)context;
    float statistics[2 * M], y[M * G];
    double sum = 0;
    ref_layernorm(M, G, epsilon, all + 2 * G, all, all + G, statistics, y);
    for (size_t i = 0; i < M * G; i++)
        sum += (double)slopes[i] * (double)y[i];
    return sum;
}

static void differences(struct checker *checker)
{
    float all[2 * G + M * G] = {0.75f, -1.5f, 0.5f, 0.25f}, gradient[2 * G + M * G];
    float statistics[2 * M], y[M * G];
    for (size_t i = 0; i < M * G; i++)
        all[2 * G + i] = some_x[i];
    ref_layernorm(M, G, epsilon, some_x, all, all + G, statistics, y);
    ref_layernorm_backward_sums(M, G, some_x, slopes, statistics, gradient, gradient + G);
    ref_layernorm_backward(M, G, some_x, slopes, all, statistics, gradient + 2 * G);
    check_gradient(checker, "differences", (struct check_function){weighted, NULL}, 2 * G + M * G,
        all, gradient, 1e-3);
}

/* Statistics as rows may have them: means and inverses from 1/2 to 2. */
static nncl_tensor_id draw_statistics(struct check_case *c, const size_t s[3])
{
    return check_uniform(c, SHAPE(s[0] * s[1], 2), 0.5f, 2);
}

/* Means of products of numbers below 12, times as much again, are off by a sum's roundings of that.
 */
static void backward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t *s = shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), -1, 1), dx = 0;
        nncl_tensor_id dy = check_uniform(c, rows_of(s), -1, 1);
        nncl_tensor_id w = check_uniform(c, SHAPE(s[2]), -1, 1);
        nncl_tensor_id given = draw_statistics(c, s);
        check_built(c, nncl_op_layernorm_backward(check_list(c), x, dy, w, given, &dx));
        check_output(
            c, "dx", dx, (struct check_bound){.absolute = 36 * 0x1p-24 * (8 + sqrt((double)s[2]))});
        check_end(c);
    }
    differences(checker);
}

/* Sums of as many products as there are groups, of numbers of up to 1 and 6. */
static void backward_sums(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t *s = shapes[i], m = s[0] * s[1];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = check_uniform(c, rows_of(s), -1, 1), dw = 0, db = 0;
        nncl_tensor_id dy = check_uniform(c, rows_of(s), -1, 1);
        nncl_tensor_id given = draw_statistics(c, s);
        check_built(c, nncl_op_layernorm_backward_sums(check_list(c), x, dy, given, &dw, &db));
        const double sum = check_sum_bound(m + 3).sum * (double)m;
        check_output(c, "dw", dw, (struct check_bound){.absolute = 6 * sum});
        check_output(c, "db", db, (struct check_bound){.absolute = sum});
        check_end(c);
    }
}

const struct check_op check_layernorm[] = {{.name = "layernorm", .cases = forward},
    {.name = "layernorm_backward", .cases = backward},
    {.name = "layernorm_backward_sums", .cases = backward_sums}, {0}};
