/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fused forms: what a plan makes of several ops, against the ops one by one. With a provider that
 * takes no epilogues they run unfused, and must agree all the same. */
#include <math.h>

#include "check/checker.h"
#include "check/groups.h"
#include "ops/op.h"
#include "ref/ref.h"

/* m, n, k: single elements, odd ones around tiles and vectors, the default network's, a last batch,
 * what outgrows caches.
 */
static const size_t shapes[][3] = {{1, 1, 1}, {7, 33, 5}, {33, 7, 65}, {5, 17, 31}, {32, 10, 128},
    {6, 70, 9}, {96, 128, 784}, {784, 128, 32}, {257, 129, 3}, {130, 521, 509}};

static size_t shape_count(const struct checker *checker)
{
    return check_quick(checker) ? 6 : sizeof shapes / sizeof shapes[0];
}

/* The tensors that every case of these begins with: a product of shape `s`. */
struct product {
    struct check_case *c;
    nncl_tensor_id result;
    struct nncl_shape shape;
};

static struct product begin(struct checker *checker, const size_t s[3], struct nncl_matmul matmul)
{
    struct product p = {.shape = SHAPE(s[0], s[1])};
    p.c = check_begin(checker, "m=%zu n=%zu k=%zu%s%s", s[0], s[1], s[2],
        matmul.transpose_a ? " a transposed" : "", matmul.transpose_b ? " b transposed" : "");
    check_fused(p.c);
    nncl_tensor_id a =
        check_uniform(p.c, matmul.transpose_a ? SHAPE(s[2], s[0]) : SHAPE(s[0], s[2]), -1, 1);
    nncl_tensor_id b =
        check_uniform(p.c, matmul.transpose_b ? SHAPE(s[1], s[2]) : SHAPE(s[2], s[1]), -1, 1);
    check_built(p.c, nncl_op_matmul(check_list(p.c), &matmul, a, b, &p.result));
    return p;
}

static void layer(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){0});
        nncl_tensor_id b = check_uniform(p.c, SHAPE(shapes[i][1]), -1, 1), x = 0, y = 0;
        check_built(p.c, nncl_op_bias(check_list(p.c), p.result, b, &x));
        check_built(p.c, nncl_op_relu(check_list(p.c), x, &y));
        check_output(p.c, "y", y, check_sum_bound(shapes[i][2] + 1));
        check_end(p.c);
    }
}

/* The gradient where y > 0 has the product's bound; elsewhere both are exactly 0. */
static void layer_backward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){.transpose_b = true});
        nncl_tensor_id y = check_uniform(p.c, p.shape, -1, 1), dx = 0;
        check_built(p.c, nncl_op_relu_backward(check_list(p.c), y, p.result, &dx));
        check_output(p.c, "dx", dx, check_sum_bound(shapes[i][2]));
        check_end(p.c);
    }
}

/* An activation with a number among its arguments. It adds a few roundings; its slope is at most 1,
 * and 1 above 0. */
static const struct nncl_activation elu = {.kind = NNCL_ELU, .parameter = 1};

static void activation(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){0});
        nncl_tensor_id b = check_uniform(p.c, SHAPE(shapes[i][1]), -1, 1), x = 0, y = 0;
        check_built(p.c, nncl_op_bias(check_list(p.c), p.result, b, &x));
        check_built(p.c, nncl_op_activation(check_list(p.c), &elu, x, &y));
        check_output(p.c, "y", y, check_sum_bound(shapes[i][2] + 8));
        check_end(p.c);
    }
}

static void activation_backward(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){.transpose_b = true});
        nncl_tensor_id y = check_uniform(p.c, p.shape, -1, 1), dx = 0;
        check_built(p.c, nncl_op_activation_backward(check_list(p.c), &elu, y, p.result, &dx));
        check_output(p.c, "dx", dx, check_sum_bound(shapes[i][2] + 2));
        check_end(p.c);
    }
}

/* A residual network's sum, rectified. */
static void joined(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){0});
        nncl_tensor_id b = check_uniform(p.c, SHAPE(shapes[i][1]), -1, 1), x = 0, sum = 0, y = 0;
        nncl_tensor_id other = check_uniform(p.c, p.shape, -1, 1);
        check_built(p.c, nncl_op_bias(check_list(p.c), p.result, b, &x));
        check_built(p.c, nncl_op_add(check_list(p.c), x, other, &sum));
        check_built(p.c, nncl_op_relu(check_list(p.c), sum, &y));
        check_output(p.c, "y", y, check_sum_bound(shapes[i][2] + 2));
        check_end(p.c);
    }
}

/* A layer's sums, in inference normalised by running statistics, w / √(variance + ε) being at most
 * 2, and rectified. */
static void normalised(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t m = shapes[i][1], k = shapes[i][2];
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){0});
        nncl_tensor_id of[3], x = 0, y = 0;
        for (unsigned j = 0; j < 3; j++) /* w, b, mean */
            of[j] = check_uniform(p.c, SHAPE(m), -1, 1);
        nncl_tensor_id variance = check_uniform(p.c, SHAPE(m), 0.25f, 4);
        check_built(p.c, nncl_op_batchnorm_inference(
                             check_list(p.c), NULL, p.result, of[0], of[1], of[2], variance, &x));
        check_built(p.c, nncl_op_relu(check_list(p.c), x, &y));
        check_output(p.c, "y", y,
            (struct check_bound){.absolute = 2 * check_sum_bound(k + 8).sum * (double)(k + 2)});
        check_end(p.c);
    }
}

/* The same with a bias before and a residual network's sum behind: four ops in one kernel. */
static void normalised_and_joined(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t m = shapes[i][1], k = shapes[i][2];
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){0});
        struct nncl_op_list *list = check_list(p.c);
        nncl_tensor_id of[4], x = 0, sum = 0, y = 0;
        for (unsigned j = 0; j < 4; j++) /* bias, w, b, mean */
            of[j] = check_uniform(p.c, SHAPE(m), -1, 1);
        nncl_tensor_id variance = check_uniform(p.c, SHAPE(m), 0.25f, 4);
        nncl_tensor_id other = check_uniform(p.c, p.shape, -1, 1);
        check_built(p.c, nncl_op_bias(list, p.result, of[0], &x));
        check_built(
            p.c, nncl_op_batchnorm_inference(list, NULL, x, of[1], of[2], of[3], variance, &x));
        check_built(p.c, nncl_op_add(list, x, other, &sum));
        check_built(p.c, nncl_op_relu(list, sum, &y));
        check_output(p.c, "y", y,
            (struct check_bound){.absolute = 2 * check_sum_bound(k + 10).sum * (double)(k + 4)});
        check_end(p.c);
    }
}

/* A batch normalised and rectified, and its gradient sent through an activation below. */
static void normalised_batch(struct checker *checker)
{
    static const struct check_bound few_roundings = {.absolute = 16 * 8 * 0x1p-24, .ulp = 4};
    for (size_t i = 0; i < shape_count(checker); i++) {
        const size_t n = shapes[i][0], m = shapes[i][1];
        struct check_case *c = check_begin(checker, "n=%zu m=%zu", n, m);
        check_fused(c);
        nncl_tensor_id x = check_uniform(c, SHAPE(n, m), -1, 1), of[4], sum = 0, y = 0, dx = 0;
        nncl_tensor_id statistics = check_uniform(c, SHAPE(3, m), 0.5f, 2);
        for (unsigned j = 0; j < 4; j++) /* w, b, dw, db */
            of[j] = check_uniform(c, SHAPE(m), -1, 1);
        struct nncl_op_list *list = check_list(c);
        check_built(c, nncl_op_batchnorm(list, x, of[0], of[1], statistics, &sum));
        check_built(c, nncl_op_relu(list, sum, &y));
        nncl_tensor_id dy = check_uniform(c, SHAPE(n, m), -1, 1);
        check_built(
            c, nncl_op_batchnorm_backward(list, x, dy, of[0], statistics, of[2], of[3], &sum));
        check_built(c, nncl_op_activation_backward(list, &elu, x, sum, &dx));
        check_output(c, "y", y, few_roundings);
        check_output(c, "dx", dx, few_roundings);
        check_end(c);
    }
}

static const float learning_rate = 0.001f;

/* Appends Adam by `gradient` in a step with mean loss `loss`. The gradient is a sum of `terms`
 * products of numbers in [-1, 1], off by 2·√K·ε/2 of at most K; m by a tenth of that; v by a
 * thousandth of twice the gradient (at most K) times that; w by the rate over √v (at least 0.7)
 * times m's error and the roundings of the update (src/check/adam.c). v is drawn from [0.5, 1], so
 * none of these leaves the linear range. */
static void update(struct check_case *c, nncl_tensor_id gradient, struct nncl_shape shape,
    size_t terms, float loss)
{
    const uint32_t words[NNCL_STATE_SIZE] = {
        [NNCL_STATE_STEP] = 4, [NNCL_STATE_LEARNING_RATE] = ref_bits(learning_rate)};
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &loss);
    nncl_tensor_id w = check_uniform(c, shape, -1, 1), m = check_uniform(c, shape, -1, 1);
    nncl_tensor_id v = check_uniform(c, shape, 0.5f, 1);
    const nncl_tensor_id slots[] = {m, v};
    check_built(c, nncl_op_update(check_list(c), NULL, gradient, state, batch_loss, w, slots));
    const double k = (double)terms, gradient_error = check_sum_bound(terms).sum * k;
    check_output(
        c, "m", m, (struct check_bound){.absolute = 0.1 * gradient_error, .change = 0x1p-22});
    check_output(
        c, "v", v, (struct check_bound){.absolute = 0.002 * k * gradient_error, .change = 0x1p-22});
    check_output(c, "w", w,
        (struct check_bound){.absolute = (double)learning_rate * (gradient_error + 0x1p-19 * k),
            .change = 16 * 0x1p-24});
    check_end(c);
}

static void weight_update(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){.transpose_a = true});
        update(p.c, p.result, p.shape, shapes[i][2], i == 1 ? NAN : 1);
    }
}

/* Another optimizer, whose macros have parameters of their own: gradient descent hands the
 * gradient's error on, times the rate. */
static void weight_descent(struct checker *checker)
{
    const struct nncl_optimizer sgd = {.kind = NNCL_SGD};
    const float loss = 1;
    const uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_LEARNING_RATE] = ref_bits(learning_rate)};
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){.transpose_a = true});
        nncl_tensor_id state = check_uint(p.c, SHAPE(NNCL_STATE_SIZE), words);
        nncl_tensor_id batch_loss = check_float(p.c, SHAPE(1), &loss);
        nncl_tensor_id w = check_uniform(p.c, p.shape, -1, 1);
        check_built(
            p.c, nncl_op_update(check_list(p.c), &sgd, p.result, state, batch_loss, w, NULL));
        const double k = (double)shapes[i][2];
        check_output(p.c, "w", w,
            (struct check_bound){
                .absolute = (double)learning_rate * check_sum_bound(shapes[i][2]).sum * k,
                .change = 2 * 0x1p-24});
        check_end(p.c);
    }
}

/* Decay reads the weights that the optimizer behind it updates. */
static void decayed_descent(struct checker *checker)
{
    const struct nncl_optimizer sgd = {.kind = NNCL_SGD};
    const float loss = 1;
    const uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_LEARNING_RATE] = ref_bits(learning_rate)};
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){.transpose_a = true});
        nncl_tensor_id state = check_uint(p.c, SHAPE(NNCL_STATE_SIZE), words), clipped = 0;
        nncl_tensor_id batch_loss = check_float(p.c, SHAPE(1), &loss), decayed = 0;
        nncl_tensor_id w = check_uniform(p.c, p.shape, -1, 1);
        struct nncl_op_list *list = check_list(p.c);
        check_built(p.c, nncl_op_clip_value(list, 0.5f, p.result, &clipped));
        check_built(p.c, nncl_op_weight_decay(list, 0.25f, clipped, w, &decayed));
        check_built(p.c, nncl_op_update(list, &sgd, decayed, state, batch_loss, w, NULL));
        const double k = (double)shapes[i][2];
        check_output(p.c, "w", w,
            (struct check_bound){.absolute = (double)learning_rate *
                                             (check_sum_bound(shapes[i][2]).sum * k + 0x1p-22),
                .change = 2 * 0x1p-24});
        check_end(p.c);
    }
}

/* An average takes the weights as the optimizer before it leaves them; with decay and clipping it
 * is the fourth behind one product. */
static void averaged_descent(struct checker *checker)
{
    const struct nncl_optimizer sgd = {.kind = NNCL_SGD};
    const float loss = 1;
    const uint32_t words[NNCL_STATE_SIZE] = {
        [NNCL_STATE_STEP] = 4, [NNCL_STATE_LEARNING_RATE] = ref_bits(learning_rate)};
    for (size_t i = 0; i < shape_count(checker); i++) {
        struct product p = begin(checker, shapes[i], (struct nncl_matmul){.transpose_a = true});
        struct nncl_op_list *list = check_list(p.c);
        nncl_tensor_id state = check_uint(p.c, SHAPE(NNCL_STATE_SIZE), words), clipped = 0;
        nncl_tensor_id batch_loss = check_float(p.c, SHAPE(1), &loss), decayed = 0;
        nncl_tensor_id w = check_uniform(p.c, p.shape, -1, 1);
        nncl_tensor_id average = check_uniform(p.c, p.shape, -1, 1);
        check_built(p.c, nncl_op_clip_value(list, 0.5f, p.result, &clipped));
        check_built(p.c, nncl_op_weight_decay(list, 0.25f, clipped, w, &decayed));
        check_built(p.c, nncl_op_update(list, &sgd, decayed, state, batch_loss, w, NULL));
        check_built(p.c, nncl_op_ema(list, 0.75f, w, state, batch_loss, average));
        const double error = (double)learning_rate *
                             (check_sum_bound(shapes[i][2]).sum * (double)shapes[i][2] + 0x1p-22);
        check_output(p.c, "w", w, (struct check_bound){.absolute = error, .change = 2 * 0x1p-24});
        check_output(
            p.c, "average", average, (struct check_bound){.absolute = error + 6 * 0x1p-24});
        check_end(p.c);
    }
}

/* The same behind an update of a gradient that stands in memory. */
static void averaged_momentum(struct checker *checker)
{
    const struct nncl_optimizer momentum = {.kind = NNCL_MOMENTUM};
    const float loss = 1;
    const uint32_t words[NNCL_STATE_SIZE] = {
        [NNCL_STATE_STEP] = 4, [NNCL_STATE_LEARNING_RATE] = ref_bits(learning_rate)};
    for (size_t i = 0; i < shape_count(checker); i++) {
        const struct nncl_shape shape = SHAPE(shapes[i][0], shapes[i][1]);
        struct check_case *c = check_begin(checker, "%zu x %zu", shape.size[0], shape.size[1]);
        struct nncl_op_list *list = check_list(c);
        check_fused(c);
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
        nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &loss);
        nncl_tensor_id g = check_uniform(c, shape, -1, 1), w = check_uniform(c, shape, -1, 1);
        nncl_tensor_id u = check_uniform(c, shape, -1, 1);
        nncl_tensor_id average = check_uniform(c, shape, -1, 1);
        check_built(c, nncl_op_update(list, &momentum, g, state, batch_loss, w, &u));
        check_built(c, nncl_op_ema(list, 0.75f, w, state, batch_loss, average));
        check_output(c, "w", w, (struct check_bound){.absolute = 0x1p-24, .change = 2 * 0x1p-24});
        check_output(c, "u", u, (struct check_bound){.change = 4 * 0x1p-24});
        check_output(c, "average", average, (struct check_bound){.absolute = 8 * 0x1p-24});
        check_end(c);
    }
}

/* The product that makes w's gradient reads w itself: the update must wait until all of it is read.
 */
static void update_of_operand(struct checker *checker)
{
    const size_t n = check_quick(checker) ? 150 : 300;
    struct check_case *c = check_begin(checker, "n=%zu", n);
    check_fused(c);
    const uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_LEARNING_RATE] = ref_bits(1)};
    const float loss = 1;
    nncl_tensor_id w = check_uniform(c, SHAPE(n, n), -1, 1),
                   b = check_uniform(c, SHAPE(n, n), -1, 1);
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words), gradient = 0;
    nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &loss);
    nncl_tensor_id m = check_uniform(c, SHAPE(n, n), -1, 1);
    nncl_tensor_id v = check_uniform(c, SHAPE(n, n), 0.5f, 1);
    check_built(c, nncl_op_matmul(check_list(c), NULL, w, b, &gradient));
    const nncl_tensor_id slots[] = {m, v};
    check_built(c, nncl_op_update(check_list(c), NULL, gradient, state, batch_loss, w, slots));
    check_output(c, "m", m,
        (struct check_bound){
            .absolute = 0.1 * check_sum_bound(n).sum * (double)n, .change = 0x1p-22});
    check_end(c);
}

/* Rows n, features, units: odd ones around tiles, groups of 16 pixels and blocks of 32 rows; so
 * many units that their weights are packed. */
static const size_t gathered_shapes[][3] = {{1, 16, 1}, {5, 17, 7}, {32, 49, 33}, {33, 100, 10},
    {70, 65, 129}, {70, 130, 1000}, {32, 784, 128}, {257, 31, 64}};

enum { SOURCE_ROWS = 50, MOST_ROWS = 257 };
static const float pixel_scale = 1.0f / 255;

static size_t gathered_count(const struct checker *checker)
{
    return check_quick(checker) ? 6 : sizeof gathered_shapes / sizeof gathered_shapes[0];
}

/* Begins a case with rows of bytes gathered as a training does, or read where they stand, as a
 * prediction does. */
static struct check_case *begin_gathered(
    struct checker *checker, const size_t s[3], bool in_order, nncl_tensor_id *x)
{
    struct check_case *c = check_begin(checker, "rows=%zu features=%zu units=%zu%s", s[0], s[1],
        s[2], in_order ? " in order" : "");
    const struct nncl_gather gather = {.scale = pixel_scale, .in_order = in_order};
    uint32_t order[MOST_ROWS];
    for (uint32_t i = 0; i < MOST_ROWS; i++)
        order[i] = i;
    check_fused(c);
    nncl_tensor_id source = check_sparse_byte(c, SHAPE(in_order ? s[0] : SOURCE_ROWS, s[1]));
    nncl_tensor_id rows = in_order ? check_uint(c, SHAPE(s[0]), order)
                                   : check_random_uint(c, SHAPE(s[0]), SOURCE_ROWS);
    check_built(c, nncl_op_gather(check_list(c), &gather, source, rows, x));
    return c;
}

static void gathered_layer(struct checker *checker)
{
    for (size_t i = 0; i < 2 * gathered_count(checker); i++) {
        const size_t *s = gathered_shapes[i / 2];
        nncl_tensor_id x = 0, product = 0, sum = 0, y = 0;
        struct check_case *c = begin_gathered(checker, s, i % 2 == 1, &x);
        nncl_tensor_id w = check_uniform(c, SHAPE(s[1], s[2]), -1, 1);
        nncl_tensor_id b = check_uniform(c, SHAPE(s[2]), -1, 1);
        check_built(c, nncl_op_matmul(check_list(c), NULL, x, w, &product));
        check_built(c, nncl_op_bias(check_list(c), product, b, &sum));
        check_built(c, nncl_op_relu(check_list(c), sum, &y));
        check_output(c, "y", y, check_sum_bound(s[1] + 1));
        check_end(c);
    }
}

static void gathered_update(struct checker *checker)
{
    const struct nncl_matmul transposed = {.transpose_a = true};
    for (size_t i = 0; i < gathered_count(checker); i++) {
        const size_t *s = gathered_shapes[i];
        nncl_tensor_id x = 0, gradient = 0;
        struct check_case *c = begin_gathered(checker, s, false, &x);
        nncl_tensor_id dy = check_uniform(c, SHAPE(s[0], s[2]), -1, 1);
        check_built(c, nncl_op_matmul(check_list(c), &transposed, x, dy, &gradient));
        update(c, gradient, SHAPE(s[1], s[2]), s[0], 1);
    }
}

/* A layer and its gradient read the same rows, which are brought together for both. */
static void gathered_twice(struct checker *checker)
{
    const struct nncl_matmul transposed = {.transpose_a = true};
    for (size_t i = 0; i < gathered_count(checker); i++) {
        const size_t *s = gathered_shapes[i];
        nncl_tensor_id x = 0, product = 0, gradient = 0;
        struct check_case *c = begin_gathered(checker, s, false, &x);
        nncl_tensor_id w = check_uniform(c, SHAPE(s[1], s[2]), -1, 1);
        nncl_tensor_id dy = check_uniform(c, SHAPE(s[0], s[2]), -1, 1);
        check_built(c, nncl_op_matmul(check_list(c), NULL, x, w, &product));
        check_built(c, nncl_op_matmul(check_list(c), &transposed, x, dy, &gradient));
        check_output(c, "product", product, check_sum_bound(s[1]));
        check_output(c, "gradient", gradient, check_sum_bound(s[0]));
        check_end(c);
    }
}

static void bias_update(struct checker *checker)
{
    for (size_t i = 0; i < shape_count(checker); i++) {
        size_t n = shapes[i][0], m = shapes[i][1];
        struct check_case *c = check_begin(checker, "n=%zu m=%zu", n, m);
        check_fused(c);
        nncl_tensor_id dy = check_uniform(c, SHAPE(n, m), -1, 1), db = 0;
        check_built(c, nncl_op_bias_backward(check_list(c), dy, &db));
        update(c, db, SHAPE(m), n, i == 1 ? INFINITY : 1);
    }
}

const struct check_op check_fusion[] = {
    {.name = "matmul+bias+relu", .cases = layer, .products = true},
    {.name = "matmul+relu_backward", .cases = layer_backward, .products = true},
    {.name = "matmul+bias+elu", .cases = activation, .products = true},
    {.name = "matmul+elu_backward", .cases = activation_backward, .products = true},
    {.name = "matmul+bias+add+relu", .cases = joined, .products = true},
    {.name = "matmul+batchnorm+relu", .cases = normalised, .products = true},
    {.name = "matmul+bias+batchnorm+add+relu", .cases = normalised_and_joined, .products = true},
    {.name = "batchnorm+relu, its gradient+elu_backward", .cases = normalised_batch},
    {.name = "matmul+adam", .cases = weight_update, .products = true},
    {.name = "matmul+sgd", .cases = weight_descent, .products = true},
    {.name = "matmul+clip_value+weight_decay+sgd", .cases = decayed_descent, .products = true},
    {.name = "matmul+clip_value+weight_decay+sgd+ema", .cases = averaged_descent, .products = true},
    {.name = "momentum+ema", .cases = averaged_momentum},
    {.name = "matmul, adam of its operand", .cases = update_of_operand, .products = true},
    {.name = "gather+matmul+bias+relu", .cases = gathered_layer, .products = true},
    {.name = "gather+matmul+adam", .cases = gathered_update, .products = true},
    {.name = "gather+two matmuls", .cases = gathered_twice, .products = true},
    {.name = "permute+gather+gather", .cases = check_batch, .products = true},
    {.name = "matmul+softmax_xent+updates", .cases = check_head, .products = true},
    {.name = "matmul+softmax_xent+steps", .cases = check_steps, .products = true},
    {.name = "bias_backward+adam", .cases = bias_update}, {0}};
