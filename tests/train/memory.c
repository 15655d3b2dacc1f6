/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Devices with little memory: what fits is known before, and data stream where they do not. Runs on
 * the device, and again on the reference. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "device/device.h"
#include "problem.h"
#include "support.h"
#include "train/session.h"

TestSuite(memory, .init = support_folder_make, .fini = support_folder_remove);

static const char *const network = "dense 16 relu, dense 10";

static const struct nncl_fit_options two_epochs = {.epochs = 2, .seed = 7, .skip_check = true};

static struct nncl_device *open_limited(uint64_t bytes)
{
    struct nncl_device *device = support_device();
    if (bytes)
        OK(nncl_device_limit_memory(device, bytes));
    return device;
}

/* All parameters after a training, and what evaluation and prediction make of them. */
struct results {
    float *parameters, *probabilities;
    size_t count;
    double loss, accuracy;
};

static struct results results_of(const struct nncl_dataset *data, uint64_t limit)
{
    struct nncl_device *device = open_limited(limit);
    struct nncl_model *model = problem_model(network, data);
    struct nncl_evaluation evaluation;
    struct results results;
    const size_t rows = nncl_dataset_get(data)->rows;
    OK(nncl_fit(device, model, data, data, &two_epochs));
    OK(nncl_evaluate(device, model, data, NULL, &evaluation));
    results.loss = evaluation.loss;
    results.accuracy = evaluation.accuracy;
    results.probabilities = malloc(rows * 10 * sizeof(float));
    OK(nncl_predict(device, model, data, NULL, results.probabilities));
    results.parameters = problem_parameters(model, &results.count);
    cr_expect_eq(device->allocated, 0, "nothing is left on the device");
    if (limit)
        cr_expect_leq(device->most, limit);
    nncl_evaluation_free(&evaluation);
    nncl_model_free(&model);
    nncl_device_close(&device);
    return results;
}

static void expect_same_bits(const struct nncl_dataset *data, uint64_t limit)
{
    struct results whole = results_of(data, 0), streamed = results_of(data, limit);
    const size_t rows = nncl_dataset_get(data)->rows;
    cr_expect_eq(
        memcmp(whole.parameters, streamed.parameters, whole.count * sizeof *whole.parameters), 0);
    cr_expect_eq(memcmp(whole.probabilities, streamed.probabilities, rows * 10 * sizeof(float)), 0);
    cr_expect_eq(whole.loss, streamed.loss);
    cr_expect_eq(whole.accuracy, streamed.accuracy);
    free(whole.parameters);
    free(whole.probabilities);
    free(streamed.parameters);
    free(streamed.probabilities);
}

/* What a training takes at a limit, whether it fits or not. */
static struct nncl_memory memory_at(const struct nncl_dataset *data, uint64_t limit)
{
    struct nncl_device *device = open_limited(limit);
    struct nncl_model *model = problem_model(network, data);
    struct nncl_memory memory = {0};
    (void)nncl_fit_memory(device, model, data, data, &two_epochs, &memory);
    nncl_model_free(&model);
    nncl_device_close(&device);
    return memory;
}

/* With pieces of one batch, and with larger ones. */
static void expect_streaming(const struct nncl_dataset *data)
{
    const uint64_t least = memory_at(data, 1000).total, limits[] = {least, least + 123456};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct nncl_memory memory = memory_at(data, limits[i]);
        cr_expect(memory.fits && memory.train_streams && memory.validation_streams);
        expect_same_bits(data, limits[i]);
    }
}

Test(memory, bytes_that_stream_give_the_same_bits)
{
    struct nncl_dataset *data = problem_pictures(3203);
    expect_streaming(data);
    nncl_dataset_free(&data);
}

Test(memory, floats_that_stream_give_the_same_bits)
{
    struct nncl_dataset *data = problem_floats(3203, 50, 10);
    expect_streaming(data);
    nncl_dataset_free(&data);
}

/* No launch of an evaluation takes long on a slow device. */
Test(memory, an_evaluation_takes_fewer_rows_of_a_large_network)
{
    const struct {
        const char *network;
        size_t rows;
    } cases[] = {{"dense 128 relu, dense 10", 500},
        /* 2 · 24² · (64 · 32 · 3² + 64) a row */
        {"conv 32 3x3 relu, conv 64 3x3 relu, flatten, dense 10", 117},
        {"conv 256 5x5 same, conv 256 5x5 same, flatten, dense 10", 1}};
    struct nncl_dataset *data = problem_pictures(10);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct nncl_model *model = problem_model(cases[i].network, data);
        cr_expect_eq(evaluation_batch(model), cases[i].rows, "%s: %zu", cases[i].network,
            evaluation_batch(model));
        nncl_model_free(&model);
    }
    nncl_dataset_free(&data);
}

/* What an evaluation takes is no reason to refuse a training: it has smaller batches then. */
Test(memory, evaluations_are_cut_where_memory_is_short)
{
    static const char *const conv = "conv 8 3x3 same relu, flatten, dense 10";
    struct nncl_dataset *data = problem_pictures(300);
    struct nncl_device *device = open_limited(0);
    struct nncl_model *model = problem_model(conv, data);
    const struct nncl_fit_options options = {.epochs = 1, .batch_size = 8, .skip_check = true};
    struct nncl_memory alone, both;
    OK(nncl_fit_memory(device, model, data, NULL, &options, &alone));
    OK(nncl_fit_memory(device, model, data, data, &options, &both));
    const uint64_t limit = alone.total + (both.total - alone.total) / 4;
    nncl_device_close(&device);
    device = open_limited(limit);
    float *probabilities = malloc(300 * 10 * sizeof(float));
    struct nncl_evaluation evaluation;
    OK(nncl_fit(device, model, data, data, &options));
    OK(nncl_evaluate(device, model, data, NULL, &evaluation));
    OK(nncl_predict(device, model, data, NULL, probabilities));
    cr_expect_leq(device->most, limit);
    cr_expect_eq(device->allocated, 0);
    free(probabilities);
    nncl_evaluation_free(&evaluation);
    nncl_model_free(&model);
    nncl_device_close(&device);
    nncl_dataset_free(&data);
}

/* What is said before is what is taken. */
Test(memory, the_layout_is_what_is_made)
{
    struct nncl_device *device = support_device();
    struct nncl_dataset *data = problem_pictures(700);
    struct nncl_model *model = problem_model(network, data);
    const struct nncl_fit_options options = {.learning_rate = 0.001f};
    struct session_order order = {.purpose = PASS_TRAIN,
        .model = model,
        .sets = {data, data},
        .batch = 32,
        .options = &options};
    struct nncl_memory memory;
    struct session session = {0};
    OK(session_plan(device, &order, &memory));
    cr_expect(memory.fits);
    cr_expect_eq(device->allocated, 0);
    OK(session_create(device, &order, &session));
    cr_expect_eq(device->allocated, memory.total);
    cr_expect_eq(device->largest, memory.largest);
    cr_expect_eq(memory.data, 2 * 700 * (784 + 4));
    cr_expect_eq(memory.parameters, (784 * 16 + 16 + 16 * 10 + 10) * sizeof(float));
    cr_expect_eq(memory.optimizer, 2 * memory.parameters);
    cr_expect_eq(memory.total, memory.parameters + memory.optimizer + memory.activations +
                                   memory.data + memory.workspace + memory.state);
    session_clear(&session);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    nncl_device_close(&device);
}

Test(memory, what_does_not_fit_is_refused_with_the_largest_batch)
{
    struct nncl_device *device = open_limited(1300000);
    struct nncl_dataset *data = problem_pictures(5000);
    struct nncl_model *model = problem_model(network, data);
    struct nncl_fit_options options = {.batch_size = 4096, .skip_check = true, .epochs = 1};
    struct nncl_memory memory;
    cr_expect_eq(nncl_fit_memory(device, model, data, NULL, &options, &memory), NNCL_OUT_OF_MEMORY);
    cr_expect(!memory.fits);
    cr_assert(memory.largest_batch > 32 && memory.largest_batch < 4096, "%u",
        (unsigned)memory.largest_batch);
    cr_expect_eq(nncl_fit(device, model, data, NULL, &options), NNCL_OUT_OF_MEMORY);
    const char *said = nncl_last_error();
    cr_expect(strstr(said, "has 1300000; the largest batch that fits is "), "%s", said);
    options.batch_size = memory.largest_batch + 1;
    cr_expect_eq(nncl_fit(device, model, data, NULL, &options), NNCL_OUT_OF_MEMORY);
    options.batch_size = memory.largest_batch;
    OK(nncl_fit(device, model, data, NULL, &options));
    OK(nncl_device_limit_memory(device, 20000));
    cr_expect_eq(nncl_fit(device, model, data, NULL, &options), NNCL_OUT_OF_MEMORY);
    cr_expect(strstr(nncl_last_error(), "use a smaller network"), "%s", nncl_last_error());
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    nncl_device_close(&device);
}

/* The rows of the bad step have left the device by the time it is looked into. */
Test(memory, a_loss_that_is_not_finite_is_found_in_data_that_stream)
{
    struct nncl_device *device = open_limited(1300000);
    struct nncl_dataset *data = problem_floats(1203, 200, 10);
    struct nncl_model *model = problem_model(network, data);
    struct nncl_fit_options options = two_epochs;
    options.learning_rate = 1e38f;
    cr_expect_eq(nncl_fit(device, model, data, NULL, &options), NNCL_NOT_FINITE);
    const char *said = nncl_last_error();
    cr_expect(strstr(said, "epoch 1, step 2: first in layer 0 (dense)"), "%s", said);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    nncl_device_close(&device);
}

Test(memory, a_limit_holds_for_all_buffers_together)
{
    struct nncl_device *device = open_limited(10000);
    const struct nncl_shape shape = {1, {1500}};
    struct nncl_tensor *one = NULL, *two = NULL;
    OK(nncl_tensor_create(device, NNCL_FLOAT32, &shape, &one));
    cr_expect_eq(nncl_tensor_create(device, NNCL_FLOAT32, &shape, &two), NNCL_OUT_OF_MEMORY);
    cr_expect(strstr(nncl_last_error(), "6000 bytes"), "%s", nncl_last_error());
    cr_expect(strstr(nncl_last_error(), "10000 bytes"), "%s", nncl_last_error());
    cr_expect_eq(nncl_device_limit_memory(device, 5000), NNCL_USAGE);
    nncl_tensor_free(&one);
    OK(nncl_tensor_create(device, NNCL_FLOAT32, &shape, &two));
    nncl_tensor_free(&two);
    nncl_device_close(&device);
}
