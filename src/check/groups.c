/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Groups, several ops in one launch, against the ops one by one. */
#include <math.h>

#include "check/groups.h"
#include "ref/ref.h"

void check_batch(struct checker *checker)
{
    /* Rows of the batch, rows of the data, bytes of a row. */
    static const size_t shapes[][3] = {{1, 1, 1}, {5, 9, 17}, {33, 70, 15}, {32, 500, 784}};
    const struct nncl_gather gather = {.scale = 1.0f / 255}, plain = {0};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const size_t n = shapes[i][0], count = shapes[i][1], features = shapes[i][2];
        struct check_case *c = check_begin(checker, "n=%zu of %zu, %zu bytes", n, count, features);
        const struct nncl_permute permute = {
            .seed = 7 + i, .count = (uint32_t)count, .shuffle = i != 1};
        const uint32_t words[NNCL_STATE_SIZE] = {
            [NNCL_STATE_EPOCH] = 3, [NNCL_STATE_POSITION] = (uint32_t)(count - n) / 2};
        nncl_tensor_id rows = 0, x = 0, y = 0, product = 0, other = 0;
        check_fused(c);
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
        nncl_tensor_id source = check_random_byte(c, SHAPE(count, features));
        nncl_tensor_id labels = check_random_uint(c, SHAPE(count), 1000);
        nncl_tensor_id w = check_uniform(c, SHAPE(features, 3), -1, 1);
        check_built(c, nncl_op_permute(check_list(c), &permute, n, state, &rows));
        check_built(c, nncl_op_gather(check_list(c), &gather, source, rows, &x));
        check_built(c, nncl_op_gather(check_list(c), &plain, labels, rows, &y));
        /* Two readers, so that the rows stay bytes. */
        check_built(c, nncl_op_matmul(check_list(c), NULL, x, w, &product));
        check_built(c, nncl_op_matmul(check_list(c), NULL, x, w, &other));
        check_output(c, "labels", y, (struct check_bound){0});
        check_output(c, "product", product, check_sum_bound(features));
        check_output(c, "other product", other, check_sum_bound(features));
        check_end(c);
    }
}

static const float learning_rate = 0.001f;

/* What the ops of a head share. */
struct head {
    struct check_case *c;
    nncl_tensor_id state, metrics, batch_loss;
    double error; /* of a gradient */
};

/* Adam of a parameter by `gradient`; the bounds are those of src/check/fusion.c. */
static void update(const struct head *head, const char *const names[3], nncl_tensor_id gradient,
    struct nncl_shape shape, nncl_tensor_id w)
{
    struct check_case *c = head->c;
    nncl_tensor_id m = check_uniform(c, shape, -1, 1), v = check_uniform(c, shape, 0.5f, 1);
    const nncl_tensor_id slots[] = {m, v};
    check_built(
        c, nncl_op_update(check_list(c), NULL, gradient, head->state, head->batch_loss, w, slots));
    check_output(c, names[0], m, (struct check_bound){.absolute = head->error, .change = 0x1p-22});
    check_output(c, names[1], v, (struct check_bound){.absolute = head->error, .change = 0x1p-22});
    check_output(c, names[2], w,
        (struct check_bound){
            .absolute = (double)learning_rate * (head->error + 0x1p-19), .change = 16 * 0x1p-24});
}

/* n rows, k hidden units, c classes. */
struct head_shape {
    size_t n, k, classes;
};

/* The ops from the hidden layer h and its bias on. A logit is a sum of k products of numbers in
 * [-1, 1]; its error is twice that of a probability, and a gradient sums up at most n · c of these
 * over n. Returns h's gradient. */
static nncl_tensor_id build_head(struct head *head, struct head_shape shape, nncl_tensor_id h,
    nncl_tensor_id hidden, nncl_tensor_id labels, double logit_error)
{
    struct check_case *c = head->c;
    const size_t k = shape.k, classes = shape.classes;
    const struct nncl_matmul turn_a = {.transpose_a = true}, turn_b = {.transpose_b = true};
    struct nncl_op_list *list = check_list(c);
    nncl_tensor_id product = 0, x = 0, loss = 0, predicted = 0, slope = 0, back = 0, dh = 0;
    nncl_tensor_id hidden_gradient = 0, w_gradient = 0, b_gradient = 0;
    nncl_tensor_id w = check_uniform(c, SHAPE(k, classes), -1, 1);
    nncl_tensor_id b = check_uniform(c, SHAPE(classes), -1, 1);
    head->error = 2 * (double)classes * (logit_error + 0x1p-22);
    check_built(c, nncl_op_matmul(list, NULL, h, w, &product));
    check_built(c, nncl_op_bias(list, product, b, &x));
    check_built(c, nncl_op_softmax_xent(list, x, labels, &loss, &predicted));
    check_built(
        c, nncl_op_metrics(list, loss, predicted, labels, head->metrics, &head->batch_loss));
    check_built(c, nncl_op_softmax_xent_backward(list, x, labels, &slope));
    check_built(c, nncl_op_matmul(list, &turn_b, slope, w, &back));
    check_built(c, nncl_op_relu_backward(list, h, back, &dh));
    check_built(c, nncl_op_bias_backward(list, dh, &hidden_gradient));
    update(head, (const char *const[]){"hidden m", "hidden v", "hidden bias"}, hidden_gradient,
        SHAPE(k), hidden);
    check_built(c, nncl_op_matmul(list, &turn_a, h, slope, &w_gradient));
    update(head, (const char *const[]){"w m", "w v", "w"}, w_gradient, SHAPE(k, classes), w);
    check_built(c, nncl_op_bias_backward(list, slope, &b_gradient));
    update(head, (const char *const[]){"b m", "b v", "b"}, b_gradient, SHAPE(classes), b);
    check_output(c, "batch_loss", head->batch_loss,
        (struct check_bound){.absolute = 4 * logit_error, .ulp = 32});
    return dh;
}

static void check_metrics(const struct head *head, size_t rows, double logit_error)
{
    check_output(head->c, "metrics", head->metrics,
        (struct check_bound){.absolute = (4 * logit_error + 0x1p-20) * (double)rows,
            .float_words = NNCL_METRICS_CORRECT});
}

static void one_head(struct checker *checker, struct head_shape shape, bool bad)
{
    const size_t n = shape.n, k = shape.k;
    struct check_case *c =
        check_begin(checker, "n=%zu k=%zu c=%zu%s", n, k, shape.classes, bad ? ", a bad step" : "");
    const double logit_error = check_sum_bound(k + 1).sum * (double)(k + 1);
    const uint32_t words[NNCL_STATE_SIZE] = {
        [NNCL_STATE_STEP] = 4, [NNCL_STATE_LEARNING_RATE] = ref_bits(learning_rate)};
    struct head head = {.c = c};
    check_fused(c);
    head.state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id h = check_uniform(c, SHAPE(n, k), -1, 1);
    if (bad)
        check_put(c, h, (const float[]){NAN}, 1);
    nncl_tensor_id labels = check_random_uint(c, SHAPE(n), (uint32_t)shape.classes);
    nncl_tensor_id hidden = check_uniform(c, SHAPE(k), -1, 1);
    head.metrics = check_uint(c, SHAPE(NNCL_METRICS_SIZE), (const uint32_t[NNCL_METRICS_SIZE]){0});
    nncl_tensor_id dh = build_head(&head, shape, h, hidden, labels, logit_error);
    check_output(c, "dh", dh, (struct check_bound){.absolute = head.error / (double)n});
    check_metrics(&head, n, logit_error);
    check_end(c);
}

void check_head(struct checker *checker)
{
    one_head(checker, (struct head_shape){1, 4, 2}, false);
    one_head(checker, (struct head_shape){5, 12, 3}, false);
    one_head(checker, (struct head_shape){33, 20, 17}, false);
    one_head(checker, (struct head_shape){32, 128, 10}, false);
    one_head(checker, (struct head_shape){6, 16, 4}, true);
}

/* Four or five training steps of a network with one hidden layer, on `count` rows of `features`
 * bytes, whole batches of them; they pass the end of an epoch. Weights of 2 / features keep a
 * hidden unit within about [-1, 1], with a rounding error that all logits add up. In a bad step a
 * bias is not finite. */
static void some_steps(
    struct checker *checker, struct head_shape shape, size_t count, size_t features, bool bad)
{
    const size_t n = shape.n, k = shape.k;
    const uint32_t steps = n % 2 == 0 ? 4 : 5;
    struct check_case *c = check_begin(checker, "%u of n=%zu f=%zu k=%zu c=%zu%s", steps, n,
        features, k, shape.classes, bad ? ", bad ones" : "");
    const float most = 2.0f / (float)features;
    const double h_error = check_sum_bound(features + 1).sum * 2,
                 logit_error = check_sum_bound(k + 1).sum * (double)(k + 1) + (double)k * h_error;
    const struct nncl_permute permute = {.seed = 9, .count = (uint32_t)count, .shuffle = true};
    const struct nncl_gather gather = {.scale = 1.0f / 255}, plain = {0};
    const struct nncl_matmul turn_a = {.transpose_a = true};
    const struct nncl_advance_state advance = {.batch = (uint32_t)n, .count = (uint32_t)count};
    const uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_STEP] = 4,
        [NNCL_STATE_EPOCH] = 2,
        [NNCL_STATE_LEARNING_RATE] = ref_bits(learning_rate)};
    struct head head = {.c = c};
    struct nncl_op_list *list = check_list(c);
    nncl_tensor_id rows = 0, x = 0, y = 0, h = 0, dw = 0;
    check_pipelined(c, steps);
    head.state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id source = check_sparse_byte(c, SHAPE(count, features));
    nncl_tensor_id labels = check_random_uint(c, SHAPE(count), (uint32_t)shape.classes);
    nncl_tensor_id w = check_uniform(c, SHAPE(features, k), -most, most);
    nncl_tensor_id b = check_uniform(c, SHAPE(k), -1, 1);
    if (bad)
        check_put(c, b, (const float[]){INFINITY}, 1);
    head.metrics = check_uint(c, SHAPE(NNCL_METRICS_SIZE), (const uint32_t[NNCL_METRICS_SIZE]){0});
    check_built(c, nncl_op_permute(list, &permute, n, head.state, &rows));
    check_built(c, nncl_op_gather(list, &gather, source, rows, &x));
    check_built(c, nncl_op_gather(list, &plain, labels, rows, &y));
    check_built(c, nncl_op_matmul(list, NULL, x, w, &h));
    check_built(c, nncl_op_bias(list, h, b, &h));
    check_built(c, nncl_op_relu(list, h, &h));
    nncl_tensor_id dh = build_head(&head, shape, h, b, y, logit_error);
    check_built(c, nncl_op_matmul(list, &turn_a, x, dh, &dw));
    update(
        &head, (const char *const[]){"first m", "first v", "first w"}, dw, SHAPE(features, k), w);
    check_built(c, nncl_op_advance_state(list, &advance, head.batch_loss, head.state));
    check_output(c, "state", head.state, (struct check_bound){0});
    if (!bad) /* what comes behind a bad step counts other rows */
        check_metrics(&head, steps * n, logit_error);
    check_end(c);
}

void check_steps(struct checker *checker)
{
    some_steps(checker, (struct head_shape){5, 12, 3}, 15, 19, false);
    some_steps(checker, (struct head_shape){16, 8, 2}, 16, 16, false);
    some_steps(checker, (struct head_shape){33, 48, 5}, 99, 50, false);
    some_steps(checker, (struct head_shape){37, 64, 5}, 111, 83, false);
    if (!check_quick(checker))
        some_steps(checker, (struct head_shape){32, 128, 10}, 96, 784, false);
    some_steps(checker, (struct head_shape){6, 32, 4}, 18, 20, true);
}
