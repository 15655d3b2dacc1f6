/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* One pixel; around vectors; windows that overlap, leave gaps, hang over the edge, see all. */
static const struct shape {
    size_t n, channels;
    struct nncl_pool pool;
    size_t windows; /* of a picture */
} shapes[] = {
    {1, 1, {.height = 1, .width = 1, .down = 1, .across = 1}, 1},
    {3, 17, {.height = 7, .width = 6, .down = 2, .across = 2, .stride = 2}, 9},
    {2, 5, {.height = 8, .width = 9, .down = 3, .across = 3, .stride = 2}, 12},
    {2, 33, {.height = 5, .width = 8, .down = 3, .across = 2, .same = true}, 40},
    {2, 16, {.height = 7, .width = 10, .down = 2, .across = 1, .stride = 3, .same = true}, 12},
    {5, 64, {.height = 7, .width = 7, .down = 7, .across = 7}, 1},
    {4, 32, {.height = 26, .width = 26, .down = 2, .across = 2, .stride = 2}, 169},
};

static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) ? 6 : sizeof shapes / sizeof shapes[0];
}

static struct check_case *begin(struct checker *checker, const struct shape *s)
{
    return check_begin(checker, "n=%zu %ux%ux%zu window %ux%u stride=%u%s", s->n, s->pool.height,
        s->pool.width, s->channels, s->pool.down, s->pool.across, s->pool.stride,
        s->pool.same ? " same" : "");
}

/* A sum, and one division, whose roundings are like two terms more. */
static struct check_bound bound_of(const struct shape *s)
{
    return check_sum_bound((size_t)s->pool.down * s->pool.across + 2);
}

static void forward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const struct shape *s = &shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id y = 0;
        nncl_tensor_id x = check_uniform(
            c, SHAPE(s->n, (size_t)s->pool.height * s->pool.width * s->channels), -1, 1);
        check_built(c, nncl_op_avgpool(check_list(c), &s->pool, x, &y));
        check_output(c, "y", y, bound_of(s));
        check_end(c);
    }
}

enum { H = 4, W = 5, OH = 2, OW = 3, C = 2, INPUTS = H * W * C, OUTPUTS = OH * OW * C };
static const struct window small = {.height = H,
    .width = W,
    .down = 3,
    .across = 2,
    .out_height = OH,
    .out_width = OW,
    .stride = 2,
    .dilation = 1};

static double weighted(void *context, const float *x)
{
    const float *dy = context;
    float y[OUTPUTS];
    double sum = 0;
    ref_avgpool(1, C, &small, x, y);
    for (size_t i = 0; i < OUTPUTS; i++)
        sum += (double)dy[i] * (double)y[i];
    return sum;
}

static void backward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const struct shape *s = &shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id dy = check_uniform(c, SHAPE(s->n, s->windows * s->channels), -1, 1), dx = 0;
        check_built(c, nncl_op_avgpool_backward(check_list(c), &s->pool, dy, &dx));
        check_output(c, "dx", dx, bound_of(s));
        check_end(c);
    }
    float x[INPUTS], dy[OUTPUTS], dx[INPUTS];
    for (size_t i = 0; i < INPUTS; i++)
        x[i] = (float)(i * 23 % 41) / 16;
    for (size_t i = 0; i < OUTPUTS; i++)
        dy[i] = (float)(i * 5 % 7) / 4 - 0.5f;
    ref_avgpool_backward(1, C, &small, dy, dx);
    check_gradient(
        checker, "differences", (struct check_function){weighted, dy}, INPUTS, x, dx, 1e-3);
}

const struct check_op check_avgpool[] = {
    {.name = "avgpool", .cases = forward}, {.name = "avgpool_backward", .cases = backward}, {0}};
