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

/* Softmax: as softmax_xent's, and a sum of terms not below 0. Binary: the product x·t is off by
 * half a unit, and what cancels it leaves that; a mean of C such. Squares: only relative errors. */
static struct check_bound loss_bound(enum nncl_loss kind, size_t classes, float range)
{
    const double unit = 0x1p-23, root = sqrt((double)classes);
    if (kind == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY)
        return (struct check_bound){.absolute = unit * (4 + root) * 2, .ulp = 6 + root};
    if (kind == NNCL_BINARY_CROSSENTROPY)
        return (struct check_bound){.absolute = unit * (4 + (double)range), .ulp = 6 + root};
    return (struct check_bound){.ulp = 4 + root};
}

/* Probabilities are off by a few units, of the softmax by as many as its sum is; a difference and a
 * division follow. */
static struct check_bound gradient_bound(enum nncl_loss kind, size_t n, size_t classes)
{
    const double unit = 0x1p-23, rows = (double)n;
    if (kind == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY)
        return (struct check_bound){
            .absolute = unit * (8 + sqrt((double)classes)) / rows, .ulp = 4};
    if (kind == NNCL_BINARY_CROSSENTROPY)
        return (struct check_bound){.absolute = unit * 8 / (rows * (double)classes), .ulp = 4};
    return (struct check_bound){.ulp = 4};
}

/* Known losses of 20000, or 1e8 of squares, are held to 1e-7 of that, or 2e-7. */
static double known_bound(enum nncl_loss kind)
{
    return kind == NNCL_MEAN_SQUARED_ERROR ? 20 : 2e-3;
}

static void end_forward(struct check_case *c, enum nncl_loss kind, nncl_tensor_id x,
    nncl_tensor_id t, struct check_bound bound, const float *known_loss)
{
    nncl_tensor_id loss = 0, predicted = 0;
    check_built(c, nncl_op_target_loss(check_list(c), kind, x, t, &loss, &predicted));
    check_output(c, "loss", loss, bound);
    check_output(c, "predicted", predicted, (struct check_bound){0});
    if (known_loss)
        check_known(c, "loss", loss, known_loss, known_bound(kind));
    check_end(c);
}

static void end_backward(struct check_case *c, enum nncl_loss kind, nncl_tensor_id x,
    nncl_tensor_id t, size_t n, size_t classes)
{
    nncl_tensor_id dx = 0;
    check_built(c, nncl_op_target_loss_backward(check_list(c), kind, x, t, &dx));
    check_output(c, "dx", dx, gradient_bound(kind, n, classes));
    check_end(c);
}

static void random_outputs(struct checker *checker, enum nncl_loss kind, bool backward, size_t n,
    size_t classes, float range)
{
    struct check_case *c =
        check_begin(checker, "n=%zu c=%zu outputs within %g", n, classes, (double)range);
    nncl_tensor_id x = check_uniform(c, SHAPE(n, classes), -range, range);
    nncl_tensor_id t = check_uniform(c, SHAPE(n, classes), 0, 1);
    if (backward)
        end_backward(c, kind, x, t, n, classes);
    else
        end_forward(c, kind, x, t, loss_bound(kind, classes, range), NULL);
}

/* Outputs of ±10000, all equal ones, and targets that are no numbers. */
enum { WORST_ROWS = 4, WORST_CLASSES = 2 };
static const float worst[WORST_ROWS * WORST_CLASSES] = {1e4f, -1e4f, -1e4f, 1e4f, 5, 5, 1, 2};
static const float worst_targets[WORST_ROWS * WORST_CLASSES] = {1, 0, 1, 0, 0.5f, 0.5f, NAN, NAN};
static const float worst_losses[][WORST_ROWS] = {
    [NNCL_SPARSE_CATEGORICAL_CROSSENTROPY] = {0, 20000, 0.6931472f, NAN},
    [NNCL_BINARY_CROSSENTROPY] = {0, 10000, 2.5067153f, NAN},
    [NNCL_MEAN_SQUARED_ERROR] = {99990000.5f, 100010000.5f, 20.25f, NAN}};

static void worst_case(struct checker *checker, enum nncl_loss kind, bool backward)
{
    const struct nncl_shape shape = SHAPE(WORST_ROWS, WORST_CLASSES);
    struct check_case *c = check_begin(checker, "outputs of 1e4 and -1e4, equal, targets NaN");
    nncl_tensor_id x = check_float(c, shape, worst), t = check_float(c, shape, worst_targets);
    if (backward)
        end_backward(c, kind, x, t, WORST_ROWS, WORST_CLASSES);
    else
        end_forward(c, kind, x, t, loss_bound(kind, WORST_CLASSES, 1e4f), worst_losses[kind]);
}

static void cases(struct checker *checker, enum nncl_loss kind, bool backward)
{
    for (size_t i = 0; i < shape_count(checker); i++)
        random_outputs(checker, kind, backward, shapes[i][0], shapes[i][1], 5);
    random_outputs(checker, kind, backward, 9, 10, 1e4f);
    worst_case(checker, kind, backward);
}

enum { ROWS = 3, CLASSES = 4 };
static const float some_targets[ROWS * CLASSES] = {
    0.25f, 0.25f, 0.5f, 0, 1, 0, 0, 0, 0.0625f, 0.0625f, 0.125f, 0.75f};

/* The mean loss as a function of the outputs. */
static double mean_loss(void *context, const float *x)
{
    float loss[ROWS];
    uint32_t predicted[ROWS];
    ref_target_loss(
        ROWS, CLASSES, *(const enum nncl_loss *)context, x, some_targets, loss, predicted);
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        sum += (double)loss[i];
    return sum / ROWS;
}

static void backward_cases(struct checker *checker, enum nncl_loss kind)
{
    cases(checker, kind, true);
    const float x[ROWS * CLASSES] = {
        0.5f, -1, 2, 0.25f, -0.75f, 1.5f, 0, 1, 0.125f, -0.5f, 1.25f, -2};
    float dx[ROWS * CLASSES];
    ref_target_loss_backward(ROWS, CLASSES, kind, x, some_targets, dx);
    check_gradient(checker, "differences", (struct check_function){mean_loss, &kind},
        ROWS * CLASSES, x, dx, 1e-3);
}

#define CASES(kind, name)                                                                          \
    static void name(struct checker *checker)                                                      \
    {                                                                                              \
        cases(checker, kind, false);                                                               \
    }                                                                                              \
    static void name##_backward(struct checker *checker)                                           \
    {                                                                                              \
        backward_cases(checker, kind);                                                             \
    }
CASES(NNCL_SPARSE_CATEGORICAL_CROSSENTROPY, soft_xent)
CASES(NNCL_BINARY_CROSSENTROPY, binary_xent)
CASES(NNCL_MEAN_SQUARED_ERROR, squared_error)

const struct check_op check_target_loss[] = {{.name = "soft_xent", .cases = soft_xent},
    {.name = "soft_xent_backward", .cases = soft_xent_backward},
    {.name = "binary_xent", .cases = binary_xent},
    {.name = "binary_xent_backward", .cases = binary_xent_backward},
    {.name = "squared_error", .cases = squared_error},
    {.name = "squared_error_backward", .cases = squared_error_backward}, {0}};
