/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

static const size_t shapes[][2] = {
    {1, 1}, {32, 10}, {7, 3}, {96, 10}, {65, 17}, {3, 1000}, {4097, 10}};

static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) ? 6 : sizeof shapes / sizeof shapes[0];
}

/* The loss: the sum's relative error, about √C/2 + 3 units, is an absolute one of its logarithm,
 * which with max - x[label] and the sum of both adds 3 + 1 units of the result. The gradient: an
 * absolute error, because p - 1 cancels; p is off by as much as the sum, exp and a division are,
 * and by 0.2 units for x - max, p · |x - max| being at most 1/e. */
static struct check_bound loss_bound(size_t classes)
{
    return (struct check_bound){.absolute = 0x1p-23 * (4 + sqrt((double)classes)), .ulp = 4};
}

static struct check_bound gradient_bound(size_t n, size_t classes)
{
    return (struct check_bound){
        .absolute = 0x1p-23 * (8 + sqrt((double)classes)) / (double)n, .ulp = 4};
}

static void end_forward(struct check_case *c, nncl_tensor_id x, nncl_tensor_id labels,
    size_t classes, const float *known_loss)
{
    nncl_tensor_id loss = 0, predicted = 0;
    check_built(c, nncl_op_softmax_xent(check_list(c), x, labels, &loss, &predicted));
    check_output(c, "loss", loss, loss_bound(classes));
    check_output(c, "predicted", predicted, (struct check_bound){0});
    if (known_loss)
        check_known(c, "loss", loss, known_loss, 2e-3); /* 1e-7 of 20000 */
    check_end(c);
}

static void end_backward(
    struct check_case *c, nncl_tensor_id x, nncl_tensor_id labels, size_t n, size_t classes)
{
    nncl_tensor_id dx = 0;
    check_built(c, nncl_op_softmax_xent_backward(check_list(c), x, labels, &dx));
    check_output(c, "dx", dx, gradient_bound(n, classes));
    check_end(c);
}

static void random_logits(
    struct checker *checker, bool backward, size_t n, size_t classes, float range)
{
    struct check_case *c =
        check_begin(checker, "n=%zu c=%zu logits within %g", n, classes, (double)range);
    nncl_tensor_id x = check_uniform(c, SHAPE(n, classes), -range, range);
    nncl_tensor_id labels = check_random_uint(c, SHAPE(n), (uint32_t)classes);
    if (backward)
        end_backward(c, x, labels, n, classes);
    else
        end_forward(c, x, labels, classes, NULL);
}

/* Logits of ±10000, all equal ones, and a label out of range. */
enum { WORST_ROWS = 4, WORST_CLASSES = 3 };
static const float worst[WORST_ROWS * WORST_CLASSES] = {
    1e4f, -1e4f, -1e4f, -1e4f, 1e4f, 0, 5, 5, 5, 1, 2, 3};
static const uint32_t worst_labels[WORST_ROWS] = {0, 0, 1, WORST_CLASSES};
static const float worst_losses[WORST_ROWS] = {0, 20000, 1.0986123f, NAN};

static void worst_case(struct checker *checker, bool backward)
{
    struct check_case *c = check_begin(checker, "logits of 1e4 and -1e4, all equal, bad label");
    nncl_tensor_id x = check_float(c, SHAPE(WORST_ROWS, WORST_CLASSES), worst);
    nncl_tensor_id labels = check_uint(c, SHAPE(WORST_ROWS), worst_labels);
    if (backward)
        end_backward(c, x, labels, WORST_ROWS, WORST_CLASSES);
    else
        end_forward(c, x, labels, WORST_CLASSES, worst_losses);
}

static void cases(struct checker *checker, bool backward)
{
    for (size_t i = 0; i < shape_count(checker); i++)
        random_logits(checker, backward, shapes[i][0], shapes[i][1], 5);
    random_logits(checker, backward, 9, 10, 1e4f);
    worst_case(checker, backward);
}

static void forward(struct checker *checker)
{
    cases(checker, false);
}

enum { ROWS = 3, CLASSES = 4 };
static const uint32_t some_labels[ROWS] = {2, 0, 3};

/* The mean loss as a function of the logits. */
static double mean_loss(void *context, const float *x)
{
    (void)context;
    float loss[ROWS];
    uint32_t predicted[ROWS];
    ref_softmax_xent(ROWS, CLASSES, x, some_labels, loss, predicted);
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        sum += (double)loss[i];
    return sum / ROWS;
}

static void backward(struct checker *checker)
{
    cases(checker, true);
    const float x[ROWS * CLASSES] = {
        0.5f, -1, 2, 0.25f, -0.75f, 1.5f, 0, 1, 0.125f, -0.5f, 1.25f, -2};
    float dx[ROWS * CLASSES];
    ref_softmax_xent_backward(ROWS, CLASSES, x, some_labels, dx);
    check_gradient(checker, "differences", (struct check_function){mean_loss, NULL}, ROWS * CLASSES,
        x, dx, 1e-3);
}

const struct check_op check_softmax_xent[] = {{.name = "softmax_xent", .cases = forward},
    {.name = "softmax_xent_backward", .cases = backward}, {0}};
