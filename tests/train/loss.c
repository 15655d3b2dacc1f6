/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Losses from the caller's side: what is trained, told and predicted with each. Runs on the device,
 * and again on the reference. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "problem.h"
#include "support.h"

static struct nncl_device *device;
static struct nncl_dataset *data;

static void setup(void)
{
    support_folder_make();
    device = support_device();
    data = problem_floats(300, 37, 3);
}

static void teardown(void)
{
    nncl_dataset_free(&data);
    nncl_device_close(&device);
    support_folder_remove();
}

TestSuite(loss, .init = setup, .fini = teardown);

enum { ROWS = 300, CLASSES = 3 };

static const char *const networks[] = {
    [NNCL_SPARSE_CATEGORICAL_CROSSENTROPY] = "dense 16 relu, dense 3",
    [NNCL_BINARY_CROSSENTROPY] = "dense 16 relu, dense 3",
    [NNCL_MEAN_SQUARED_ERROR] = "dense 16 sigmoid, dense 3 sigmoid"};

static struct nncl_model *model_with(enum nncl_loss loss)
{
    struct nncl_model *model = problem_model(networks[loss], data);
    OK(nncl_model_set_loss(model, loss));
    return model;
}

/* A loss by its textbook formula, from what is predicted. */
static double loss_of(enum nncl_loss loss, const float *p, double on, double off)
{
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        for (uint32_t c = 0; c < CLASSES; c++, p++) {
            const bool right = c == nncl_dataset_get(data)->labels[i];
            const double t = right ? on : off, y = (double)*p;
            if (loss == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY)
                sum -= t * log(y);
            else if (loss == NNCL_BINARY_CROSSENTROPY)
                sum -= (t * log(y) + (1 - t) * log(1 - y)) / CLASSES;
            else
                sum += (y - t) * (y - t) / 2;
        }
    return sum / ROWS;
}

static enum nncl_status train(struct nncl_model *model, uint32_t epochs, float learning_rate,
    float smoothing, nncl_fit_callback *callback, void *user)
{
    const struct nncl_fit_options options = {.epochs = epochs,
        .learning_rate = learning_rate,
        .label_smoothing = smoothing,
        .seed = 7,
        .callback = callback,
        .user = user};
    return nncl_fit(device, model, data, data, &options);
}

Test(loss, each_is_told_as_its_formula_says)
{
    for (int loss = 0; loss < 3; loss++) {
        struct nncl_model *model = model_with((enum nncl_loss)loss);
        struct nncl_evaluation evaluation;
        float p[ROWS * CLASSES];
        OK(nncl_evaluate(device, model, data, NULL, &evaluation));
        OK(nncl_predict(device, model, data, NULL, p));
        const double wanted = loss_of((enum nncl_loss)loss, p, 1, 0);
        cr_expect_float_eq(evaluation.loss, wanted, 1e-5 * wanted, "%s: %.9g, not %.9g",
            nncl_loss_name((enum nncl_loss)loss), evaluation.loss, wanted);
        nncl_evaluation_free(&evaluation);
        nncl_model_free(&model);
    }
}

/* The check before the training runs, too. */
Test(loss, each_trains)
{
    for (int loss = 0; loss < 3; loss++) {
        struct nncl_model *model = model_with((enum nncl_loss)loss);
        struct nncl_evaluation before, after;
        OK(nncl_evaluate(device, model, data, NULL, &before));
        OK(train(model, 10, 0.01f, loss == NNCL_MEAN_SQUARED_ERROR ? 0 : 0.1f, NULL, NULL));
        OK(nncl_evaluate(device, model, data, NULL, &after));
        cr_expect_lt(after.loss, 0.5 * before.loss, "%d: %g to %g", loss, before.loss, after.loss);
        cr_expect_gt(after.accuracy, 0.97, "%d: %g", loss, after.accuracy);
        nncl_evaluation_free(&before);
        nncl_evaluation_free(&after);
        nncl_model_free(&model);
    }
}

static bool keep_last(void *user, const struct nncl_fit_progress *progress)
{
    if (progress->event == NNCL_FIT_EPOCH_END)
        *(struct nncl_fit_progress *)user = *progress;
    return true;
}

/* With next to no learning the epoch's loss is that of the model at rest: smoothed in training and
 * as it is in validation. */
Test(loss, labels_are_smoothed_in_training_only)
{
    const struct {
        enum nncl_loss loss;
        double on, off;
    } kinds[] = {
        {NNCL_SPARSE_CATEGORICAL_CROSSENTROPY, 0.8, 0.1}, {NNCL_BINARY_CROSSENTROPY, 0.85, 0.15}};
    for (size_t i = 0; i < 2; i++) {
        struct nncl_model *model = model_with(kinds[i].loss);
        struct nncl_fit_progress last = {0};
        float p[ROWS * CLASSES];
        OK(nncl_predict(device, model, data, NULL, p));
        OK(train(model, 1, 1e-20f, 0.3f, keep_last, &last));
        const double smooth = loss_of(kinds[i].loss, p, kinds[i].on, kinds[i].off);
        cr_expect_float_eq(last.loss, smooth, 1e-5 * smooth, "%g, not %g", last.loss, smooth);
        const double plain = loss_of(kinds[i].loss, p, 1, 0);
        cr_expect_float_eq(last.val_loss, plain, 1e-5 * plain, "%g, not %g", last.val_loss, plain);
        nncl_model_free(&model);
    }
}

Test(loss, what_makes_no_sense_is_refused)
{
    struct nncl_model *model = model_with(NNCL_MEAN_SQUARED_ERROR);
    cr_expect_eq(train(model, 1, 0, 0.1f, NULL, NULL), NNCL_USAGE);
    cr_expect(strstr(nncl_last_error(), "mean_squared_error"), "%s", nncl_last_error());
    cr_expect_eq(train(model, 1, 0, 1, NULL, NULL), NNCL_USAGE);
    cr_expect_eq(train(model, 1, 0, NAN, NULL, NULL), NNCL_USAGE);
    cr_expect_eq(nncl_model_set_loss(model, (enum nncl_loss)3), NNCL_USAGE);
    cr_expect_eq(nncl_model_loss(model), NNCL_MEAN_SQUARED_ERROR);
    nncl_model_free(&model);
}

/* The same seed mixes alike, and mixing makes a difference. */
Test(loss, mixed_rows_are_learnt_from)
{
    for (int loss = 0; loss < 3; loss++) {
        struct nncl_model *one = model_with((enum nncl_loss)loss),
                          *two = model_with((enum nncl_loss)loss);
        struct nncl_evaluation evaluation;
        struct nncl_fit_options options = {
            .epochs = 10, .learning_rate = 0.01f, .seed = 7, .augment.mixup = 0.4f};
        OK(nncl_fit(device, one, data, NULL, &options));
        options.skip_check = true;
        OK(nncl_fit(device, two, data, NULL, &options));
        cr_expect_eq(problem_difference(one, two), 0);
        OK(nncl_evaluate(device, one, data, NULL, &evaluation));
        cr_expect_gt(evaluation.accuracy, 0.95, "%d: %g", loss, evaluation.accuracy);
        nncl_evaluation_free(&evaluation);
        options.augment.mixup = 0;
        OK(nncl_model_initialise_by(two, "glorot-uniform", 1));
        OK(nncl_fit(device, two, data, NULL, &options));
        cr_expect_gt(problem_difference(one, two), 1e-3);
        nncl_model_free(&one);
        nncl_model_free(&two);
    }
}
