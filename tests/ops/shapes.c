/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What builders and the check refuse: wrong types, shapes and settings, each with a sentence naming
 * op and shapes. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include <nncl/check.h>

#include "ops/spread.h"

static struct nncl_op_list *list;
static nncl_tensor_id matrix, vector, scalar, bytes, labels, state, tall, unknown = 999, out, out2;

static nncl_tensor_id declare(enum nncl_type type, struct nncl_shape shape)
{
    nncl_tensor_id id = 0;
    cr_assert_eq(nncl_op_list_tensor(list, "t", type, &shape, &id), NNCL_OK);
    return id;
}

static void make_list(void)
{
    cr_assert_eq(nncl_op_list_create(&list), NNCL_OK);
    matrix = declare(NNCL_FLOAT32, SHAPE(4, 3));
    vector = declare(NNCL_FLOAT32, SHAPE(5));
    scalar = declare(NNCL_FLOAT32, SHAPE(1));
    bytes = declare(NNCL_UINT8, SHAPE(4, 3));
    labels = declare(NNCL_UINT32, SHAPE(4));
    state = declare(NNCL_UINT32, SHAPE(NNCL_STATE_SIZE));
    tall = declare(NNCL_UINT32, SHAPE(4, 3));
    out = out2 = 12345;
}

static void free_list(void)
{
    nncl_op_list_free(&list);
}

TestSuite(shapes, .init = make_list, .fini = free_list);

/* The call was refused, with a sentence that has the op's name and each of the two words. */
static void refused(
    enum nncl_status status, const char *op, const char *word, const char *other_word)
{
    const char *error = nncl_last_error();
    cr_expect_eq(status, NNCL_USAGE, "%s was not refused", op);
    cr_expect(strncmp(error, op, strlen(op)) == 0 && error[strlen(op)] == ':', "%s: %s", op, error);
    cr_expect(strstr(error, word), "\"%s\" does not stand in: %s", word, error);
    cr_expect(strstr(error, other_word), "\"%s\" does not stand in: %s", other_word, error);
    cr_expect_eq(out, 12345);
    cr_expect_eq(out2, 12345);
    cr_expect_eq(list->op_count, 0);
}

Test(shapes, layers)
{
    const struct nncl_matmul plain = {0}, left = {.transpose_a = true};
    refused(nncl_op_bias(list, matrix, vector, &out), "bias", "[3]", "[5]");
    refused(nncl_op_bias(list, vector, vector, &out), "bias", "[any, any]", "[5]");
    refused(nncl_op_bias(list, matrix, unknown, &out), "bias", "b ", "999");
    refused(nncl_op_bias_backward(list, bytes, &out), "bias_backward", "float32", "uint8");
    refused(nncl_op_relu(list, labels, &out), "relu", "float32", "uint32");
    refused(nncl_op_relu(list, unknown, &out), "relu", "x ", "999");
    refused(nncl_op_relu_backward(list, matrix, vector, &out), "relu_backward", "[4, 3]", "[5]");
    refused(nncl_op_add(list, matrix, vector, &out), "add", "[4, 3]", "[5]");
    refused(nncl_op_add(list, labels, matrix, &out), "add", "float32", "uint32");
    const struct nncl_activation gelu = {.kind = NNCL_GELU}, none = {.kind = 99};
    const struct nncl_activation steep = {.kind = NNCL_LEAKYRELU, .parameter = 1.5f};
    const struct nncl_activation flat = {.kind = NNCL_ELU};
    refused(nncl_op_activation(list, &gelu, labels, &out), "gelu", "float32", "uint32");
    refused(nncl_op_activation(list, &none, matrix, &out), "activation", "99", "none");
    refused(nncl_op_activation(list, &steep, matrix, &out), "leakyrelu", "from 0 to 1", "1.5");
    refused(nncl_op_activation(list, &flat, matrix, &out), "elu", "above 0", "0");
    refused(nncl_op_activation_backward(list, &gelu, matrix, vector, &out), "gelu_backward",
        "[4, 3]", "[5]");
    const struct nncl_dropout half = {.rate = 0.5f}, all = {.rate = 1};
    const struct nncl_combine both = {1, 1}, endless = {INFINITY, 1};
    refused(nncl_op_combine(list, &both, matrix, vector, &out), "combine", "[4, 3]", "[5]");
    refused(nncl_op_combine(list, &both, labels, labels, &out), "combine", "float32", "uint32");
    refused(nncl_op_combine(list, &endless, matrix, matrix, &out), "combine", "finite", "inf");
    refused(nncl_op_dropout(list, &half, labels, state, &out), "dropout", "float32", "uint32");
    refused(nncl_op_dropout(list, &half, matrix, labels, &out), "dropout", "state", "[4]");
    refused(nncl_op_dropout(list, &all, matrix, state, &out), "dropout", "rate", "below 1");
    refused(nncl_op_softmax(list, vector, &out), "softmax", "[any, any]", "[5]");
    refused(
        nncl_op_softmax_backward(list, matrix, vector, &out), "softmax_backward", "[4, 3]", "[5]");
    refused(nncl_op_matmul(list, &plain, matrix, matrix, &out), "matmul", "[3, any]", "[4, 3]");
    refused(nncl_op_matmul(list, &left, matrix, vector, &out), "matmul", "[4, any]", "[5]");
}

Test(shapes, normalisation)
{
    const struct nncl_batchnorm fast = {.momentum = 1.5f}, negative = {.epsilon = -1};
    nncl_tensor_id three = declare(NNCL_FLOAT32, SHAPE(3)), four = declare(NNCL_FLOAT32, SHAPE(4));
    nncl_tensor_id batch = declare(NNCL_FLOAT32, SHAPE(3, 3)), s = batch;
    refused(nncl_op_batchnorm_statistics(list, NULL, matrix, 2, &out), "batchnorm_statistics",
        "2 channels", "[3]");
    refused(nncl_op_batchnorm_statistics(list, &fast, matrix, 3, &out), "batchnorm_statistics",
        "momentum", "1.5");
    refused(nncl_op_batchnorm_statistics(list, &negative, matrix, 3, &out), "batchnorm_statistics",
        "epsilon", "-1");
    refused(nncl_op_batchnorm(list, matrix, three, four, s, &out), "batchnorm", "b ", "[4]");
    refused(
        nncl_op_batchnorm(list, matrix, four, four, batch, &out), "batchnorm", "[3, 4]", "[3, 3]");
    refused(nncl_op_batchnorm_inference(list, NULL, matrix, vector, vector, vector, vector, &out),
        "batchnorm_inference", "5 channels", "[3]");
    refused(nncl_op_batchnorm_inference(list, NULL, matrix, three, three, four, three, &out),
        "batchnorm_inference", "mean", "[4]");
    refused(nncl_op_batchnorm_backward_sums(list, matrix, batch, s, &out, &out2),
        "batchnorm_backward_sums", "[4, 3]", "[3, 3]");
    refused(nncl_op_batchnorm_backward(list, matrix, matrix, three, s, four, three, &out),
        "batchnorm_backward", "dw", "[4]");
    refused(nncl_op_batchnorm_running(list, NULL, 4, s, state, scalar, three, four),
        "batchnorm_running", "variance", "[4]");
    refused(nncl_op_batchnorm_running(list, NULL, 0, s, state, scalar, three, three),
        "batchnorm_running", "0 values", "statistics");
}

Test(shapes, layer_normalisation)
{
    const struct nncl_lrn even = {.size = 4}, negative = {.beta = -1};
    nncl_tensor_id three = declare(NNCL_FLOAT32, SHAPE(3)), two = declare(NNCL_FLOAT32, SHAPE(2));
    nncl_tensor_id rows = declare(NNCL_FLOAT32, SHAPE(4, 2)),
                   odd = declare(NNCL_FLOAT32, SHAPE(5, 2));
    refused(nncl_op_layernorm(list, 0, matrix, two, two, &out, &out2), "layernorm", "2 channels",
        "[3]");
    refused(nncl_op_layernorm(list, 0, matrix, three, two, &out, &out2), "layernorm", "b ", "[2]");
    refused(nncl_op_layernorm(list, -1, matrix, three, three, &out, &out2), "layernorm", "epsilon",
        "-1");
    refused(nncl_op_layernorm_backward(list, matrix, rows, three, rows, &out), "layernorm_backward",
        "dy", "[4, 2]");
    refused(nncl_op_layernorm_backward(list, matrix, matrix, three, odd, &out),
        "layernorm_backward", "[4, 2]", "[5, 2]");
    refused(nncl_op_layernorm_backward_sums(list, matrix, matrix, odd, &out, &out2),
        "layernorm_backward_sums", "5 rows", "[4, 3]");
    refused(nncl_op_lrn(list, NULL, 2, matrix, &out, &out2), "lrn", "2 channels", "[3]");
    refused(nncl_op_lrn(list, &even, 3, matrix, &out, &out2), "lrn", "odd", "4");
    refused(nncl_op_lrn(list, &negative, 3, matrix, &out, &out2), "lrn", "beta", "-1");
    refused(nncl_op_lrn_backward(list, NULL, 3, matrix, matrix, matrix, rows, &out), "lrn_backward",
        "y ", "[4, 2]");
}

Test(shapes, windows)
{
    const struct nncl_shape window = SHAPE(3, 3, 2, 4);
    nncl_tensor_id pictures = declare(NNCL_FLOAT32, SHAPE(2, 50)),
                   w = declare(NNCL_FLOAT32, window);
    nncl_tensor_id slopes = declare(NNCL_FLOAT32, SHAPE(2, 36)),
                   odd = declare(NNCL_FLOAT32, SHAPE(2, 37));
    struct nncl_conv2d conv = {.height = 5, .width = 5};
    refused(nncl_op_conv2d(list, &conv, odd, w, &out), "conv2d", "[any, 50]", "[2, 37]");
    refused(nncl_op_conv2d(list, &conv, pictures, odd, &out), "conv2d", "w ", "[2, 37]");
    refused(nncl_op_conv2d_backward_input(list, &conv, odd, w, &out), "conv2d_backward_input",
        "[any, 36]", "[2, 37]");
    refused(nncl_op_conv2d_backward_weights(list, &conv, 3, 3, odd, slopes, &out),
        "conv2d_backward_weights", "[2, 37]", "5 x 5");
    refused(nncl_op_conv2d_backward_weights(list, &conv, 6, 3, pictures, slopes, &out),
        "conv2d_backward_weights", "6 x 3", "5 x 5");
    conv.groups = 3;
    refused(nncl_op_conv2d(list, &conv, pictures, w, &out), "conv2d", "4 filters", "3 groups");
    struct nncl_pool pool = {.height = 5, .width = 5, .down = 6, .across = 2};
    refused(nncl_op_maxpool(list, &pool, pictures, &out2, &out), "maxpool", "6 x 2", "5 x 5");
    refused(nncl_op_avgpool(list, &pool, pictures, &out), "avgpool", "6 x 2", "5 x 5");
    pool = (struct nncl_pool){.height = 17, .width = 17, .down = 17, .across = 17};
    refused(nncl_op_maxpool(list, &pool, pictures, &out2, &out), "maxpool", "17 x 17", "256");
    pool = (struct nncl_pool){.height = 5, .width = 5, .down = 2, .across = 2};
    refused(nncl_op_maxpool(list, &pool, odd, &out2, &out), "maxpool", "[2, 37]", "5 x 5");
    refused(
        nncl_op_maxpool_backward(list, &pool, pictures, declare(NNCL_FLOAT32, SHAPE(2, 32)), &out),
        "maxpool_backward", "uint8 [2, 32]", "float32 [2, 50]");
}

Test(shapes, data)
{
    struct nncl_permute permute = {.count = 100, .shuffle = true};
    refused(
        nncl_op_permute(list, &permute, 4, labels, &out), "permute", "uint32 [8]", "uint32 [4]");
    refused(nncl_op_permute(list, &permute, 0, state, &out), "permute", "0 rows", "100");
    refused(nncl_op_permute(list, &permute, 101, state, &out), "permute", "101", "100");
    refused(nncl_op_gather(list, NULL, matrix, vector, &out), "gather", "uint32 [any]", "[5]");
    refused(nncl_op_gather(list, NULL, vector, labels, &out), "gather", "[any, any]", "[5]");
    refused(nncl_op_gather(list, NULL, tall, labels, &out), "gather", "[any]", "[4, 3]");
    const struct nncl_gather in_order = {.in_order = true};
    refused(nncl_op_gather(list, &in_order, matrix, state, &out), "gather", "8 rows", "of 4");
}

Test(shapes, elastic)
{
    struct nncl_elastic elastic = {.height = 2, .width = 3, .amount = 1};
    const struct nncl_augment augment = {.shape = {1, 3, 1}};
    refused(nncl_op_elastic_noise(list, &elastic, 4, state, &out), "elastic_noise", "sigma", "0");
    elastic.sigma = 1;
    refused(nncl_op_elastic_noise(list, &elastic, 4, labels, &out), "elastic_noise", "[8]", "[4]");
    refused(nncl_op_elastic_noise(list, &elastic, 0, state, &out), "elastic_noise", "0 rows", "a ");
    refused(nncl_op_elastic_smooth(list, &elastic, matrix, &out), "elastic_smooth", "12", "[4, 3]");
    elastic.amount = 1001;
    refused(nncl_op_elastic_smooth(list, &elastic, matrix, &out), "elastic_smooth", "1000", "1001");
    elastic.height = 0;
    refused(nncl_op_elastic_smooth(list, &elastic, matrix, &out), "elastic_smooth", "0 x 3", "a ");
    refused(nncl_op_augment_elastic(list, &augment, state, matrix, matrix, &out), "augment_elastic",
        "[4, 6]", "[4, 3]");
}

Test(shapes, mixup)
{
    const struct nncl_mixup mixup = {.alpha = 1}, none = {0};
    refused(nncl_op_mixup_weights(list, &none, 4, state, &out), "mixup_weights", "above 0", "0");
    refused(nncl_op_mixup_weights(list, &mixup, 0, state, &out), "mixup_weights", "a row", "1");
    refused(nncl_op_mixup_weights(list, &mixup, 4, labels, &out), "mixup_weights", "[8]", "[4]");
    refused(nncl_op_mixup(list, matrix, vector, &out), "mixup", "[4]", "[5]");
    refused(nncl_op_mixup(list, bytes, vector, &out), "mixup", "float32", "uint8");
}

Test(shapes, loss_and_metrics)
{
    nncl_tensor_id loss = declare(NNCL_FLOAT32, SHAPE(4));
    nncl_tensor_id metrics = declare(NNCL_UINT32, SHAPE(NNCL_METRICS_SIZE));
    refused(nncl_op_softmax_xent(list, matrix, state, &out, &out2), "softmax_xent", "[4]", "[8]");
    refused(nncl_op_softmax_xent_backward(list, matrix, state, &out), "softmax_xent_backward",
        "[4]", "[8]");
    const struct nncl_targets targets = {.classes = 3, .on = 1}, none = {.on = 1};
    const enum nncl_loss squares = NNCL_MEAN_SQUARED_ERROR;
    refused(nncl_op_targets(list, &targets, tall, &out), "targets", "[any]", "[4, 3]");
    refused(nncl_op_targets(list, &none, labels, &out), "targets", "0 classes", "1");
    refused(nncl_op_target_loss(list, squares, matrix, loss, &out, &out2), "squared_error",
        "[4, 3]", "[4]");
    refused(nncl_op_target_loss_backward(list, squares, labels, matrix, &out),
        "squared_error_backward", "float32", "uint32");
    refused(nncl_op_target_loss(list, (enum nncl_loss)9, matrix, matrix, &out, &out2),
        "target_loss", "9", "none");
    refused(nncl_op_metrics(list, loss, labels, state, metrics, &out), "metrics", "[4]", "[8]");
    refused(nncl_op_metrics(list, loss, labels, labels, state, &out), "metrics", "[4]", "[8]");
    refused(nncl_op_confusion(list, labels, state, tall), "confusion", "[4]", "[8]");
    refused(nncl_op_confusion(list, labels, labels, tall), "confusion", "[4, 4]", "[4, 3]");
}

Test(shapes, updates)
{
    const struct nncl_optimizer beta = {.beta1 = 1}, epsilon = {.epsilon = -1};
    const struct nncl_advance_state advance = {.batch = 11, .count = 10};
    const nncl_tensor_id w = matrix, slots[] = {matrix, matrix};
    refused(nncl_op_update(list, NULL, vector, state, scalar, w, slots), "adam", "[4, 3]", "[5]");
    refused(nncl_op_update(list, NULL, matrix, state, vector, w, slots), "adam", "[1]", "[5]");
    refused(nncl_op_update(list, NULL, matrix, labels, scalar, w, slots), "adam", "[8]", "[4]");
    const struct nncl_optimizer none = {.kind = 99}, other = {.kind = NNCL_SGD, .momentum = 0.9f};
    const struct nncl_optimizer momentum = {.kind = NNCL_MOMENTUM};
    const nncl_tensor_id odd[] = {vector, vector};
    refused(nncl_op_update(list, NULL, matrix, state, scalar, w, odd), "adam", "m ", "[5]");
    refused(
        nncl_op_update(list, &momentum, matrix, state, scalar, w, odd), "momentum", "u ", "[5]");
    refused(nncl_op_update(list, &none, matrix, state, scalar, w, slots), "update", "99", "no");
    refused(nncl_op_update(list, &other, matrix, state, scalar, w, NULL), "sgd", "momentum", "no");
    refused(nncl_op_update(list, &beta, matrix, state, scalar, w, slots), "adam", "beta1", "1");
    refused(
        nncl_op_update(list, &epsilon, matrix, state, scalar, w, slots), "adam", "epsilon", "-1");
    refused(nncl_op_weight_decay(list, 0.1f, matrix, vector, &out), "weight_decay", "w ", "[5]");
    refused(nncl_op_weight_decay(list, 0, matrix, matrix, &out), "weight_decay", "rate", "0");
    refused(nncl_op_clip_value(list, -1, matrix, &out), "clip_value", "limit", "-1");
    refused(nncl_op_clip_value(list, 1, labels, &out), "clip_value", "float32", "uint32");
    refused(nncl_op_clip_norm(list, 0, matrix, declare(NNCL_FLOAT32, SHAPE(256)), &out),
        "clip_norm", "limit", "0");
    refused(nncl_op_clip_norm(list, 1, matrix, vector, &out), "clip_norm", "[256]", "[5]");
    refused(nncl_op_ema(list, 0.9f, w, state, scalar, vector), "ema", "[4, 3]", "[5]");
    refused(nncl_op_ema(list, 0.9f, w, labels, scalar, matrix), "ema", "[8]", "[4]");
    refused(nncl_op_ema(list, 0.9f, w, state, vector, matrix), "ema", "[1]", "[5]");
    refused(nncl_op_ema(list, 0.9f, labels, state, scalar, matrix), "ema", "float32", "uint32");
    refused(nncl_op_ema(list, 0, w, state, scalar, matrix), "ema", "above 0", "0");
    refused(nncl_op_ema(list, 1, w, state, scalar, matrix), "ema", "below 1", "1");
    refused(nncl_op_square_sums(list, matrix, &vector, &out), "square_sums_add", "[256]", "[5]");
    refused(nncl_op_square_sums(list, labels, NULL, &out), "square_sums", "float32", "uint32");
    refused(nncl_op_advance_state(list, &advance, scalar, state), "advance_state", "11", "10");
    struct nncl_advance_state planned = {.batch = 1, .count = 10, .schedule = {.kind = 99}};
    refused(nncl_op_advance_state(list, &planned, scalar, state), "schedule", "none", "99");
    planned.schedule = (struct nncl_schedule){.kind = NNCL_STEP, .rate = 1, .factor = 0.1f};
    refused(nncl_op_advance_state(list, &planned, scalar, state), "schedule", "0.1", "0 epochs");
    planned.schedule.rate = -1;
    refused(nncl_op_advance_state(list, &planned, scalar, state), "schedule", "rate", "-1");
    planned.schedule =
        (struct nncl_schedule){.kind = NNCL_COSINE, .rate = 1, .warmup = 11, .steps = 10};
    refused(nncl_op_advance_state(list, &planned, scalar, state), "schedule", "11", "10");
    refused(nncl_op_advance_state(list, &advance, vector, state), "advance_state", "[1]", "[5]");
}

/* What lives inside a plan loses its contents between runs: it cannot be updated. */
Test(shapes, updated_tensors_must_be_declared)
{
    nncl_tensor_id inner = 0;
    const nncl_tensor_id slots[] = {matrix, matrix};
    cr_assert_eq(nncl_op_relu(list, matrix, &inner), NNCL_OK);
    cr_expect_eq(nncl_op_update(list, NULL, matrix, state, scalar, inner, slots), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "adam"), "%s", nncl_last_error());
    cr_expect_eq(list->op_count, 1);
}

Test(shapes, outputs_have_the_shapes_promised)
{
    nncl_tensor_id b = declare(NNCL_FLOAT32, SHAPE(3)), id = 0, predicted = 0;
    cr_assert_eq(nncl_op_bias(list, matrix, b, &id), NNCL_OK);
    cr_expect_eq(op_shape(list, id).size[0], 4);
    cr_expect_eq(op_shape(list, id).size[1], 3);
    cr_assert_eq(nncl_op_bias_backward(list, matrix, &id), NNCL_OK);
    cr_expect_eq(op_shape(list, id).rank, 1);
    cr_expect_eq(op_shape(list, id).size[0], 3);
    cr_assert_eq(nncl_op_gather(list, NULL, bytes, state, &id), NNCL_OK);
    cr_expect_eq(op_shape(list, id).size[0], NNCL_STATE_SIZE);
    cr_expect_eq(op_shape(list, id).size[1], 3);
    cr_expect_eq(list->tensors[id].type, NNCL_FLOAT32);
    cr_assert_eq(nncl_op_gather(list, NULL, labels, state, &id), NNCL_OK);
    cr_expect_eq(op_shape(list, id).rank, 1);
    cr_expect_eq(list->tensors[id].type, NNCL_UINT32);
    cr_assert_eq(
        nncl_op_targets(list, &(struct nncl_targets){.classes = 7, .on = 1}, labels, &id), NNCL_OK);
    cr_expect_eq(op_shape(list, id).size[0], 4);
    cr_expect_eq(op_shape(list, id).size[1], 7);
    cr_assert_eq(nncl_op_softmax_xent(list, matrix, labels, &id, &predicted), NNCL_OK);
    cr_expect_eq(op_shape(list, id).size[0], 4);
    cr_expect_eq(list->tensors[predicted].type, NNCL_UINT32);
}

Test(shapes, more_than_kernels_can_count)
{
    struct nncl_device device = {.info = {.kind = NNCL_DEVICE_CPU}};
    struct op_site site = {.device = &device};
    struct spread spread = spread_vectors(&device, (size_t)1 << 32);
    cr_expect_eq(spread_launch(&site, "relu", "relu", NULL, &spread, NULL, 0), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "relu: 4294967296"), "%s", nncl_last_error());
}

Test(shapes, unknown_names_are_usage_errors)
{
    struct nncl_device *device = NULL;
    cr_assert_eq(nncl_device_open("ref", &device), NNCL_OK);
    struct nncl_check_options options = {.op = "relu6"};
    cr_expect_eq(nncl_check(device, &options), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "relu6"), "%s", nncl_last_error());
    options = (struct nncl_check_options){.gemm = "cublas"};
    cr_expect_eq(nncl_check(device, &options), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "cublas"), "%s", nncl_last_error());
    nncl_device_close(&device);
}
