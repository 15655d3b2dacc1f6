/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Averages of the weights: what they are, and where they stand for the weights. Runs on the device,
 * and again on the reference. trainings.c holds them beside PyTorch's. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "support.h"

static struct nncl_device *device;
static struct nncl_dataset *train, *validation;
static const char *const plain = "dense 16 relu, dense 3";
static const char *const normalised = "dense 16 nobias, batchnorm relu, dense 3";

static void setup(void)
{
    support_folder_make();
    device = support_device();
    problem_split(&train, &validation);
}

static void teardown(void)
{
    nncl_dataset_free(&train);
    nncl_dataset_free(&validation);
    nncl_device_close(&device);
    support_folder_remove();
}

TestSuite(ema, .init = setup, .fini = teardown);

enum { EPOCHS_MOST = 8 };

/* What a training told at the end of its epochs. */
struct story {
    struct nncl_fit_progress epochs[EPOCHS_MOST];
    uint32_t count;
};

static bool listen(void *user, const struct nncl_fit_progress *progress)
{
    struct story *story = user;
    if (progress->event == NNCL_FIT_EPOCH_END)
        story->epochs[story->count++] = *progress;
    return true;
}

static struct nncl_fit_options options_of(uint32_t epochs, float decay, struct story *story)
{
    *story = (struct story){0};
    return (struct nncl_fit_options){.epochs = epochs,
        .batch_size = 8,
        .learning_rate = 0.03f,
        .ema_decay = decay,
        .seed = 7,
        .skip_check = true,
        .callback = listen,
        .user = story};
}

static struct nncl_model *trained(const char *network, const struct nncl_fit_options *options)
{
    struct nncl_model *model = problem_model(network, train);
    OK(nncl_fit(device, model, train, validation, options));
    return model;
}

/* Averages of what plain trainings of one step more each leave; statistics are the last ones. */
static void average_by_hand(
    const char *network, uint32_t steps, double decay, struct nncl_model *average)
{
    struct story story;
    for (uint32_t step = 1; step <= steps; step++) {
        struct nncl_fit_options options = options_of(step, 0, &story);
        options.batch_size = (uint32_t)nncl_dataset_get(train)->rows;
        struct nncl_model *model = trained(network, &options);
        for (size_t i = 0; i < nncl_model_parameter_count(model); i++) {
            const struct nncl_parameter *new = nncl_model_parameter(model, i);
            float *kept = nncl_model_parameter(average, i)->values;
            const double keep = step == 1 || !new->trained ? 0 : decay;
            for (size_t j = 0; j < nncl_shape_elements(&new->shape); j++)
                kept[j] = (float)(keep * (double)kept[j] + (1 - keep) * (double)new->values[j]);
        }
        nncl_model_free(&model);
    }
}

static void expect_average(const char *network, uint32_t steps, float decay)
{
    struct story story;
    struct nncl_fit_options options = options_of(steps, decay, &story);
    options.batch_size = (uint32_t)nncl_dataset_get(train)->rows;
    struct nncl_model *model = trained(network, &options), *wanted = problem_model(network, train);
    average_by_hand(network, steps, (double)decay, wanted);
    cr_expect_lt(problem_difference(model, wanted), 1e-6, "%s, %u steps", network, steps);
    nncl_model_free(&model);
    nncl_model_free(&wanted);
}

Test(ema, is_the_average_over_the_steps)
{
    expect_average(plain, 1, 0.75f);
    expect_average(plain, 5, 0.75f);
    expect_average(normalised, 4, 0.9f);
}

static void expect_same(struct nncl_model **one, struct nncl_model **other)
{
    cr_expect_eq(problem_difference(*one, *other), 0);
    nncl_model_free(one);
    nncl_model_free(other);
}

/* The weights go on as ever; what is validated is what the model gets. */
Test(ema, averages_are_validated_and_weights_trained)
{
    struct story with, without;
    struct nncl_fit_options options = options_of(3, 0.95f, &with);
    struct nncl_evaluation evaluation;
    struct nncl_model *model = trained(plain, &options);
    options = options_of(3, 0, &without);
    struct nncl_model *weights = trained(plain, &options);
    cr_assert_eq(with.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        cr_expect_eq(with.epochs[i].loss, without.epochs[i].loss, "epoch %u", i + 1);
        cr_expect_neq(with.epochs[i].val_loss, without.epochs[i].val_loss, "epoch %u", i + 1);
    }
    OK(nncl_evaluate(device, model, validation, NULL, &evaluation));
    cr_expect_float_eq(evaluation.loss, with.epochs[2].val_loss, 1e-6);
    cr_expect_gt(problem_difference(model, weights), 1e-3);
    nncl_evaluation_free(&evaluation);
    nncl_model_free(&model);
    nncl_model_free(&weights);
}

/* A batch in parts is one step, of one average. */
Test(ema, parts_of_a_batch_are_one_step)
{
    struct story story;
    struct nncl_fit_options options = options_of(3, 0.9f, &story);
    options.accumulate = 2;
    struct nncl_model *parts = trained(plain, &options);
    options.batch_size = 16;
    options.accumulate = 1;
    struct nncl_model *whole = trained(plain, &options);
    cr_expect_lt(problem_difference(parts, whole), 1e-5);
    nncl_model_free(&parts);
    nncl_model_free(&whole);
}

/* The best epoch is the one whose averages were, and these are kept. */
Test(ema, the_best_averages_are_kept)
{
    struct story story, shorter;
    struct nncl_fit_options options = options_of(EPOCHS_MOST, 0.9f, &story);
    options.learning_rate = 0.3f;
    options.keep_best = true;
    struct nncl_model *model = trained(plain, &options);
    const uint32_t best = story.epochs[EPOCHS_MOST - 1].best_epoch;
    cr_assert_lt(best + 1, EPOCHS_MOST, "the last epoch is the best: it shows nothing");
    for (uint32_t i = 0; i < EPOCHS_MOST; i++)
        cr_expect_geq(story.epochs[i].val_loss, story.epochs[best].val_loss);
    options = options_of(best + 1, 0.9f, &shorter);
    options.learning_rate = 0.3f;
    struct nncl_model *wanted = trained(plain, &options);
    expect_same(&model, &wanted);
}

Test(ema, data_may_stream)
{
    struct story story;
    struct nncl_memory memory;
    struct nncl_fit_options options = options_of(2, 0.9f, &story);
    struct nncl_model *model = trained(plain, &options);
    OK(nncl_fit_memory(device, model, train, validation, &options, &memory));
    OK(nncl_device_limit_memory(device, memory.total - memory.data / 16));
    OK(nncl_fit_memory(device, model, train, validation, &options, &memory));
    cr_expect(memory.train_streams || memory.validation_streams);
    struct nncl_model *streamed = trained(plain, &options);
    expect_same(&model, &streamed);
}

/* Statistics have no averages. */
Test(ema, memory_is_counted)
{
    struct story story;
    struct nncl_model *model = problem_model(normalised, train);
    struct nncl_memory with, without;
    struct nncl_fit_options options = options_of(1, 0.9f, &story);
    OK(nncl_fit_memory(device, model, train, validation, &options, &with));
    options.ema_decay = 0;
    OK(nncl_fit_memory(device, model, train, validation, &options, &without));
    cr_expect_eq(with.averages, 4 * (60 * 16 + 16 + 16 + 16 * 3 + 3));
    cr_expect_eq(without.averages, 0);
    cr_expect_eq(with.state, without.state);
    cr_expect_eq(with.total, without.total + with.averages);
    nncl_model_free(&model);
}

/* The launches of a step; averages are among them or not. */
static bool look(void *user, const struct nncl_fit_progress *progress)
{
    unsigned *averages = user;
    for (size_t i = 0; progress->plan && i < nncl_plan_launch_count(progress->plan); i++) {
        const struct nncl_launch *launch = nncl_plan_launch(progress->plan, i);
        *averages += strcmp(launch->op, "ema") == 0 || strstr(launch->fused, "ema") != NULL;
    }
    return true;
}

Test(ema, a_step_is_checked_and_shown)
{
    struct story story;
    unsigned averages = 0;
    struct nncl_fit_options options = options_of(1, 0.9f, &story);
    options.skip_check = false;
    options.callback = look;
    options.user = &averages;
    struct nncl_model *model = trained(plain, &options);
    cr_expect_eq(averages, 4);
    nncl_model_free(&model);
}

Test(ema, what_is_no_part_of_1_is_refused)
{
    static const float decays[] = {1, -0.5f, 2, NAN};
    struct nncl_model *model = problem_model(plain, train);
    for (size_t i = 0; i < sizeof decays / sizeof *decays; i++) {
        struct nncl_memory memory;
        const struct nncl_fit_options options = {.ema_decay = decays[i]};
        cr_expect_eq(nncl_fit(device, model, train, NULL, &options), NNCL_USAGE);
        cr_expect(strstr(nncl_last_error(), "from 0 to below 1"), "%s", nncl_last_error());
        cr_expect_eq(nncl_fit_memory(device, model, train, NULL, &options, &memory), NNCL_USAGE);
    }
    nncl_model_free(&model);
}

/* A file between two epochs has both; its model is the averages'. */
Test(ema, a_checkpoint_gives_the_averages)
{
    struct story story;
    struct nncl_checkpoint *checkpoint = NULL;
    struct nncl_model *kept = NULL;
    struct nncl_fit_options options = options_of(2, 0.9f, &story);
    options.checkpoint = "here";
    struct nncl_model *model = trained(normalised, &options);
    OK(nncl_checkpoint_load("here", &checkpoint));
    cr_expect_eq(nncl_checkpoint_get(checkpoint)->options.ema_decay, 0.9f);
    OK(nncl_checkpoint_model(checkpoint, &kept));
    expect_same(&kept, &model);
    const struct nncl_fit_options other = {.resume = checkpoint, .epochs = 3, .ema_decay = 0.5f};
    model = problem_model(normalised, train);
    cr_expect_eq(nncl_fit(device, model, train, validation, &other), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "ema decay 0.89999"), "%s", nncl_last_error());
    nncl_model_free(&model);
    nncl_checkpoint_free(&checkpoint);
}
