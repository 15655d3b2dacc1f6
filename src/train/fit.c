/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Training: epochs of passes over the training set, each followed by a validation. */
#include <math.h>

#include <nncl/program.h>
#include <nncl/train.h>

#include "base/status.h"
#include "train/best.h"
#include "train/checkpoint.h"
#include "train/known_good.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/session.h"
#include "train/trial.h"
#include "train/want.h"

enum { ACCUMULATED_MOST = 1000 }; /* each has its ops in the plan of a step */

/* A training. */
struct fit {
    struct nncl_device *device;
    struct nncl_model *model;
    struct nncl_fit_options options; /* defaults filled in */
    struct session session;          /* the first pass trains, the second validates */
    struct keeper keeper;            /* unused where there is neither checkpoint nor resume */
    struct plateau plateau;
    bool reduces; /* the learning rate, on a plateau */
    struct best best;
    uint32_t first_epoch;
    struct nncl_fit_progress progress;
    double epoch_begin;
};

/* Fills in the defaults. Errors: NNCL_USAGE for options that do not go together. */
static enum nncl_status complete(
    const struct nncl_fit_options *given, struct nncl_fit_options *options)
{
    struct nncl_optimizer optimizer;
    *options = given ? *given : (struct nncl_fit_options){0};
    if (options->epochs == 0)
        options->epochs = 10;
    if (options->batch_size == 0)
        options->batch_size = 32;
    if (options->accumulate == 0)
        options->accumulate = 1;
    if (!options->optimizer)
        options->optimizer = "adam";
    if (!options->monitor)
        options->monitor = "val_loss";
    enum nncl_status status = optimizer_choose(options, &optimizer);
    if (status == NNCL_OK && options->learning_rate == 0)
        options->learning_rate = nncl_optimizer_info(optimizer.kind)->learning_rate;
    return status;
}

/* Tells the caller where the fit is. */
static enum nncl_status report(struct fit *fit, enum nncl_fit_event event)
{
    fit->progress.event = event;
    if (fit->options.callback && !fit->options.callback(fit->options.user, &fit->progress))
        return nncl_fail(NNCL_INTERRUPTED, "the training was interrupted");
    return NNCL_OK;
}

static enum nncl_status report_plan(struct fit *fit)
{
    fit->progress.plan = pass_plan(&fit->session.passes[0]);
    enum nncl_status status = report(fit, NNCL_FIT_PLANNED);
    fit->progress.plan = NULL;
    return status;
}

static struct session_order order_of(const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_dataset *validation,
    const struct nncl_fit_options *options)
{
    return (struct session_order){.purpose = PASS_TRAIN,
        .model = model,
        .sets = {train, validation},
        .batch = (size_t)options->batch_size * options->accumulate,
        .options = options,
        .gemm = options->gemm};
}

static enum nncl_status check_smoothing(
    const struct nncl_model *model, const struct nncl_fit_options *options)
{
    const float smoothing = options->label_smoothing;
    if (!(smoothing >= 0 && smoothing < 1))
        return nncl_fail(NNCL_USAGE,
            "a label smoothing of %g: it is a part of 1, from 0 to below 1", (double)smoothing);
    if (smoothing > 0 && nncl_model_loss(model) == NNCL_MEAN_SQUARED_ERROR)
        return nncl_fail(NNCL_USAGE,
            "label smoothing is for cross-entropies, and the model's loss is %s",
            nncl_loss_name(nncl_model_loss(model)));
    return NNCL_OK;
}

static enum nncl_status check_average(const struct nncl_fit_options *options)
{
    if (options->ema_decay >= 0 && options->ema_decay < 1)
        return NNCL_OK;
    return nncl_fail(NNCL_USAGE,
        "an average of the weights with a decay of %g: it is a part of 1, from 0 to below 1",
        (double)options->ema_decay);
}

static enum nncl_status check_schedule(const struct nncl_fit_options *options, bool validates)
{
    struct plateau plateau;
    bool reduces;
    enum nncl_status status = plateau_begin(options, &plateau, &reduces);
    if (status == NNCL_OK && reduces && !validates)
        return nncl_fail(NNCL_USAGE, "schedule plateau needs a validation set to go by");
    return status;
}

/* What complete options ask for of the model, and of whether there is a validation set. */
static enum nncl_status check_options(
    const struct nncl_fit_options *options, const struct nncl_model *model, bool validates)
{
    enum nncl_status status = check_smoothing(model, options);
    if (status == NNCL_OK)
        status = check_average(options);
    if (status == NNCL_OK)
        status = check_schedule(options, validates);
    if (status != NNCL_OK)
        return status;
    if (options->accumulate > ACCUMULATED_MOST)
        return nncl_fail(NNCL_USAGE, "a step takes at most %d batches together, not %u",
            ACCUMULATED_MOST, options->accumulate);
    return best_check(options, validates);
}

enum nncl_status nncl_fit_memory(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_dataset *validation,
    const struct nncl_fit_options *options, struct nncl_memory *memory)
{
    struct nncl_fit_options all;
    enum nncl_status status = complete(options, &all);
    if (status != NNCL_OK)
        return status;
    struct session_order order = order_of(model, train, validation, &all);
    status = check_options(&all, model, validation != NULL);
    return status == NNCL_OK ? session_plan(device, &order, memory) : status;
}

/* A launch more has been done once. */
static bool on_launched(void *user)
{
    struct fit *fit = user;
    fit->progress.built++;
    return report(fit, NNCL_FIT_BUILD) == NNCL_OK;
}

/* Launches everything once: some drivers generate a kernel's code only then. */
static enum nncl_status launch_once(struct fit *fit)
{
    enum nncl_status status = NNCL_OK;
    struct session *session = &fit->session;
    for (size_t i = 0; i < session->count; i++)
        fit->progress.to_build += pass_launches(&session->passes[i]);
    for (size_t i = 0; i < session->count && fit->progress.to_build > 0; i++)
        TRY(pass_launch_once(&session->passes[i], on_launched, fit));
out:
    fit->progress.built = fit->progress.to_build = 0;
    return status;
}

/* Everything runs before the first step, so that the first epoch takes as long as the others;
 * what that changed is then written anew. */
static enum nncl_status warm_up(struct fit *fit)
{
    enum nncl_status status = NNCL_OK;
    struct session *session = &fit->session;
    for (size_t i = 0; i < session->count; i++)
        TRY(pass_warm_up(&session->passes[i]));
    TRY(parameter_set_write(&session->parameters, fit->model));
    for (size_t i = 0; i < session->count; i++)
        TRY(pass_reset(&session->passes[i]));
out:
    return status;
}

static enum nncl_status run_check(struct fit *fit, const struct nncl_dataset *train)
{
    const struct nncl_fit_options *options = &fit->options;
    enum nncl_status status = trial_run(fit->device, fit->model, train, options);
    if (status == NNCL_CHECK_FAILED)
        return nncl_fail_while(status,
            "%s computes something wrong, so nothing was trained (\"cltool check\" shows more; try "
            "another driver or --device ref)",
            nncl_device_get_info(fit->device)->name);
    if (status == NNCL_OK)
        remember_good(fit->device, fit->model, train, options);
    return status;
}

/* A network that this device has not yet computed rightly is tried out first. The session makes
 * room for that meanwhile: both together may not fit on the device. */
static enum nncl_status check(struct fit *fit, const struct session_order *order)
{
    const struct nncl_fit_options *options = &fit->options;
    const struct nncl_dataset *train = order->sets[0];
    enum nncl_status status = NNCL_OK;
    if (options->skip_check || known_good(fit->device, fit->model, train, options))
        return NNCL_OK;
    TRY(report(fit, NNCL_FIT_CHECK));
    session_clear(&fit->session);
    TRY(run_check(fit, train));
    TRY(session_create(fit->device, order, &fit->session));
out:
    return status;
}

/* Whether checkpoints are written. */
static bool keeps(const struct fit *fit)
{
    return fit->options.checkpoint != NULL;
}

/* Goes back to where a checkpoint was made, and gets ready to make others. */
static enum nncl_status prepare_checkpoints(struct fit *fit)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_checkpoint *from = fit->options.resume;
    if (!keeps(fit) && !from)
        return NNCL_OK;
    TRY(keeper_create(&fit->keeper, &fit->options, fit->model, &fit->session, from));
    if (keeps(fit))
        fit->session.passes[0].keeper = &fit->keeper.pass;
    if (from) {
        TRY(checkpoint_restore(from, &fit->keeper, &fit->session));
        fit->first_epoch = from->info.epoch;
        for (uint32_t i = 0; i < from->info.epoch; i++) {
            struct nncl_fit_progress epoch = from->epochs[i];
            best_add(&fit->best, &fit->options, &epoch);
            if (fit->reduces)
                (void)plateau_observe(&fit->plateau, epoch.val_loss);
        }
    }
out:
    return status;
}

static enum nncl_status prepare(
    struct fit *fit, const struct nncl_dataset *train, const struct nncl_dataset *validation)
{
    enum nncl_status status = NNCL_OK;
    struct session_order order = order_of(fit->model, train, validation, &fit->options);
    TRY(session_plan(fit->device, &order, NULL));
    if (fit->options.then_evaluates)
        TRY(evaluate_want(
            fit->device, fit->model, validation ? validation : train, fit->options.gemm));
    TRY(session_upload(fit->device, &order, &fit->session));
    TRY(report(fit, NNCL_FIT_BUILD));
    TRY(session_build(fit->device, &order, &fit->session));
    TRY(launch_once(fit));
    fit->progress.steps = fit->session.passes[0].steps;
    TRY(report_plan(fit));
    TRY(check(fit, &order));
    TRY(report(fit, NNCL_FIT_WARM_UP));
    TRY(warm_up(fit));
    TRY(prepare_checkpoints(fit));
out:
    return status;
}

static void note_training(struct fit *fit, const struct pass_sample *sample)
{
    fit->progress.step = sample->steps;
    fit->progress.loss = pass_loss(sample);
    fit->progress.accuracy = pass_accuracy(sample);
    fit->progress.learning_rate = (double)pass_learning_rate(sample);
}

static bool on_train_tick(void *user, const struct pass_sample *sample)
{
    struct fit *fit = user;
    note_training(fit, sample);
    fit->progress.seconds = fit->progress.train_seconds = nncl_clock() - fit->epoch_begin;
    /* While the device computes what is enqueued. A failure of the device shows again. */
    (void)keeper_write_pending(&fit->keeper);
    return report(fit, NNCL_FIT_PROGRESS) == NNCL_OK;
}

/* Inside a validation the numbers shown stay those of the epoch. */
static bool on_validation_tick(void *user, const struct pass_sample *sample)
{
    struct fit *fit = user;
    (void)sample;
    fit->progress.seconds = nncl_clock() - fit->epoch_begin;
    return report(fit, NNCL_FIT_PROGRESS) == NNCL_OK;
}

static enum nncl_status validate(struct fit *fit)
{
    struct pass_sample sample;
    enum nncl_status status = pass_run(&fit->session.passes[1], on_validation_tick, fit, &sample);
    if (status == NNCL_NOT_FINITE)
        return pass_blame(&fit->session.passes[1], &sample, "the validation loss");
    if (status != NNCL_OK)
        return status;
    fit->progress.has_validation = true;
    fit->progress.val_loss = pass_loss(&sample);
    fit->progress.val_accuracy = pass_accuracy(&sample);
    if (fit->reduces && plateau_observe(&fit->plateau, fit->progress.val_loss))
        return pass_set_rate(&fit->session.passes[0], fit->plateau.rate);
    return NNCL_OK;
}

/* The epoch is done: it counts, and may be kept. */
static enum nncl_status end_epoch(struct fit *fit)
{
    enum nncl_status status = NNCL_OK;
    best_add(&fit->best, &fit->options, &fit->progress);
    if (fit->progress.is_best && fit->options.keep_best)
        TRY(parameter_set_keep_best(&fit->session.parameters));
    if (!keeps(fit))
        return NNCL_OK;
    TRY(keeper_add_epoch(&fit->keeper, &fit->progress));
    if (fit->options.checkpoint_every == 0)
        TRY(keeper_copy(&fit->keeper));
out:
    return status;
}

static enum nncl_status run_epoch(struct fit *fit, uint32_t epoch)
{
    enum nncl_status status = NNCL_OK;
    struct pass_sample sample;
    fit->progress = (struct nncl_fit_progress){.epoch = epoch,
        .epochs = fit->options.epochs,
        .step = fit->session.passes[0].first,
        .first_step = fit->session.passes[0].first,
        .steps = fit->session.passes[0].steps};
    TRY(report(fit, NNCL_FIT_EPOCH_BEGIN));
    fit->epoch_begin = nncl_clock();
    status = pass_run(&fit->session.passes[0], on_train_tick, fit, &sample);
    if (status == NNCL_NOT_FINITE)
        TRY(pass_blame(&fit->session.passes[0], &sample, "the loss"));
    TRY(status);
    note_training(fit, &sample); /* which a checkpoint of the epoch's last step leaves all to do */
    fit->progress.train_seconds = nncl_clock() - fit->epoch_begin;
    if (fit->session.count > 1)
        TRY(validate(fit));
    fit->progress.seconds = nncl_clock() - fit->epoch_begin;
    TRY(end_epoch(fit));
    TRY(report(fit, NNCL_FIT_EPOCH_END));
out:
    return status;
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

/* The last checkpoint: of the training's end, or of where an interrupt came. */
static enum nncl_status keep_end(struct fit *fit, enum nncl_status ended)
{
    enum nncl_status status = NNCL_OK;
    TRY(keeper_write_pending(&fit->keeper));
    if (!keeps(fit) || (ended != NNCL_OK && ended != NNCL_INTERRUPTED))
        return NNCL_OK;
    if (ended == NNCL_OK && fit->options.checkpoint_every == 0 && fit->keeper.saved)
        return NNCL_OK; /* the last epoch's */
    TRY(keeper_copy(&fit->keeper));
    TRY(keeper_write_pending(&fit->keeper));
out:
    return status;
}

/* Adds to the sentence of a failure where the last good checkpoint is. */
static enum nncl_status point_at_checkpoint(const struct fit *fit, enum nncl_status status)
{
    if (status != NNCL_NOT_FINITE || !fit->keeper.saved)
        return status;
    return nncl_fail_while(status, "the checkpoint %s is kept as it was at epoch %u, step %u",
        fit->options.checkpoint, fit->keeper.saved_epoch + 1, fit->keeper.saved_step);
}

/* After the epochs: the last checkpoint, and the parameters for the caller. */
static enum nncl_status finish(struct fit *fit, enum nncl_status ended)
{
    enum nncl_status status = ended;
    if (ended != NNCL_OK)
        nncl_error_hold();
    enum nncl_status kept = keep_end(fit, ended);
    enum nncl_status read = parameter_set_read(
        &fit->session.parameters, fit->options.keep_best && fit->best.any, fit->model);
    if (ended != NNCL_OK)
        nncl_error_restore();
    if (read == NNCL_OK && ended == NNCL_OK)
        read = check_parameters(fit->model);
    if (read != NNCL_OK || kept != NNCL_OK)
        status = read != NNCL_OK ? read : kept;
    return point_at_checkpoint(fit, status);
}

/* The caller's options, with what a checkpoint knows of those left open. */
static enum nncl_status settle(const struct nncl_fit_options *given, const struct nncl_model *model,
    struct nncl_fit_options *all)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_fit_options options = given ? *given : (struct nncl_fit_options){0};
    if (options.resume) {
        TRY(settings_adopt(&options.resume->info.options, &options));
        TRY(checkpoint_check_model(options.resume, model));
    }
    TRY(complete(&options, all));
    if (options.resume && all->epochs != options.resume->info.options.epochs &&
        schedule_spans(all->schedule))
        TRY(nncl_fail(NNCL_USAGE,
            "the checkpoint's learning rates are planned for %u epochs, so it cannot go on to %u",
            options.resume->info.options.epochs, all->epochs));
out:
    return status;
}

enum nncl_status nncl_fit(struct nncl_device *device, struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_dataset *validation,
    const struct nncl_fit_options *options)
{
    struct fit fit = {.device = device, .model = model};
    enum nncl_status status = settle(options, model, &fit.options);
    if (status != NNCL_OK)
        return status;
    fit.progress.epochs = fit.options.epochs;
    status = check_options(&fit.options, model, validation != NULL);
    if (status == NNCL_OK)
        status = plateau_begin(&fit.options, &fit.plateau, &fit.reduces);
    if (status != NNCL_OK)
        return status;
    status = prepare(&fit, train, validation);
    bool prepared = status == NNCL_OK;
    uint32_t epoch = fit.first_epoch;
    while (status == NNCL_OK && epoch < fit.options.epochs && !fit.best.ended)
        status = run_epoch(&fit, epoch++);
    if (prepared && parameters_stand(status))
        status = finish(&fit, status);
    keeper_free(&fit.keeper);
    session_clear(&fit.session);
    return status;
}
