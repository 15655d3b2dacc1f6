/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Trainings from the caller's side. Runs on the device, and again on the reference. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "support.h"

static struct nncl_device *device;

static void setup(void)
{
    support_folder_make();
    device = support_device();
}

static void teardown(void)
{
    nncl_device_close(&device);
    support_folder_remove();
}

TestSuite(fit, .init = setup, .fini = teardown);

static const char *const network = "dense 16 relu, dense 3";

/* What a callback saw, and when it is to end the fit. */
struct witness {
    unsigned events[NNCL_FIT_EPOCH_END + 1];
    bool ends;
    enum nncl_fit_event end_at;
    uint32_t end_after;            /* so many launches, if it is at NNCL_FIT_BUILD */
    struct nncl_fit_progress last; /* of the last epoch's end */
    uint32_t built, to_build;      /* as told last */
};

static bool look(void *user, const struct nncl_fit_progress *progress)
{
    struct witness *witness = user;
    witness->events[progress->event]++;
    cr_expect_leq(progress->step, progress->steps);
    if (progress->event == NNCL_FIT_EPOCH_END)
        witness->last = *progress;
    if (progress->event == NNCL_FIT_BUILD) {
        cr_expect_eq(progress->built, witness->events[NNCL_FIT_BUILD] - 1);
        witness->built = progress->built;
        witness->to_build = progress->to_build;
    }
    return !(witness->ends && progress->event == witness->end_at &&
             progress->built >= witness->end_after);
}

static enum nncl_status train(struct nncl_model *model, const struct nncl_dataset *data,
    const struct nncl_dataset *validation, uint32_t epochs, float learning_rate,
    struct witness *witness)
{
    const struct nncl_fit_options options = {.epochs = epochs,
        .learning_rate = learning_rate,
        .seed = 7,
        .skip_check = true,
        .callback = witness ? look : NULL,
        .user = witness};
    return nncl_fit(device, model, data, validation, &options);
}

Test(fit, learns_three_classes_of_37_features)
{
    struct nncl_dataset *data = problem_floats(1000, 37, 3), *other = problem_floats(999, 37, 3);
    struct nncl_model *model = problem_model(network, data);
    struct witness witness = {0};
    OK(train(model, data, other, 12, 0.003f, &witness));
    cr_expect_eq(witness.events[NNCL_FIT_EPOCH_BEGIN], 12);
    cr_expect_eq(witness.events[NNCL_FIT_EPOCH_END], 12);
    cr_expect_geq(witness.events[NNCL_FIT_PROGRESS], 12);
    cr_expect_eq(witness.built, witness.to_build);
    cr_expect_eq(witness.built > 0, nncl_device_get_info(device)->kind != NNCL_DEVICE_REF);
    cr_expect_eq(witness.last.epoch, 11);
    cr_expect_eq(witness.last.step, 32);
    cr_expect_eq(witness.last.steps, 32); /* the last of 8 rows */
    cr_expect(witness.last.has_validation);
    cr_expect_gt(witness.last.accuracy, 0.97);
    cr_expect_gt(witness.last.val_accuracy, 0.97);
    cr_expect_geq(witness.last.seconds, witness.last.train_seconds);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    nncl_dataset_free(&other);
}

Test(fit, same_seed_same_bits)
{
    struct nncl_dataset *data = problem_floats(300, 37, 3);
    struct nncl_model *one = problem_model(network, data), *two = problem_model(network, data);
    OK(train(one, data, NULL, 2, 0, NULL));
    OK(train(two, data, data, 2, 0, NULL)); /* a validation changes nothing */
    size_t count_one, count_two;
    float *all_one = problem_parameters(one, &count_one);
    float *all_two = problem_parameters(two, &count_two);
    cr_expect_eq(memcmp(all_one, all_two, count_one * sizeof *all_one), 0);
    free(all_one);
    free(all_two);
    nncl_model_free(&one);
    nncl_model_free(&two);
    nncl_dataset_free(&data);
}

/* With next to no learning an epoch's loss is that of the model at rest: each row counts once,
 * those of the smaller last batch, too. */
Test(fit, an_epoch_weighs_its_last_batch_right)
{
    struct nncl_dataset *data = problem_floats(33, 37, 3);
    struct nncl_model *model = problem_model(network, data);
    struct witness witness = {0};
    struct nncl_evaluation evaluation;
    OK(nncl_evaluate(device, model, data, NULL, &evaluation));
    OK(train(model, data, data, 1, 1e-20f, &witness));
    cr_expect_float_eq(witness.last.loss, evaluation.loss, 1e-6 * evaluation.loss);
    cr_expect_float_eq(witness.last.val_loss, evaluation.loss, 1e-6 * evaluation.loss);
    cr_expect_eq(witness.last.accuracy, evaluation.accuracy);
    nncl_evaluation_free(&evaluation);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

Test(fit, stops_at_a_loss_that_is_not_finite)
{
    struct nncl_dataset *data = problem_floats(200, 37, 3);
    struct nncl_model *model = problem_model(network, data);
    cr_expect_eq(train(model, data, data, 3, 1e38f, NULL), NNCL_NOT_FINITE);
    const char *said = nncl_last_error();
    cr_expect(strstr(said, "the loss is not finite at epoch 1, step 2: first in layer 0 (dense)"),
        "%s", said);
    cr_expect(strstr(said, "a smaller learning rate"), "%s", said);
    size_t count;
    float *all = problem_parameters(model, &count);
    for (size_t i = 0; i < count; i++) /* as step 1 left them */
        cr_assert(isfinite(all[i]), "parameter %zu", i);
    free(all);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

Test(fit, ends_when_told_and_keeps_what_it_has)
{
    struct nncl_dataset *data = problem_floats(3200, 37, 3);
    struct nncl_model *before = problem_model(network, data), *model = problem_model(network, data);
    struct witness witness = {.ends = true, .end_at = NNCL_FIT_PROGRESS};
    cr_expect_eq(train(model, data, data, 50, 0, &witness), NNCL_INTERRUPTED);
    cr_expect_eq(witness.events[NNCL_FIT_EPOCH_END], 0);
    double moved = problem_difference(before, model);
    cr_expect(moved > 0.001 && moved < 1, "%g", moved);
    nncl_model_free(&before);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

Test(fit, ends_before_the_first_step_and_changes_nothing)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    struct nncl_model *before = problem_model(network, data), *model = problem_model(network, data);
    struct witness build = {.ends = true, .end_at = NNCL_FIT_BUILD};
    cr_expect_eq(train(model, data, data, 1, 0, &build), NNCL_INTERRUPTED);
    if (nncl_device_get_info(device)->kind != NNCL_DEVICE_REF) {
        struct witness launch = {.ends = true, .end_at = NNCL_FIT_BUILD, .end_after = 2};
        cr_expect_eq(train(model, data, data, 1, 0, &launch), NNCL_INTERRUPTED);
        cr_expect_eq(launch.built, 2);
    }
    struct witness begin = {.ends = true, .end_at = NNCL_FIT_EPOCH_BEGIN};
    cr_expect_eq(train(model, data, data, 1, 0, &begin), NNCL_INTERRUPTED);
    cr_expect_eq(problem_difference(before, model), 0);
    nncl_model_free(&before);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

/* The matrix, the scores and the probabilities tell the same story. */
Test(fit, evaluation_and_prediction_agree)
{
    enum { ROWS = 1203, CLASSES = 3 };
    struct nncl_dataset *data = problem_floats(ROWS, 37, CLASSES);
    struct nncl_model *model = problem_model(network, data);
    OK(train(model, data, NULL, 3, 0, NULL));
    struct nncl_evaluation evaluation;
    OK(nncl_evaluate(device, model, data, NULL, &evaluation));
    float *probabilities = malloc(sizeof(float) * ROWS * CLASSES);
    OK(nncl_predict(device, model, data, NULL, probabilities));
    uint32_t confusion[CLASSES * CLASSES] = {0};
    double loss = 0, correct = 0;
    for (size_t row = 0; row < ROWS; row++) {
        const float *p = probabilities + row * CLASSES;
        uint32_t label = nncl_dataset_get(data)->labels[row], best = 0;
        for (uint32_t class = 1; class < CLASSES; class ++)
            best = p[class] > p[best] ? class : best;
        cr_assert_float_eq((double)(p[0] + p[1] + p[2]), 1, 1e-6);
        confusion[label * CLASSES + best]++;
        loss -= log((double)p[label]);
        correct += label == best;
    }
    cr_expect_eq(evaluation.rows, ROWS);
    cr_expect_eq(memcmp(confusion, evaluation.confusion, sizeof confusion), 0);
    cr_expect_float_eq(evaluation.loss, loss / ROWS, 1e-5);
    cr_expect_float_eq(evaluation.accuracy, correct / ROWS, 1e-9);
    const struct nncl_class_score *score = &evaluation.scores[1];
    double predicted = confusion[1] + confusion[4] + confusion[7];
    cr_expect_float_eq(score->precision, confusion[4] / predicted, 1e-9);
    cr_expect_float_eq(score->recall, confusion[4] / 401.0, 1e-9);
    cr_expect_eq(score->rows, 401);
    free(probabilities);
    nncl_evaluation_free(&evaluation);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

static void expect_usage(
    struct nncl_model *model, const struct nncl_dataset *data, const char *text)
{
    cr_expect_eq(train(model, data, NULL, 1, 0, NULL), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), text), "%s", nncl_last_error());
}

Test(fit, refuses_what_does_not_fit)
{
    struct nncl_dataset *data = problem_floats(50, 37, 3), *narrow = problem_floats(50, 36, 3),
                        *many = problem_floats(50, 37, 4);
    struct nncl_model *model = problem_model(network, data);
    expect_usage(model, narrow, "36 features a row, but the model takes 37");
    expect_usage(model, many, "4 classes, but the model tells only 3 apart");
    struct nncl_dataset_source source = *nncl_dataset_get(data);
    struct nncl_dataset *scaled = NULL, *unlabelled = NULL;
    source.scale = 2;
    OK(nncl_dataset_create(&source, &scaled));
    expect_usage(model, scaled, "same scale and shift");
    source.scale = 1;
    source.labels = NULL;
    OK(nncl_dataset_create(&source, &unlabelled));
    expect_usage(model, unlabelled, "no labels");
    const struct nncl_fit_options options = {.gemm = "nonsense", .skip_check = true};
    cr_expect_eq(nncl_fit(device, model, data, NULL, &options), NNCL_USAGE);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    nncl_dataset_free(&narrow);
    nncl_dataset_free(&many);
    nncl_dataset_free(&scaled);
    nncl_dataset_free(&unlabelled);
}

Test(fit, takes_a_batch_larger_than_the_data)
{
    struct nncl_dataset *data = problem_floats(20, 37, 3);
    struct nncl_model *model = problem_model(network, data);
    const struct nncl_fit_options options = {.epochs = 2, .batch_size = 1000, .skip_check = true};
    OK(nncl_fit(device, model, data, data, &options));
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}
