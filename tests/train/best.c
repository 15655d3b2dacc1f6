/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Early stopping and the best epoch's parameters, also over checkpoints. Runs on the device, and
 * again on the reference. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "support.h"
#include "train/best.h"

static struct nncl_device *device;
static struct nncl_dataset *train, *validation;
static const char *const network = "dense 16 relu, dense 3";

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

/* ---- The rule ---- */

/* Counts epochs with these losses (and accuracies of 1 less them) and returns the last. */
static struct nncl_fit_progress count(
    const double *losses, uint32_t epochs, const struct nncl_fit_options *options)
{
    struct best best = {0};
    struct nncl_fit_progress epoch = {0};
    for (uint32_t i = 0; i < epochs && !best.ended; i++) {
        epoch = (struct nncl_fit_progress){.epoch = i,
            .has_validation = true,
            .val_loss = losses[i],
            .val_accuracy = 1 - losses[i]};
        best_add(&best, options, &epoch);
    }
    return epoch;
}

Test(best_rule, waits_for_what_is_better)
{
    static const double losses[] = {0.5, 0.4, 0.4, 0.41, 0.39, 0.38, 0.45, 0.38, 0.39};
    struct nncl_fit_options options = {.epochs = 9, .monitor = "val_loss", .patience = 3};
    struct nncl_fit_progress last = count(losses, 9, &options);
    cr_expect_eq(last.epoch, 8);
    cr_expect_eq(last.best_epoch, 5, "the first of equals");
    cr_expect_not(last.ends_early, "it ends anyway");
    options.epochs = 10;
    cr_expect(count(losses, 9, &options).ends_early);
    options.patience = 2;
    last = count(losses, 9, &options);
    cr_expect_eq(last.epoch, 3, "an equal result is no better one");
    cr_expect(last.ends_early);
    cr_expect_eq(last.best_epoch, 1);
    options.monitor = "val_accuracy";
    cr_expect_eq(count(losses, 9, &options).epoch, 3);
    options.patience = 0;
    cr_expect_eq(count(losses, 9, &options).epoch, 8);
}

/* Small steps are no reason to wait, but the best epoch is the best one all the same. */
Test(best_rule, small_steps_do_not_count)
{
    static const double losses[] = {0.5, 0.4375, 0.375, 0.34375, 0.3125, 0.28125};
    const struct nncl_fit_options options = {
        .epochs = 9, .monitor = "val_loss", .patience = 2, .min_delta = 0.125f};
    const struct nncl_fit_progress last = count(losses, 6, &options);
    cr_expect_eq(last.epoch, 2, "0.375 is better than 0.5 by no more than 0.125");
    cr_expect(last.ends_early);
    cr_expect(last.is_best);
}

/* ---- Trainings ---- */

TestSuite(best, .init = setup, .fini = teardown);

enum { EPOCHS_MOST = 40 };

/* What a training told, and when it is to be interrupted. */
struct story {
    struct nncl_fit_progress epochs[EPOCHS_MOST];
    uint32_t count;
    unsigned events, stop_after; /* 0: never */
};

static bool listen(void *user, const struct nncl_fit_progress *progress)
{
    struct story *story = user;
    if (progress->event == NNCL_FIT_EPOCH_END)
        story->epochs[story->count++] = *progress;
    story->events += progress->event == NNCL_FIT_PROGRESS || progress->event == NNCL_FIT_EPOCH_END;
    return story->stop_after == 0 || story->events < story->stop_after;
}

static struct nncl_fit_options options_for(struct story *story)
{
    *story = (struct story){0};
    return (struct nncl_fit_options){.epochs = EPOCHS_MOST,
        .batch_size = 8,
        .learning_rate = 0.2f,
        .seed = 7,
        .patience = 4,
        .keep_best = true,
        .skip_check = true,
        .callback = listen,
        .user = story};
}

static struct nncl_model *trained(const struct nncl_fit_options *options)
{
    struct nncl_model *model = problem_model(network, train);
    OK(nncl_fit(device, model, train, validation, options));
    return model;
}

static void expect_same(struct nncl_model **one, const struct nncl_model *two)
{
    size_t count_one, count_two;
    float *all_one = problem_parameters(*one, &count_one);
    float *all_two = problem_parameters(two, &count_two);
    cr_assert_eq(count_one, count_two);
    cr_expect_eq(memcmp(all_one, all_two, count_one * sizeof *all_one), 0);
    free(all_one);
    free(all_two);
    nncl_model_free(one);
}

/* The model is that of a training which ended with the best epoch. */
Test(best, parameters_are_those_of_the_best_epoch)
{
    struct story story, shorter;
    struct nncl_fit_options options = options_for(&story);
    struct nncl_model *model = trained(&options);
    const struct nncl_fit_progress last = story.epochs[story.count - 1];
    cr_assert_lt(story.count, EPOCHS_MOST);
    cr_expect(last.ends_early);
    cr_expect_eq(last.best_epoch + 1 + options.patience, story.count);
    cr_expect_not(last.is_best);
    cr_expect(story.epochs[last.best_epoch].is_best);
    options = options_for(&shorter);
    options.epochs = last.best_epoch + 1;
    options.patience = 0;
    options.keep_best = false;
    struct nncl_model *best = trained(&options);
    expect_same(&best, model);
    options = options_for(&shorter);
    options.keep_best = false;
    struct nncl_model *at_the_end = trained(&options);
    cr_expect_eq(shorter.count, story.count);
    options.epochs = story.count;
    options.patience = 0;
    struct nncl_model *whole = trained(&options);
    expect_same(&whole, at_the_end);
    nncl_model_free(&at_the_end);
    nncl_model_free(&model);
}

/* Goes on from a file until the training is done. */
static void go_on(unsigned after, uint32_t epochs, const struct nncl_model *wanted)
{
    enum nncl_status status = NNCL_INTERRUPTED;
    for (unsigned round = 0; round < 100 && status == NNCL_INTERRUPTED; round++) {
        struct nncl_checkpoint *checkpoint = NULL;
        struct nncl_model *model = NULL;
        struct story story = {.stop_after = after};
        OK(nncl_checkpoint_load("here", &checkpoint));
        OK(nncl_checkpoint_model(checkpoint, &model));
        const uint32_t done = nncl_checkpoint_get(checkpoint)->epoch;
        const struct nncl_fit_options options = {.skip_check = true,
            .checkpoint = "here",
            .callback = listen,
            .user = &story,
            .resume = checkpoint};
        status = nncl_fit(device, model, train, validation, &options);
        if (status == NNCL_OK) {
            expect_same(&model, wanted);
            cr_expect_eq(done + story.count, epochs);
        }
        nncl_model_free(&model);
        nncl_checkpoint_free(&checkpoint);
    }
    cr_expect_eq(status, NNCL_OK, "%s", nncl_last_error());
}

Test(best, goes_on_over_interrupts)
{
    struct story story;
    struct nncl_fit_options options = options_for(&story);
    struct nncl_model *wanted = trained(&options);
    const uint32_t epochs = story.count;
    for (unsigned after = 2; after <= 5; after++) {
        options = options_for(&story);
        options.checkpoint = "here";
        options.checkpoint_every = after % 2 ? 5 : 0;
        story.stop_after = 3 * after;
        struct nncl_model *model = problem_model(network, train);
        cr_expect_eq(nncl_fit(device, model, train, validation, &options), NNCL_INTERRUPTED);
        nncl_model_free(&model);
        go_on(after, epochs, wanted);
        go_on(0, epochs, wanted); /* it is finished, and trains nothing more */
    }
    nncl_model_free(&wanted);
}

/* An interrupt gives the best epoch so far, too. */
Test(best, an_interrupt_gives_the_best_so_far)
{
    struct story story;
    struct nncl_fit_options options = options_for(&story);
    struct nncl_model *model = trained(&options);
    const uint32_t best = story.epochs[story.count - 1].best_epoch;
    const unsigned events = story.events;
    options = options_for(&story);
    story.stop_after = events - 1; /* within the last epoch or at the end of the one before */
    struct nncl_model *stopped = problem_model(network, train);
    cr_expect_eq(nncl_fit(device, stopped, train, validation, &options), NNCL_INTERRUPTED);
    cr_expect_geq(story.count, best + 1);
    expect_same(&stopped, model);
    nncl_model_free(&model);
}

static void expect_refused(const struct nncl_fit_options *options, bool validates, const char *said)
{
    struct nncl_model *model = problem_model(network, train);
    struct nncl_memory memory;
    const struct nncl_dataset *set = validates ? validation : NULL;
    cr_expect_eq(nncl_fit(device, model, train, set, options), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), said), "%s", nncl_last_error());
    cr_expect_eq(nncl_fit_memory(device, model, train, set, options, &memory), NNCL_USAGE);
    nncl_model_free(&model);
}

Test(best, what_cannot_be_followed_is_refused)
{
    expect_refused(&(struct nncl_fit_options){.patience = 2}, false, "needs a validation set");
    expect_refused(&(struct nncl_fit_options){.keep_best = true}, false, "keeping the best");
    expect_refused(&(struct nncl_fit_options){.monitor = "loss"}, true, "not \"loss\"");
    expect_refused(&(struct nncl_fit_options){.min_delta = -1}, true, "min_delta is -1");
    expect_refused(&(struct nncl_fit_options){.schedule = "plateau"}, false, "plateau needs a");
    expect_refused(&(struct nncl_fit_options){.schedule = "plateua"}, true, "no schedule");
}

/* The copies are counted before they are made. */
Test(best, memory_is_counted)
{
    struct story story;
    struct nncl_fit_options options = options_for(&story);
    struct nncl_model *model = problem_model(network, train);
    struct nncl_memory with, without;
    OK(nncl_fit_memory(device, model, train, validation, &options, &with));
    options.keep_best = false;
    OK(nncl_fit_memory(device, model, train, validation, &options, &without));
    cr_expect_eq(with.best, with.parameters);
    cr_expect_eq(without.best, 0);
    cr_expect_eq(with.state, without.state);
    cr_expect_eq(with.total, without.total + with.parameters);
    nncl_model_free(&model);
}
