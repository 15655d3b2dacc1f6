/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* Single pixels; around tiles and vectors; the layers of well-known networks; padding, strides,
 * dilation, groups down to single channels; larger ones, which are cut into patches. */
static const struct shape {
    size_t n, channels, filters;
    uint32_t down, across;
    struct nncl_conv2d how;
} shapes[] = {
    {1, 1, 1, 1, 1, {.height = 1, .width = 1}},
    {2, 3, 5, 3, 2, {.height = 5, .width = 7}},
    {17, 1, 32, 3, 3, {.height = 9, .width = 28}},
    {3, 32, 64, 3, 3, {.height = 5, .width = 13}},
    {2, 5, 19, 5, 5, {.height = 11, .width = 11, .same = true}},
    {2, 4, 6, 3, 3, {.height = 10, .width = 9, .stride = 2, .same = true}},
    {17, 21, 37, 3, 3, {.height = 7, .width = 10, .same = true}},
    {2, 6, 9, 3, 2, {.height = 9, .width = 12, .stride = 3, .dilation = 2, .groups = 3}},
    {2, 5, 11, 3, 2, {.height = 8, .width = 11, .stride = 2, .dilation = 2, .same = true}},
    {3, 16, 16, 3, 3, {.height = 6, .width = 6, .groups = 16, .same = true}},
    {1, 70, 80, 3, 3, {.height = 12, .width = 12}},
    {33, 6, 16, 5, 5, {.height = 14, .width = 14}},
    {1, 3, 24, 7, 7, {.height = 64, .width = 63, .stride = 2, .same = true}},
    {2, 130, 34, 1, 1, {.height = 20, .width = 30}},
    {1, 1, 2, 60, 60, {.height = 70, .width = 64}},
};

/* Larger products are those of matmul. */
static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) || check_by_product(checker) ? 10
                                                             : sizeof shapes / sizeof shapes[0];
}

/* What has groups is no product, and was checked as it is. */
static bool left_out(const struct checker *checker, const struct shape *s)
{
    return check_by_product(checker) && s->how.groups > 1;
}

static struct check_case *begin(struct checker *checker, const struct shape *s)
{
    return check_begin(checker, "n=%zu %ux%ux%zu %zu of %ux%u stride=%u dilation=%u groups=%u%s",
        s->n, s->how.height, s->how.width, s->channels, s->filters, s->down, s->across,
        s->how.stride, s->how.dilation, s->how.groups, s->how.same ? " same" : "");
}

static size_t group_of(const struct shape *s)
{
    return s->how.groups ? s->how.groups : 1;
}

static nncl_tensor_id pictures(struct check_case *c, const struct shape *s)
{
    return check_uniform(c, SHAPE(s->n, (size_t)s->how.height * s->how.width * s->channels), -1, 1);
}

static nncl_tensor_id weights(struct check_case *c, const struct shape *s)
{
    return check_uniform(
        c, SHAPE(s->down, s->across, s->channels / group_of(s), s->filters), -1, 1);
}

/* The shape of dy: that of the forward pass in a list of its own. */
static struct nncl_shape outputs_of(const struct shape *s)
{
    struct nncl_op_list *list = NULL;
    nncl_tensor_id x = 0, w = 0, y = 0;
    const struct nncl_shape in = SHAPE(s->n, (size_t)s->how.height * s->how.width * s->channels);
    const struct nncl_shape by = SHAPE(s->down, s->across, s->channels / group_of(s), s->filters);
    struct nncl_shape shape = {0};
    if (nncl_op_list_create(&list) == NNCL_OK &&
        nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &in, &x) == NNCL_OK &&
        nncl_op_list_tensor(list, "w", NNCL_FLOAT32, &by, &w) == NNCL_OK &&
        nncl_op_conv2d(list, &s->how, x, w, &y) == NNCL_OK)
        shape = *nncl_op_list_shape(list, y);
    nncl_op_list_free(&list);
    return shape;
}

static void forward_case(struct checker *checker, const struct shape *s, bool special)
{
    struct check_case *c = begin(checker, s);
    nncl_tensor_id x = pictures(c, s), w = weights(c, s), y = 0;
    if (special)
        check_put(c, x, (const float[]){INFINITY, 1e6f, -1e6f, 1e-40f, -0.0f}, 5);
    check_built(c, nncl_op_conv2d(check_list(c), &s->how, x, w, &y));
    check_output(c, "y", y, check_sum_bound((size_t)s->down * s->across * s->channels));
    check_end(c);
}

/* An infinity and large numbers that cancel must stay in the windows that see them. */
static void forward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++)
        if (!left_out(checker, &shapes[i]))
            forward_case(checker, &shapes[i], false);
    forward_case(checker, &shapes[4], true);
}

enum { N = 1, H = 4, W = 5, C = 2, M = 4, KH = 3, KW = 2, STRIDE = 2, GROUPS = 2, OH = 2, OW = 3 };
enum { INPUTS = N * H * W * C, WEIGHTS = KH * KW * C / GROUPS * M, OUTPUTS = N * OH * OW * M };

/* Padded at the bottom and the right: `same`. */
static const struct ref_conv2d small = {.n = N,
    .channels = C,
    .filters = M,
    .groups = GROUPS,
    .window = {.height = H,
        .width = W,
        .down = KH,
        .across = KW,
        .out_height = OH,
        .out_width = OW,
        .stride = STRIDE,
        .dilation = 1}};

static void fill(float *values, size_t count, size_t step)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(i * step % 17) / 8 - 1;
}

struct small_case {
    float x[INPUTS], w[WEIGHTS], dy[OUTPUTS];
};

static void fill_small(struct small_case *s)
{
    fill(s->x, INPUTS, 5);
    fill(s->w, WEIGHTS, 7);
    fill(s->dy, OUTPUTS, 3);
}

/* Σ dy · y */
static double weighted(const float *x, const float *w, const float *dy)
{
    float y[OUTPUTS];
    double sum = 0;
    ref_conv2d(&small, x, w, y);
    for (size_t i = 0; i < OUTPUTS; i++)
        sum += (double)dy[i] * (double)y[i];
    return sum;
}

static double by_input(void *context, const float *x)
{
    const struct small_case *s = context;
    return weighted(x, s->w, s->dy);
}

static double by_weights(void *context, const float *w)
{
    const struct small_case *s = context;
    return weighted(s->x, w, s->dy);
}

static void backward_input(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const struct shape *s = &shapes[i];
        if (left_out(checker, s))
            continue;
        struct check_case *c = begin(checker, s);
        nncl_tensor_id dy = check_uniform(c, outputs_of(s), -1, 1), w = weights(c, s), dx = 0;
        check_built(c, nncl_op_conv2d_backward_input(check_list(c), &s->how, dy, w, &dx));
        check_output(c, "dx", dx, check_sum_bound((size_t)s->down * s->across * s->filters));
        check_end(c);
    }
    struct small_case s;
    float dx[INPUTS];
    fill_small(&s);
    ref_conv2d_backward_input(&small, s.dy, s.w, dx);
    check_gradient(
        checker, "differences", (struct check_function){by_input, &s}, INPUTS, s.x, dx, 1e-3);
}

static void backward_weights(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const struct shape *s = &shapes[i];
        if (left_out(checker, s))
            continue;
        const struct nncl_shape outputs = outputs_of(s);
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = pictures(c, s), dy = check_uniform(c, outputs, -1, 1), dw = 0;
        check_built(c, nncl_op_conv2d_backward_weights(
                           check_list(c), &s->how, s->down, s->across, x, dy, &dw));
        check_output(c, "dw", dw, check_sum_bound(s->n * outputs.size[1] / s->filters));
        check_end(c);
    }
    struct small_case s;
    float dw[WEIGHTS];
    fill_small(&s);
    ref_conv2d_backward_weights(&small, s.x, s.dy, dw);
    check_gradient(
        checker, "differences", (struct check_function){by_weights, &s}, WEIGHTS, s.w, dw, 1e-3);
}

const struct check_op check_conv2d[] = {{.name = "conv2d", .cases = forward, .windows = true},
    {.name = "conv2d_backward_input", .cases = backward_input, .windows = true},
    {.name = "conv2d_backward_weights", .cases = backward_weights, .windows = true}, {0}};
