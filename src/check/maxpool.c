/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

/* One pixel; around vectors; windows that overlap, leave gaps, hang over the edge, see all. */
static const struct shape {
    size_t n, channels;
    struct nncl_pool pool;
} shapes[] = {
    {1, 1, {.height = 1, .width = 1, .down = 1, .across = 1}},
    {3, 17, {.height = 7, .width = 6, .down = 2, .across = 2, .stride = 2}},
    {2, 5, {.height = 8, .width = 9, .down = 3, .across = 3, .stride = 2}},
    {2, 33, {.height = 5, .width = 8, .down = 3, .across = 2, .same = true}},
    {2, 16, {.height = 7, .width = 10, .down = 2, .across = 1, .stride = 3, .same = true}},
    {33, 64, {.height = 11, .width = 11, .down = 2, .across = 2, .stride = 2}},
    {1, 3, {.height = 16, .width = 16, .down = 16, .across = 16}},
    {4, 32, {.height = 26, .width = 26, .down = 2, .across = 2, .stride = 2}},
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

static nncl_tensor_id pictures(struct check_case *c, const struct shape *s)
{
    return check_uniform(
        c, SHAPE(s->n, (size_t)s->pool.height * s->pool.width * s->channels), -1, 1);
}

static const struct check_bound exact = {0};

static void forward_case(
    struct checker *checker, const struct shape *s, const float *first, size_t count)
{
    struct check_case *c = begin(checker, s);
    nncl_tensor_id x = pictures(c, s), place = 0, y = 0;
    check_put(c, x, first, count);
    check_built(c, nncl_op_maxpool(check_list(c), &s->pool, x, &place, &y));
    check_output(c, "place", place, exact);
    check_output(c, "y", y, exact);
    check_end(c);
}

/* Of equals the first counts, as ReLU's many zeros are; infinities and NaNs come through. */
static void forward(struct checker *checker)
{
    static const float zeros[300];
    static const float special[] = {INFINITY, -INFINITY, NAN, -0.0f, 0.0f, -INFINITY, -INFINITY, 1,
        -INFINITY, -INFINITY, -INFINITY, -INFINITY};
    for (size_t i = 0; i < shape_count(checker); i++)
        forward_case(checker, &shapes[i], NULL, 0);
    forward_case(checker, &shapes[1], zeros, sizeof zeros / sizeof zeros[0]);
    forward_case(checker, &shapes[2], zeros, 200);
    forward_case(checker, &shapes[3], special, sizeof special / sizeof special[0]);
}

enum { H = 4, W = 5, OH = 3, OW = 4, C = 2, INPUTS = H * W * C, OUTPUTS = OH * OW * C };
static const struct window small = {.height = H,
    .width = W,
    .down = 2,
    .across = 2,
    .out_height = OH,
    .out_width = OW,
    .stride = 1,
    .dilation = 1};

static double weighted(void *context, const float *x)
{
    const float *dy = context;
    uint8_t place[OUTPUTS];
    float y[OUTPUTS];
    double sum = 0;
    ref_maxpool(1, C, &small, x, place, y);
    for (size_t i = 0; i < OUTPUTS; i++)
        sum += (double)dy[i] * (double)y[i];
    return sum;
}

static void differences(struct checker *checker)
{
    float x[INPUTS], y[OUTPUTS], dy[OUTPUTS], dx[INPUTS];
    uint8_t place[OUTPUTS];
    for (size_t i = 0; i < INPUTS; i++)
        x[i] = (float)(i * 23 % 41) / 16; /* no two equal: none is near a kink */
    for (size_t i = 0; i < OUTPUTS; i++)
        dy[i] = (float)(i * 5 % 7) / 4 - 0.5f;
    ref_maxpool(1, C, &small, x, place, y);
    ref_maxpool_backward(1, C, &small, place, dy, dx);
    check_gradient(
        checker, "differences", (struct check_function){weighted, dy}, INPUTS, x, dx, 1e-3);
}

static void backward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const struct shape *s = &shapes[i];
        struct check_case *c = begin(checker, s);
        nncl_tensor_id x = pictures(c, s), place = 0, y = 0, dx = 0;
        check_built(c, nncl_op_maxpool(check_list(c), &s->pool, x, &place, &y));
        check_built(c, nncl_op_maxpool_backward(check_list(c), &s->pool, place, y, &dx));
        check_output(c, "dx", dx, check_sum_bound((size_t)s->pool.down * s->pool.across));
        check_end(c);
    }
    differences(checker);
}

const struct check_op check_maxpool[] = {
    {.name = "maxpool", .cases = forward}, {.name = "maxpool_backward", .cases = backward}, {0}};
