/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* FLOP and bytes of ops against figures worked out by hand. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "ops/groups.h"

#define OK(call) cr_assert_eq((call), NNCL_OK, "%s", nncl_last_error())

static struct nncl_op_list *list;

static void make_list(void)
{
    OK(nncl_op_list_create(&list));
}

static void free_list(void)
{
    nncl_op_list_free(&list);
}

TestSuite(cost, .init = make_list, .fini = free_list);

static nncl_tensor_id declare(enum nncl_type type, struct nncl_shape shape)
{
    nncl_tensor_id id;
    OK(nncl_op_list_tensor(list, "t", type, &shape, &id));
    return id;
}

static const struct op *op_at(size_t index)
{
    cr_assert_lt(index, list->op_count);
    return &list->ops[index];
}

static void expect_cost(const struct op *op, double flop, double bytes)
{
    struct op_cost cost = op_cost(list, op);
    cr_expect_eq(cost.flop, flop, "%s: %g FLOP, not %g", op->type->name, cost.flop, flop);
    cr_expect_eq(cost.bytes, bytes, "%s: %g bytes, not %g", op->type->name, cost.bytes, bytes);
}

static void expect_extent(const struct op *op, struct nncl_shape wanted)
{
    struct nncl_shape shape = op_extent(list, op);
    cr_assert_eq(shape.rank, wanted.rank, "%s", op->type->name);
    for (unsigned i = 0; i < wanted.rank; i++)
        cr_expect_eq(shape.size[i], wanted.size[i], "%s, size %u", op->type->name, i);
}

/* [3, 5] · [5, 2]: 2·3·5·2 operations over 15 + 10 floats read and 6 written. */
Test(cost, product_in_all_cases)
{
    nncl_tensor_id c;
    for (int i = 0; i < 4; i++) {
        const struct nncl_matmul how = {.transpose_a = i & 1, .transpose_b = i >> 1};
        nncl_tensor_id a = declare(NNCL_FLOAT32, how.transpose_a ? SHAPE(5, 3) : SHAPE(3, 5));
        nncl_tensor_id b = declare(NNCL_FLOAT32, how.transpose_b ? SHAPE(2, 5) : SHAPE(5, 2));
        OK(nncl_op_matmul(list, &how, a, b, &c));
        expect_cost(op_at((size_t)i), 60, 4 * (15 + 10 + 6));
        expect_extent(op_at((size_t)i), SHAPE(3, 2, 5));
    }
}

/* A · A: one matrix is read, not two. */
Test(cost, tensor_read_twice_counts_once)
{
    nncl_tensor_id a = declare(NNCL_FLOAT32, SHAPE(4, 4)), c;
    OK(nncl_op_matmul(list, NULL, a, a, &c));
    expect_cost(op_at(0), 128, 4 * (16 + 16));
}

Test(cost, sums_by_weights)
{
    const struct nncl_combine combine = {1, 2};
    nncl_tensor_id a = declare(NNCL_FLOAT32, SHAPE(3, 5)), b = declare(NNCL_FLOAT32, SHAPE(3, 5)),
                   y;
    OK(nncl_op_combine(list, &combine, a, b, &y));
    expect_cost(op_at(0), 45, 4 * (15 + 15 + 15));
}

Test(cost, ops_by_element)
{
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(3, 5)), b = declare(NNCL_FLOAT32, SHAPE(5));
    nncl_tensor_id y;
    OK(nncl_op_bias(list, x, b, &y));
    expect_cost(op_at(0), 15, 4 * (15 + 5 + 15));
    OK(nncl_op_bias_backward(list, x, &y));
    expect_cost(op_at(1), 15, 4 * (15 + 5));
    OK(nncl_op_relu(list, x, &y));
    expect_cost(op_at(2), 15, 4 * (15 + 15));
    OK(nncl_op_relu_backward(list, y, x, &y));
    expect_cost(op_at(3), 15, 4 * (15 + 15 + 15));
    OK(nncl_op_softmax(list, x, &y));
    expect_cost(op_at(4), 75, 4 * (15 + 15));
    OK(nncl_op_add(list, x, y, &y));
    expect_cost(op_at(5), 15, 4 * (15 + 15 + 15));
    OK(nncl_op_softmax_backward(list, y, x, &y));
    expect_cost(op_at(6), 60, 4 * (15 + 15 + 15));
}

/* Two rows of 3 pixels by 5 channels; sums of 6 rows are made in one part of [1, 2, 5]. */
Test(cost, batch_normalisation)
{
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(2, 15)), w = declare(NNCL_FLOAT32, SHAPE(5));
    nncl_tensor_id b = declare(NNCL_FLOAT32, SHAPE(5)), mean = declare(NNCL_FLOAT32, SHAPE(5)),
                   variance = declare(NNCL_FLOAT32, SHAPE(5));
    nncl_tensor_id state = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE));
    nncl_tensor_id loss = declare(NNCL_FLOAT32, SHAPE(1)), statistics, y, dw, db;
    OK(nncl_op_batchnorm_statistics(list, NULL, x, 5, &statistics));
    expect_cost(op_at(0), 4 * 30, 4 * (30 + 10 + 15));
    OK(nncl_op_batchnorm(list, x, w, b, statistics, &y));
    expect_cost(op_at(1), 4 * 30, 4 * (30 + 5 + 5 + 15 + 30));
    OK(nncl_op_batchnorm_inference(list, NULL, x, w, b, mean, variance, &y));
    expect_cost(op_at(2), 4 * 30, 4 * (30 + 4 * 5 + 30));
    OK(nncl_op_batchnorm_backward_sums(list, x, y, statistics, &dw, &db));
    expect_cost(op_at(3), 4 * 30, 4 * (30 + 30 + 15 + 10 + 5 + 5));
    OK(nncl_op_batchnorm_backward(list, x, y, w, statistics, dw, db, &y));
    expect_cost(op_at(4), 8 * 30, 4 * (30 + 30 + 5 + 15 + 5 + 5 + 30));
    OK(nncl_op_batchnorm_running(list, NULL, 6, statistics, state, loss, mean, variance));
    expect_cost(op_at(5), 7 * 5, 4 * (15 + NNCL_STATE_SIZE + 1 + 2 * (5 + 5)));
}

/* Two rows of three groups of 5; their 6 rows are summed in one part of [1, 2, 5]. */
Test(cost, layer_normalisation)
{
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(2, 15)), w = declare(NNCL_FLOAT32, SHAPE(5));
    nncl_tensor_id b = declare(NNCL_FLOAT32, SHAPE(5)), statistics, y, dx, dw, db;
    OK(nncl_op_layernorm(list, 0, x, w, b, &statistics, &y));
    expect_cost(op_at(0), 8 * 30, 4 * (30 + 5 + 5 + 12 + 30));
    OK(nncl_op_layernorm_backward(list, x, y, w, statistics, &dx));
    expect_cost(op_at(1), 13 * 30, 4 * (30 + 30 + 5 + 12 + 30));
    OK(nncl_op_layernorm_backward_sums(list, x, y, statistics, &dw, &db));
    expect_cost(op_at(2), 5 * 30, 4 * (30 + 30 + 12 + 10 + 5 + 5));
}

/* Windows of 3 channels. */
Test(cost, local_response_normalisation)
{
    const struct nncl_lrn lrn = {.size = 3};
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(2, 15)), d, y, dx;
    OK(nncl_op_lrn(list, &lrn, 5, x, &d, &y));
    expect_cost(op_at(0), (2 * 3 + 4) * 30, 4 * (3 * 30));
    OK(nncl_op_lrn_backward(list, &lrn, 5, x, y, d, y, &dx));
    expect_cost(op_at(1), (3 * 3 + 5) * 30, 4 * (4 * 30));
}

Test(cost, loss_and_metrics)
{
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(3, 5)), labels = declare(NNCL_UINT32, SHAPE(3));
    nncl_tensor_id metrics = declare(NNCL_UINT32, SHAPE(4));
    nncl_tensor_id counts = declare(NNCL_UINT32, SHAPE(5, 5));
    nncl_tensor_id loss, predicted, dx, mean;
    OK(nncl_op_softmax_xent(list, x, labels, &loss, &predicted));
    expect_cost(op_at(0), 4 * 15 + 3 * 3, 4 * (15 + 3 + 3 + 3));
    OK(nncl_op_softmax_xent_backward(list, x, labels, &dx));
    expect_cost(op_at(1), 7 * 15, 4 * (15 + 3 + 15));
    OK(nncl_op_metrics(list, loss, predicted, labels, metrics, &mean));
    expect_cost(op_at(2), 3, 4 * (3 + 3 + 3 + 2 * 4 + 1));
    OK(nncl_op_confusion(list, labels, predicted, counts));
    expect_cost(op_at(3), 0, 4 * (3 + 3 + 2 * 25));
}

Test(cost, losses_against_targets)
{
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(3, 5)), labels = declare(NNCL_UINT32, SHAPE(3));
    const double forward[] = {7 * 15 + 3, 7 * 15 + 3, 3 * 15 + 3};
    const double backward[] = {7 * 15, 5 * 15, 2 * 15};
    nncl_tensor_id t, loss, predicted, dx;
    OK(nncl_op_targets(list, &(struct nncl_targets){5, 1, 0}, labels, &t));
    expect_cost(op_at(0), 0, 4 * (3 + 15));
    expect_extent(op_at(0), SHAPE(3, 5));
    for (size_t kind = 0; kind < 3; kind++) {
        OK(nncl_op_target_loss(list, (enum nncl_loss)kind, x, t, &loss, &predicted));
        expect_cost(op_at(1 + 2 * kind), forward[kind], 4 * (15 + 15 + 3 + 3));
        OK(nncl_op_target_loss_backward(list, (enum nncl_loss)kind, x, t, &dx));
        expect_cost(op_at(2 + 2 * kind), backward[kind], 4 * (15 + 15 + 15));
    }
}

/* A reach of 3 · 1: seven taps. */
Test(cost, elastic)
{
    const struct nncl_elastic elastic = {.height = 4, .width = 5, .amount = 1, .sigma = 1};
    nncl_tensor_id state = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)), noise, y;
    OK(nncl_op_elastic_noise(list, &elastic, 3, state, &noise));
    expect_cost(op_at(0), 3 * 120, 4 * (NNCL_STATE_SIZE + 120));
    expect_extent(op_at(0), SHAPE(3, 40));
    OK(nncl_op_elastic_smooth(list, &elastic, noise, &y));
    expect_cost(op_at(1), 2 * 7 * 120, 4 * (120 + 120));
}

Test(cost, mixup)
{
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(3, 5)), weights, out;
    nncl_tensor_id state = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE));
    OK(nncl_op_mixup_weights(list, &(struct nncl_mixup){.alpha = 1}, 3, state, &weights));
    expect_cost(op_at(0), 11 * 3, 4 * (NNCL_STATE_SIZE + 3));
    expect_extent(op_at(0), SHAPE(3));
    OK(nncl_op_mixup(list, x, weights, &out));
    expect_cost(op_at(1), 3 * 15, 4 * (15 + 3 + 15));
}

/* Gradient, state and loss are read; weight and moments are read and written. */
Test(cost, updates_count_both_ways)
{
    nncl_tensor_id gradient = declare(NNCL_FLOAT32, SHAPE(6, 7));
    nncl_tensor_id state = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE));
    nncl_tensor_id loss = declare(NNCL_FLOAT32, SHAPE(1));
    nncl_tensor_id w = declare(NNCL_FLOAT32, SHAPE(6, 7)), m = declare(NNCL_FLOAT32, SHAPE(6, 7)),
                   v = declare(NNCL_FLOAT32, SHAPE(6, 7));
    const nncl_tensor_id slots[] = {m, v};
    OK(nncl_op_update(list, NULL, gradient, state, loss, w, slots));
    expect_cost(op_at(0), 12 * 42, 4 * (42 + NNCL_STATE_SIZE + 1 + 2 * 3 * 42));
    OK(nncl_op_advance_state(
        list, &(struct nncl_advance_state){.batch = 1, .count = 1}, loss, state));
    expect_cost(op_at(1), 0, 4 * (1 + 2 * NNCL_STATE_SIZE));
    static const struct {
        enum nncl_optimizer_kind kind;
        unsigned flop, tensors;
    } others[] = {{NNCL_ADAMW, 13, 3}, {NNCL_NADAM, 15, 3}, {NNCL_SGD, 2, 1}, {NNCL_MOMENTUM, 4, 2},
        {NNCL_NESTEROV, 6, 2}, {NNCL_RMSPROP, 9, 2}, {NNCL_ADAGRAD, 7, 2}, {NNCL_ADADELTA, 16, 3}};
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        const struct nncl_optimizer optimizer = {.kind = others[i].kind};
        OK(nncl_op_update(list, &optimizer, gradient, state, loss, w, slots));
        expect_cost(op_at(2 + i), others[i].flop * 42,
            4 * (42 + NNCL_STATE_SIZE + 1 + 2 * others[i].tensors * 42));
    }
}

/* A weight is read, its average read and written; together with an update the weight counts once.
 */
Test(cost, averages_read_weights)
{
    nncl_tensor_id w = declare(NNCL_FLOAT32, SHAPE(6, 7)), g = declare(NNCL_FLOAT32, SHAPE(6, 7));
    nncl_tensor_id state = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE));
    nncl_tensor_id loss = declare(NNCL_FLOAT32, SHAPE(1));
    nncl_tensor_id average = declare(NNCL_FLOAT32, SHAPE(6, 7));
    const struct nncl_optimizer sgd = {.kind = NNCL_SGD};
    OK(nncl_op_ema(list, 0.9f, w, state, loss, average));
    expect_cost(op_at(0), 3 * 42, 4 * (42 + NNCL_STATE_SIZE + 1 + 2 * 42));
    expect_extent(op_at(0), SHAPE(6, 7));
    OK(nncl_op_update(list, &sgd, g, state, loss, w, NULL));
    struct op both = *op_at(1), folded = *op_at(0);
    both.folded = &folded;
    both.folded_count = 1;
    expect_cost(&both, 5 * 42, 4 * (42 + NNCL_STATE_SIZE + 1 + 2 * 42 + 2 * 42));
}

Test(cost, gradients_are_read_and_written)
{
    nncl_tensor_id g = declare(NNCL_FLOAT32, SHAPE(6, 7)), w = declare(NNCL_FLOAT32, SHAPE(6, 7));
    nncl_tensor_id sums, out;
    OK(nncl_op_weight_decay(list, 0.1f, g, w, &out));
    expect_cost(op_at(0), 2 * 42, 4 * 3 * 42);
    OK(nncl_op_clip_value(list, 0.1f, g, &out));
    expect_cost(op_at(1), 2 * 42, 4 * 2 * 42);
    OK(nncl_op_square_sums(list, g, NULL, &sums));
    expect_cost(op_at(2), 2 * 42, 4 * (42 + 256));
    OK(nncl_op_square_sums(list, g, &sums, &out));
    expect_cost(op_at(3), 2 * 42, 4 * (42 + 2 * 256));
    OK(nncl_op_clip_norm(list, 0.1f, g, sums, &out));
    expect_cost(op_at(4), 42, 4 * (2 * 42 + 256));
}

/* 9 of 1000 rows of 20 bytes; no element counts as a float that is none. */
Test(cost, gathers_count_the_rows_they_read)
{
    nncl_tensor_id data = declare(NNCL_UINT8, SHAPE(1000, 20));
    nncl_tensor_id labels = declare(NNCL_UINT32, SHAPE(1000));
    nncl_tensor_id state = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)), rows, x, y;
    OK(nncl_op_permute(list, &(struct nncl_permute){.count = 1000}, 9, state, &rows));
    expect_cost(op_at(0), 0, 4 * (NNCL_STATE_SIZE + 9));
    expect_extent(op_at(0), SHAPE(9));
    OK(nncl_op_gather(list, &(struct nncl_gather){.scale = 0.5f}, data, rows, &x));
    expect_cost(op_at(1), 9 * 20, 9 * 20 + 4 * (9 + 9 * 20));
    expect_extent(op_at(1), SHAPE(9, 20));
    OK(nncl_op_gather(list, &(struct nncl_gather){.scale = 0.5f, .shift = 1}, data, rows, &x));
    expect_cost(op_at(2), 2 * 9 * 20, 9 * 20 + 4 * (9 + 9 * 20));
    OK(nncl_op_gather(list, NULL, labels, rows, &y));
    expect_cost(op_at(3), 0, 4 * (9 + 9 + 9));
}

/* Copies of two ops as an op's folded ones, as the fusion pass leaves them. */
static void fold(struct op *op, size_t first, size_t second)
{
    op->folded = malloc(2 * sizeof *op->folded);
    cr_assert_not_null(op->folded);
    op->folded[0] = list->ops[first];
    op->folded[1] = list->ops[second];
    op->folded_count = 2;
    list->tensors[op->tensor[2]].folded = true;
    list->tensors[op->folded[0].tensor[2]].folded = true;
}

/* relu(bytes · b + bias): bytes and weights go in, the last result comes out, nothing between. */
Test(cost, what_is_folded_is_no_traffic)
{
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(9, 20));
    nncl_tensor_id b = declare(NNCL_FLOAT32, SHAPE(20, 7)), bias = declare(NNCL_FLOAT32, SHAPE(7));
    nncl_tensor_id c, z, y;
    OK(nncl_op_matmul(list, NULL, x, b, &c));
    OK(nncl_op_bias(list, c, bias, &z));
    OK(nncl_op_relu(list, z, &y));
    struct op *product = &list->ops[0];
    fold(product, 1, 2);
    list->tensors[x].type = NNCL_UINT8;
    product->byte_scale = 0.5f;
    expect_cost(product, 2 * 9 * 20 * 7 + 2 * 9 * 7, 9 * 20 + 4 * (20 * 7 + 7 + 9 * 7));
    expect_extent(product, SHAPE(9, 7, 20));
}

/* Adam's update of a tensor of that shape, by a gradient which nothing stores. */
static nncl_tensor_id add_update(nncl_tensor_id state, nncl_tensor_id loss, nncl_tensor_id gradient,
    struct nncl_shape shape, nncl_tensor_id w)
{
    const nncl_tensor_id slots[] = {declare(NNCL_FLOAT32, shape), declare(NNCL_FLOAT32, shape)};
    OK(nncl_op_update(list, NULL, gradient, state, loss, w, slots));
    list->tensors[gradient].folded = true;
    return w;
}

/* A whole training step: all operations of its parts; each parameter and its moments are read once
 * and written once, and what stays inside the step is not stored. */
Test(cost, fused_step)
{
    enum { N = 9, M = 20, K = 16, C = 3, ROWS = 50 };
    const struct nncl_matmul turn_a = {.transpose_a = true}, turn_b = {.transpose_b = true};
    const struct nncl_permute permute = {.count = ROWS};
    const struct nncl_gather gather = {.scale = 1}, plain = {0};
    nncl_tensor_id state = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)),
                   next = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)),
                   metrics = declare(NNCL_UINT32, SHAPE(NNCL_METRICS_SIZE)),
                   source = declare(NNCL_UINT8, SHAPE(ROWS, M)),
                   labels = declare(NNCL_UINT32, SHAPE(ROWS)),
                   h = declare(NNCL_FLOAT32, SHAPE(N, K)), w1 = declare(NNCL_FLOAT32, SHAPE(M, K)),
                   b1 = declare(NNCL_FLOAT32, SHAPE(K)), w2 = declare(NNCL_FLOAT32, SHAPE(K, C)),
                   b2 = declare(NNCL_FLOAT32, SHAPE(C));
    nncl_tensor_id rows, x, y, product, logits, losses, predicted, loss, slope, back, dh, dw1, db1,
        dw2, db2, first, biased, next_h;
    OK(nncl_op_permute(list, &permute, N, state, &rows));
    OK(nncl_op_gather(list, &gather, source, rows, &x));
    OK(nncl_op_gather(list, &plain, labels, rows, &y));
    OK(nncl_op_matmul(list, NULL, h, w2, &product));
    OK(nncl_op_bias(list, product, b2, &logits));
    OK(nncl_op_softmax_xent(list, logits, y, &losses, &predicted));
    OK(nncl_op_metrics(list, losses, predicted, y, metrics, &loss));
    OK(nncl_op_softmax_xent_backward(list, logits, y, &slope));
    OK(nncl_op_matmul(list, &turn_b, slope, w2, &back));
    OK(nncl_op_relu_backward(list, h, back, &dh));
    OK(nncl_op_bias_backward(list, dh, &db1));
    add_update(state, loss, db1, SHAPE(K), b1);
    OK(nncl_op_matmul(list, &turn_a, h, slope, &dw2));
    add_update(state, loss, dw2, SHAPE(K, C), w2);
    OK(nncl_op_bias_backward(list, slope, &db2));
    add_update(state, loss, db2, SHAPE(C), b2);
    OK(nncl_op_matmul(list, &turn_a, x, dh, &dw1));
    add_update(state, loss, dw1, SHAPE(M, K), w1);
    OK(nncl_op_matmul(list, NULL, x, w1, &first));
    OK(nncl_op_bias(list, first, b1, &biased));
    OK(nncl_op_relu(list, biased, &next_h));
    static const unsigned places[] = {STEP_BATCH + BATCH_PERMUTE, STEP_BATCH + BATCH_FEATURES,
        STEP_BATCH + BATCH_LABELS, HEAD_LOGITS, HEAD_BIAS, HEAD_LOSS, HEAD_METRICS, HEAD_SLOPE,
        HEAD_BACK, HEAD_RELU_BACKWARD, HEAD_HIDDEN_GRADIENT, HEAD_HIDDEN_UPDATE,
        HEAD_WEIGHT_GRADIENT, HEAD_WEIGHT_UPDATE, HEAD_BIAS_GRADIENT, HEAD_BIAS_UPDATE,
        STEP_GRADIENT, STEP_UPDATE, STEP_PRODUCT, STEP_BIAS, STEP_RELU};
    struct op parts[STEP_PARTS] = {
        [STEP_END] = {.type = &op_next_state, .tensor = {loss, state, next}}};
    struct op group = {.type = &op_fused_step, .folded = parts, .folded_count = STEP_PARTS};
    double flop = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        flop += op_cost(list, op_at(i)).flop;
        parts[places[i]] = *op_at(i);
    }
    const nncl_tensor_id inside[] = {
        rows, x, y, product, logits, losses, predicted, slope, back, dh, first, biased};
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
        list->tensors[inside[i]].folded = true;
    expect_cost(&group, flop,
        N * M + 4 * (N + 2 * N * K + 2 * NNCL_STATE_SIZE + 2 * NNCL_METRICS_SIZE + 2) +
            4 * 2 * 3 * (M * K + K + K * C + C));
    expect_extent(&group, SHAPE(M, K, N));
}

/* Two pictures of 4 x 5 by 2, three windows of 3 x 3: 2 x 3 of them stand in a picture. */
Test(cost, convolution)
{
    const struct nncl_conv2d conv = {.height = 4, .width = 5};
    nncl_tensor_id x = declare(NNCL_FLOAT32, SHAPE(2, 40)), y;
    nncl_tensor_id w = declare(NNCL_FLOAT32, SHAPE(3, 3, 2, 3));
    OK(nncl_op_conv2d(list, &conv, x, w, &y));
    expect_cost(op_at(0), 2 * (2 * 6 * 3) * 18, 4 * (80 + 54 + 36));
}
