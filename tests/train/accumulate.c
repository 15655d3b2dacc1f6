/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Gradients that accumulate over batches: the training is that of a larger batch. Runs on the
 * device, and again on the reference. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "support.h"

static struct nncl_device *device;
static struct nncl_dataset *data;

static void setup(void)
{
    support_folder_make();
    device = support_device();
    data = problem_floats(101, 37, 3);
}

static void teardown(void)
{
    nncl_dataset_free(&data);
    nncl_device_close(&device);
    support_folder_remove();
}

TestSuite(accumulate, .init = setup, .fini = teardown);

/* What a training told at the end of its epochs, and when it is to be interrupted. */
struct story {
    double loss, accuracy, val_loss;
    uint32_t steps;
    unsigned events, stop_after; /* 0: never */
};

static bool listen(void *user, const struct nncl_fit_progress *progress)
{
    struct story *story = user;
    if (progress->event == NNCL_FIT_EPOCH_END) {
        story->loss = progress->loss;
        story->accuracy = progress->accuracy;
        story->val_loss = progress->val_loss;
        story->steps = progress->steps;
    }
    story->events += progress->event == NNCL_FIT_PROGRESS || progress->event == NNCL_FIT_EPOCH_END;
    return story->stop_after == 0 || story->events < story->stop_after;
}

static struct nncl_fit_options options_of(uint32_t batch, uint32_t parts, struct story *story)
{
    *story = (struct story){0};
    return (struct nncl_fit_options){.epochs = 3,
        .batch_size = batch,
        .accumulate = parts,
        .learning_rate = 0.01f,
        .seed = 7,
        .skip_check = true,
        .callback = listen,
        .user = story};
}

static struct nncl_model *trained(const char *network, const struct nncl_fit_options *options)
{
    struct nncl_model *model = problem_model(network, data);
    OK(nncl_fit(device, model, data, data, options));
    return model;
}

static double farthest(struct nncl_model **one, struct nncl_model **other)
{
    size_t count, same;
    float *a = problem_parameters(*one, &count), *b = problem_parameters(*other, &same);
    double most = 0;
    cr_assert_eq(count, same);
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs((double)a[i] - (double)b[i]));
    free(a);
    free(b);
    nncl_model_free(one);
    nncl_model_free(other);
    return most;
}

static void expect_like_larger(const char *network, uint32_t batch, uint32_t parts)
{
    struct story story, larger;
    struct nncl_fit_options options = options_of(batch, parts, &story);
    struct nncl_model *accumulated = trained(network, &options);
    options = options_of(batch * parts, 1, &larger);
    struct nncl_model *whole = trained(network, &options);
    cr_expect_eq(story.steps, larger.steps);
    cr_expect_float_eq(story.loss, larger.loss, 1e-4);
    cr_expect_float_eq(story.accuracy, larger.accuracy, 1e-9);
    cr_expect_float_eq(story.val_loss, larger.val_loss, 1e-4);
    const double most = farthest(&accumulated, &whole);
    cr_expect_lt(most, 2e-4, "batches of %u, %u together: %g", batch, parts, most);
}

/* 101 rows: the last step of an epoch has fewer parts, or a smaller last one, or a single one. */
Test(accumulate, is_a_larger_batch)
{
    expect_like_larger("dense 16 relu, dense 3", 8, 4);
    expect_like_larger("dense 16 relu, dense 3", 5, 3);
    expect_like_larger("dense 16 relu, dense 3", 10, 2);
    expect_like_larger("dense 16 relu, dense 3", 32, 9); /* more than there are */
    expect_like_larger("dense 3", 1, 7);
}

/* Rows that are drawn at random are drawn anew in each part. */
Test(accumulate, parts_drop_other_rows)
{
    struct story one, other;
    struct nncl_fit_options options = options_of(8, 4, &one);
    struct nncl_model *first = trained("dense 16 relu, dropout 0.5, dense 3", &options);
    options = options_of(8, 4, &other);
    struct nncl_model *again = trained("dense 16 relu, dropout 0.5, dense 3", &options);
    cr_expect_eq(farthest(&first, &again), 0);
}

/* The device's memory holds the activations of one batch. */
Test(accumulate, takes_the_memory_of_one)
{
    struct story story;
    struct nncl_model *model = problem_model("dense 300 relu, dense 300 relu, dense 3", data);
    struct nncl_memory parts, whole;
    struct nncl_fit_options options = options_of(10, 10, &story);
    OK(nncl_fit_memory(device, model, data, NULL, &options, &parts));
    options = options_of(100, 1, &story);
    OK(nncl_fit_memory(device, model, data, NULL, &options, &whole));
    cr_expect_eq(parts.parameters, whole.parameters);
    cr_expect_gt(parts.activations, 0);
    nncl_model_free(&model);
}

/* Data that stream come in the same order. */
Test(accumulate, data_may_stream)
{
    struct story story;
    struct nncl_model *model = problem_model("dense 16 relu, dense 3", data), *streamed;
    struct nncl_fit_options options = options_of(4, 2, &story);
    struct nncl_memory memory;
    OK(nncl_fit(device, model, data, data, &options));
    OK(nncl_fit_memory(device, model, data, data, &options, &memory));
    OK(nncl_device_limit_memory(device, memory.total - memory.data / 16));
    OK(nncl_fit_memory(device, model, data, data, &options, &memory));
    cr_expect(memory.train_streams || memory.validation_streams);
    streamed = trained("dense 16 relu, dense 3", &options);
    cr_expect_eq(farthest(&model, &streamed), 0);
}

/* From any step, with the settings of the checkpoint. */
Test(accumulate, goes_on_over_interrupts)
{
    struct story story;
    struct nncl_fit_options options = options_of(8, 4, &story);
    struct nncl_model *wanted = trained("dense 16 relu, dense 3", &options);
    options = options_of(8, 4, &story);
    options.checkpoint = "here";
    options.checkpoint_every = 3;
    story.stop_after = 2;
    struct nncl_model *model = problem_model("dense 16 relu, dense 3", data);
    enum nncl_status status = nncl_fit(device, model, data, data, &options);
    for (unsigned round = 0; round < 20 && status == NNCL_INTERRUPTED; round++) {
        struct nncl_checkpoint *checkpoint = NULL;
        OK(nncl_checkpoint_load("here", &checkpoint));
        story = (struct story){.stop_after = 2};
        const struct nncl_fit_options on = {.skip_check = true,
            .checkpoint = "here",
            .callback = listen,
            .user = &story,
            .resume = checkpoint};
        status = nncl_fit(device, model, data, data, &on);
        nncl_checkpoint_free(&checkpoint);
    }
    cr_expect_eq(status, NNCL_OK, "%s", nncl_last_error());
    cr_expect_eq(farthest(&model, &wanted), 0);
}

Test(accumulate, a_step_is_checked_and_refused)
{
    struct story story;
    struct nncl_fit_options options = options_of(8, 4, &story);
    options.skip_check = false;
    struct nncl_model *model = trained("dense 16 relu, dense 3", &options);
    options.accumulate = 1001;
    cr_expect_eq(nncl_fit(device, model, data, data, &options), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "at most 1000 batches"), "%s", nncl_last_error());
    nncl_model_free(&model);
}
