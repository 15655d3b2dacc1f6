/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Training: epochs of passes over the training set, each followed by a validation. */
#include <math.h>

#include <nncl/program.h>
#include <nncl/train.h>

#include "base/status.h"
#include "train/known_good.h"
#include "train/pass.h"
#include "train/trial.h"

/* A training session on a device. */
struct session {
    struct nncl_device *device;
    struct nncl_model *model;
    struct nncl_fit_options options; /* defaults filled in */
    struct parameter_set parameters;
    struct device_data train_data, validation_data;
    struct pass train, validation;
    bool has_validation;
    struct nncl_fit_progress progress;
    double epoch_begin;
};

static struct nncl_fit_options with_defaults(const struct nncl_fit_options *given)
{
    struct nncl_fit_options options = given ? *given : (struct nncl_fit_options){0};
    if (options.epochs == 0)
        options.epochs = 10;
    if (options.batch_size == 0)
        options.batch_size = 32;
    if (options.learning_rate == 0)
        options.learning_rate = 0.001f;
    return options;
}

/* Tells the caller where the fit is. */
static enum nncl_status report(struct session *session, enum nncl_fit_event event)
{
    session->progress.event = event;
    if (session->options.callback &&
        !session->options.callback(session->options.user, &session->progress))
        return nncl_fail(NNCL_INTERRUPTED, "the training was interrupted");
    return NNCL_OK;
}

static enum nncl_status report_plan(struct session *session)
{
    session->progress.plan = session->train.full.plan;
    enum nncl_status status = report(session, NNCL_FIT_PLANNED);
    session->progress.plan = NULL;
    return status;
}

static enum nncl_status upload(struct session *session, const struct nncl_dataset *train,
    const struct nncl_dataset *validation)
{
    enum nncl_status status = NNCL_OK;
    TRY(device_data_upload(
        session->device, session->model, train, "training set", true, &session->train_data));
    if (validation)
        TRY(device_data_upload(session->device, session->model, validation, "validation set", true,
            &session->validation_data));
    session->has_validation = validation != NULL;
    TRY(parameter_set_create(session->device, session->model, true, &session->parameters));
out:
    return status;
}

static enum nncl_status create_passes(struct session *session)
{
    enum nncl_status status = NNCL_OK;
    struct pass_recipe recipe = {.purpose = PASS_TRAIN,
        .model = session->model,
        .parameters = &session->parameters,
        .data = &session->train_data,
        .batch = session->options.batch_size,
        .seed = session->options.seed,
        .learning_rate = session->options.learning_rate,
        .gemm = session->options.gemm};
    TRY(pass_create(session->device, &recipe, &session->train));
    if (session->has_validation) {
        recipe.purpose = PASS_EVALUATE;
        recipe.data = &session->validation_data;
        recipe.batch = PASS_EVALUATION_BATCH;
        TRY(pass_create(session->device, &recipe, &session->validation));
    }
out:
    return status;
}

/* Everything runs once before the first step, so that the first epoch takes as long as the others;
 * what that changed is then written anew. */
static enum nncl_status warm_up(struct session *session)
{
    enum nncl_status status = NNCL_OK;
    TRY(pass_warm_up(&session->train));
    if (session->has_validation)
        TRY(pass_warm_up(&session->validation));
    TRY(parameter_set_write(&session->parameters, session->model));
    TRY(pass_reset(&session->train));
    if (session->has_validation)
        TRY(pass_reset(&session->validation));
out:
    return status;
}

/* A network that this device has not yet computed rightly is tried out first. */
static enum nncl_status check(struct session *session, const struct nncl_dataset *train)
{
    const struct nncl_fit_options *options = &session->options;
    enum nncl_status status = NNCL_OK;
    if (options->skip_check ||
        known_good(session->device, session->model, train, options->batch_size, options->gemm))
        return NNCL_OK;
    TRY(report(session, NNCL_FIT_CHECK));
    status = trial_run(session->device, session->model, train, options->batch_size, options->gemm);
    if (status == NNCL_CHECK_FAILED)
        return nncl_fail_while(status,
            "%s computes something wrong, so nothing was trained (\"cltool check\" shows more; try "
            "another driver or --device ref)",
            nncl_device_get_info(session->device)->name);
    if (status == NNCL_OK)
        remember_good(session->device, session->model, train, options->batch_size, options->gemm);
out:
    return status;
}

static enum nncl_status prepare(struct session *session, const struct nncl_dataset *train,
    const struct nncl_dataset *validation)
{
    enum nncl_status status = NNCL_OK;
    TRY(upload(session, train, validation));
    TRY(report(session, NNCL_FIT_BUILD));
    TRY(create_passes(session));
    session->progress.steps = session->train.steps;
    TRY(report_plan(session));
    TRY(check(session, train));
    TRY(report(session, NNCL_FIT_WARM_UP));
    TRY(warm_up(session));
out:
    return status;
}

static bool on_train_tick(void *user, const struct pass_sample *sample)
{
    struct session *session = user;
    session->progress.step = sample->steps;
    session->progress.loss = pass_loss(sample);
    session->progress.accuracy = pass_accuracy(sample);
    session->progress.seconds = session->progress.train_seconds =
        nncl_clock() - session->epoch_begin;
    return report(session, NNCL_FIT_PROGRESS) == NNCL_OK;
}

/* Inside a validation the numbers shown stay those of the epoch. */
static bool on_validation_tick(void *user, const struct pass_sample *sample)
{
    struct session *session = user;
    (void)sample;
    session->progress.seconds = nncl_clock() - session->epoch_begin;
    return report(session, NNCL_FIT_PROGRESS) == NNCL_OK;
}

static enum nncl_status validate(struct session *session)
{
    struct pass_sample sample;
    enum nncl_status status = pass_run(&session->validation, on_validation_tick, session, &sample);
    if (status == NNCL_NOT_FINITE)
        return pass_blame(&session->validation, &sample, "the validation loss");
    if (status != NNCL_OK)
        return status;
    session->progress.has_validation = true;
    session->progress.val_loss = pass_loss(&sample);
    session->progress.val_accuracy = pass_accuracy(&sample);
    return NNCL_OK;
}

static enum nncl_status run_epoch(struct session *session, uint32_t epoch)
{
    enum nncl_status status = NNCL_OK;
    struct pass_sample sample;
    session->progress = (struct nncl_fit_progress){
        .epoch = epoch, .epochs = session->options.epochs, .steps = session->train.steps};
    TRY(report(session, NNCL_FIT_EPOCH_BEGIN));
    session->epoch_begin = nncl_clock();
    status = pass_run(&session->train, on_train_tick, session, &sample);
    if (status == NNCL_NOT_FINITE)
        TRY(pass_blame(&session->train, &sample, "the loss"));
    TRY(status);
    session->progress.train_seconds = nncl_clock() - session->epoch_begin;
    if (session->has_validation)
        TRY(validate(session));
    session->progress.seconds = nncl_clock() - session->epoch_begin;
    TRY(report(session, NNCL_FIT_EPOCH_END));
out:
    return status;
}

static void session_clear(struct session *session)
{
    pass_free(&session->train);
    pass_free(&session->validation);
    parameter_set_free(&session->parameters);
    device_data_free(&session->train_data);
    device_data_free(&session->validation_data);
}

/* An update by a gradient that is not finite shows in the next step's loss; after the last step
 * there is none. */
static enum nncl_status check_parameters(const struct nncl_model *model)
{
    for (size_t i = 0; i < nncl_model_parameter_count(model); i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(model, i);
        for (size_t j = 0; j < nncl_shape_elements(&parameter->shape); j++)
            if (!isfinite(parameter->values[j]))
                return nncl_fail(NNCL_NOT_FINITE,
                    "the last step left a number that is not finite in %s; a smaller learning rate "
                    "may help",
                    parameter->name);
    }
    return NNCL_OK;
}

/* Whether the device's parameters are worth having after `status`. */
static bool parameters_stand(enum nncl_status status)
{
    return status == NNCL_OK || status == NNCL_INTERRUPTED || status == NNCL_NOT_FINITE;
}

enum nncl_status nncl_fit(struct nncl_device *device, struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_dataset *validation,
    const struct nncl_fit_options *options)
{
    struct session session = {.device = device, .model = model, .options = with_defaults(options)};
    session.progress.epochs = session.options.epochs;
    enum nncl_status status = prepare(&session, train, validation);
    bool prepared = status == NNCL_OK;
    for (uint32_t epoch = 0; epoch < session.options.epochs && status == NNCL_OK; epoch++)
        status = run_epoch(&session, epoch);
    if (prepared && parameters_stand(status)) {
        enum nncl_status read = parameter_set_read(&session.parameters, model);
        if (read == NNCL_OK && status == NNCL_OK)
            read = check_parameters(model);
        if (read != NNCL_OK)
            status = read;
    }
    session_clear(&session);
    return status;
}
