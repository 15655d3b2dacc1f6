/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl train: a run, from its parts to its records. */
#include <stdio.h>
#include <stdlib.h>

#include "common/messages.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/memory.h"
#include "mnist-cl/network.h"
#include "mnist-cl/progress.h"
#include "mnist-cl/results.h"
#include "mnist-cl/runs_file.h"
#include "mnist-cl/setup.h"
#include "mnist-cl/summary.h"
#include "mnist-cl/train_data.h"
#include "mnist-cl/train_json.h"
#include "mnist-cl/train_options.h"

static struct train_options *const asked = &train_options;

/* A training's parts, freed together. */
struct training {
    char *layers; /* --hidden, as a network's text */
    char *path;   /* where the model goes */
    struct nncl_device *device;
    struct nncl_mnist mnist;
    struct nncl_dataset *validation; /* set aside from the training set; NULL: none */
    struct nncl_model *model;
    struct progress progress;
    struct resume resume;
    double test_loss, test_accuracy; /* once the training is finished */
    bool fitted, finished;           /* it was begun; it has a result on the test set */
    json_t *results;                 /* more of the test set for --json; NULL: none */
};

/* ---- Steps of a run; each says its own failure ---- */

/* Says so if two results would end up in one file. */
static int check_apart(const char *model_path)
{
    const struct {
        const char *option, *path;
    } files[] = {{"--save", model_path}, {"--json", asked->json_path},
        {"--trace", asked->watch.trace_path}, {"--checkpoint", asked->checkpoint_path}};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < i; j++)
            if (files[i].path && files[j].path && nncl_file_same(files[i].path, files[j].path))
                return message_fail(NNCL_USAGE, "%s and %s both name %s", files[j].option,
                    files[i].option, files[i].path);
    return NNCL_OK;
}

/* Finds out where results go before any work is done for them. */
static int prepare_files(struct training *training)
{
    enum nncl_status status = NNCL_OK;
    if (!asked->save_path)
        status = nncl_data_path(setup_last_model, true, &training->path);
    if (status == NNCL_OK)
        status = nncl_file_writable(asked->save_path ? asked->save_path : training->path);
    if (status == NNCL_OK && asked->json_path)
        status = nncl_file_writable(asked->json_path);
    if (status == NNCL_OK && asked->checkpoint_path)
        status = nncl_file_writable(asked->checkpoint_path);
    if (status != NNCL_OK)
        return message_status(status);
    int apart = check_apart(asked->save_path ? asked->save_path : training->path);
    return apart == NNCL_OK ? watch_begin(&asked->watch) : apart;
}

/* The network: the checkpoint's, unless one was asked for, which then must be the same. */
static int make_model(struct training *training)
{
    const struct nncl_checkpoint *checkpoint = training->resume.checkpoint;
    if (checkpoint && !asked->network && !asked->hidden)
        return message_status(nncl_checkpoint_model(checkpoint, &training->model));
    const char *text = training->layers ? training->layers
                       : asked->network ? asked->network
                                        : "mlp";
    enum nncl_loss loss;
    enum nncl_status status = (enum nncl_status)message_status(nncl_loss_find(asked->loss, &loss));
    if (status == NNCL_OK)
        status = network_create(text, nncl_dataset_get(training->mnist.train), asked->initialiser,
            asked->seed, &training->model);
    if (status == NNCL_OK)
        status = nncl_model_set_loss(training->model, loss);
    return (int)status;
}

static int prepare(struct training *training)
{
    int status = asked->hidden ? (int)network_layers(asked->hidden, &training->layers) : NNCL_OK;
    if (status == NNCL_OK)
        status = (int)train_data_check(&asked->data);
    if (status == NNCL_OK)
        status = message_status(nncl_augmentation_parse(asked->augment, &asked->augmentation));
    if (status == NNCL_OK)
        status = prepare_files(training);
    if (status == NNCL_OK)
        status =
            setup_exit_status(setup_device(asked->device, asked->memory_limit, &training->device));
    if (status == NNCL_OK)
        status = (int)setup_convolution(asked->conv, training->device);
    if (status == NNCL_OK)
        status = setup_exit_status(watch_device(&asked->watch, training->device));
    trace_stage(asked->watch.trace, "read data");
    if (status == NNCL_OK)
        status = setup_exit_status(
            train_data_open(&asked->data, asked->seed, &training->mnist, &training->validation));
    if (status == NNCL_OK)
        status = make_model(training);
    if (status != NNCL_OK)
        return status;
    message("seed %llu", (unsigned long long)asked->seed);
    return asked->quiet ? NNCL_OK : summary_print(training->model);
}

static bool on_fit(void *user, const struct nncl_fit_progress *now)
{
    bool goes_on = progress_update(user, now);
    watch_fit(&asked->watch, now);
    return goes_on;
}

static struct nncl_fit_options fit_options(struct training *training)
{
    struct nncl_fit_options options = {.epochs = (uint32_t)asked->epochs,
        .batch_size = (uint32_t)asked->batch_size,
        .accumulate = (uint32_t)asked->accumulate,
        .optimizer = asked->optimizer,
        .momentum = (float)asked->momentum,
        .weight_decay = (float)asked->weight_decay,
        .clip_norm = (float)asked->clip_norm,
        .clip_value = (float)asked->clip_value,
        .ema_decay = (float)asked->ema_decay,
        .learning_rate = (float)asked->learning_rate,
        .schedule = asked->schedule,
        .label_smoothing = (float)asked->label_smoothing,
        .augment = asked->augmentation,
        .seed = asked->seed,
        .gemm = asked->gemm,
        .then_evaluates = asked->json_path != NULL || training->validation != NULL,
        .callback = on_fit,
        .user = &training->progress,
        .checkpoint = asked->checkpoint_path,
        .checkpoint_every = (uint32_t)asked->checkpoint_every,
        .checkpoint_note = training->resume.note,
        .resume = training->resume.checkpoint};
    stopping_set(&asked->stopping, &options);
    return options;
}

/* What is evaluated after each epoch: the test set, unless there is a validation set for that. */
static const struct nncl_dataset *watched_data(const struct training *training)
{
    return training->validation ? training->validation : training->mnist.test;
}

/* --plan: tells what the training would take, and trains nothing. */
static int show_plan(struct training *training)
{
    const struct nncl_fit_options options = fit_options(training);
    struct nncl_memory memory;
    enum nncl_status planned = nncl_fit_memory(training->device, training->model,
        training->mnist.train, watched_data(training), &options, &memory);
    if (planned != NNCL_OK && planned != NNCL_OUT_OF_MEMORY)
        return message_status(planned);
    int status = memory_print(&memory);
    if (status == NNCL_OK && asked->json_path)
        status = (int)memory_json_write(&memory, asked->json_path);
    return planned != NNCL_OK ? message_status(planned) : status;
}

static enum nncl_status fit(struct training *training)
{
    const struct nncl_fit_options options = fit_options(training);
    progress_start(&training->progress, training->device, asked->quiet);
    progress_resume(&training->progress, training->resume.checkpoint);
    trace_stage(asked->watch.trace, "upload");
    return nncl_fit(
        training->device, training->model, training->mnist.train, watched_data(training), &options);
}

/* The result on the test set, which the last epoch has seen already or nothing has. */
static enum nncl_status test(struct training *training)
{
    const struct progress *progress = &training->progress;
    struct nncl_evaluation evaluation = {0};
    const bool seen = !training->validation && progress->epoch_count > 0;
    if (seen) {
        const struct nncl_fit_progress *last = &progress->epochs[progress->epoch_count - 1];
        training->test_loss = last->val_loss;
        training->test_accuracy = last->val_accuracy;
    }
    if (seen && !asked->json_path)
        return NNCL_OK;
    trace_stage(asked->watch.trace, "evaluate");
    enum nncl_status status = results_find(training->device, training->model, training->mnist.test,
        asked->gemm, &evaluation, asked->json_path ? &training->results : NULL);
    trace_stage(asked->watch.trace, NULL);
    if (!seen) {
        training->test_loss = evaluation.loss;
        training->test_accuracy = evaluation.accuracy;
    }
    nncl_evaluation_free(&evaluation);
    return status;
}

static int save_model(const struct training *training)
{
    const char *path = asked->save_path ? asked->save_path : training->path;
    trace_stage(asked->watch.trace, "save model");
    int status = message_status(nncl_model_save(training->model, path));
    if (status == NNCL_OK)
        message("model saved to %s", path);
    return status;
}

static struct train_record record_of(const struct training *training, bool finished)
{
    return (struct train_record){.asked = asked,
        .device = training->device,
        .mnist = &training->mnist,
        .model = training->model,
        .progress = &training->progress,
        .validation_rows = training->validation ? nncl_dataset_get(training->validation)->rows : 0,
        .test_loss = training->test_loss,
        .test_accuracy = training->test_accuracy,
        .results = training->results,
        .finished = finished};
}

/* Writes the record if it was asked for. */
static int save_record(const struct training *training, bool finished)
{
    const struct train_record record = record_of(training, finished);
    return asked->json_path ? (int)train_json_write(&record, asked->json_path) : NNCL_OK;
}

/* Adds the training to the folder of runs, however it ended. */
static void record_run(const struct training *training)
{
    const struct train_record record = record_of(training, training->finished);
    const bool stopped = nncl_interrupted() != 0;
    const char *status = training->finished ? "done" : stopped ? "interrupted" : "failed";
    json_t *settings = json_loads(training->resume.note, 0, NULL);
    json_object_del(settings, "save"); /* where results go is no setting */
    json_object_del(settings, "json");
    if (!training->progress.failed)
        runs_add(asked->runs_folder, train_json_run(&record, settings, status,
                                         training->finished || stopped ? NULL : nncl_last_error()));
}

static void print_accuracy(const struct training *training)
{
    printf("%s: %.4f\n",
        training->mnist.generated ? "Accuracy on generated digits (not MNIST)" : "Test accuracy",
        training->test_accuracy);
}

/* What an interrupt leaves: the model as far as it came, and no accuracy. A failure to save is
 * said; the exit status tells of the signal. */
static int end_interrupted(const struct training *training, enum nncl_status fitted)
{
    nncl_interrupt_acknowledge();
    if (!training->progress.began) { /* a build may have failed for the interrupt */
        message("interrupted before the first step: no model saved");
    } else if (fitted == NNCL_OK || fitted == NNCL_INTERRUPTED) {
        message("interrupted in epoch %zu of %llu", training->progress.epoch_count + 1,
            (unsigned long long)asked->epochs);
        stopping_say(&asked->stopping, &training->progress);
        (void)save_model(training);
        if (asked->checkpoint_path && fitted == NNCL_INTERRUPTED)
            message("\"mnist-cl train --resume %s\" goes on from here", asked->checkpoint_path);
    } else {
        message_status(fitted);
    }
    (void)save_record(training, false);
    return 128 + nncl_interrupted();
}

static int train(struct training *training)
{
    int status = prepare(training);
    if (status != NNCL_OK)
        return status;
    if (asked->only_plan)
        return show_plan(training);
    /* Whatever ends the run, even while a driver's compiler cannot be stopped, no older run's
     * record is left in its place. */
    status = save_record(training, false);
    if (status != NNCL_OK)
        return status;
    training->fitted = true;
    enum nncl_status fitted = fit(training);
    int shown = watch_print(&asked->watch);
    if (nncl_interrupted())
        return end_interrupted(training, fitted);
    if (fitted != NNCL_OK) {
        status = message_status(fitted);
        (void)save_record(training, false);
        return status;
    }
    stopping_say(&asked->stopping, &training->progress);
    status = save_model(training);
    enum nncl_status tested = test(training);
    if (nncl_interrupted())
        return end_interrupted(training, NNCL_INTERRUPTED);
    if (tested != NNCL_OK)
        return message_status(tested);
    training->finished = true;
    int written = save_record(training, true);
    print_accuracy(training);
    return status != NNCL_OK ? status : written != NNCL_OK ? written : shown;
}

/* --sweep: the settings are only looked at by the trainings. */
static int run_sweep(void)
{
    const struct sweep_order order = {.options = train_option_table,
        .validation_split = asked->data.validation_split,
        .seed = asked->seed,
        .save_path = asked->save_path,
        .json_path = asked->json_path,
        .runs_folder = asked->runs_folder,
        .quiet = asked->quiet};
    return sweep_run(&asked->sweep, &order);
}

static int run(const char *const *arguments, size_t count)
{
    (void)arguments;
    (void)count;
    nncl_log_set(message_log, NULL, asked->verbose ? NNCL_LOG_DEBUG : NNCL_LOG_WARNING);
    struct training training = {0};
    int status = train_options_settle(&training.resume);
    if (status == NNCL_OK)
        status = asked->sweep.text ? run_sweep() : train(&training);
    if (training.fitted)
        record_run(&training);
    progress_finish(&training.progress);
    nncl_model_free(&training.model);
    nncl_mnist_free(&training.mnist);
    nncl_dataset_free(&training.validation);
    json_decref(training.results);
    nncl_device_close(&training.device);
    resume_close(&training.resume);
    nncl_free(training.path);
    free(training.layers);
    return watch_end(&asked->watch, status);
}

const struct command train_command = {.name = "train",
    .arguments = "",
    .summary = "train a network and print its test accuracy",
    .details =
        "By default the network has one hidden layer of 128 units with ReLU and is trained for 10\n"
        "epochs with Adam. Ctrl-C ends the training early and saves the model. The same seed on\n"
        "the same device gives the same model, bit for bit, also when it was stopped and resumed:\n"
        "\"mnist-cl --checkpoint run.ckpt\", then \"mnist-cl --resume run.ckpt\".\n"
        "Optimizers: adam, adamw, nadam, sgd, momentum, nesterov, rmsprop, adagrad, adadelta; as\n"
        "\"adam beta1=0.8 epsilon=1e-8\", with their momentum, beta1, beta2, rho, epsilon and\n"
        "weight_decay. Schedules: constant, step, exponential, cosine, onecycle, plateau; as\n"
        "\"cosine warmup=1\"; the manual page has their numbers.\n"
        "First weights are drawn by NAME: glorot-, he- or lecun- with uniform or normal,\n"
        "orthogonal, zeros or constant:X. The losses are sparse_categorical_crossentropy (xent) "
        "and\n"
        "binary_crossentropy (bce), both on logits, and mean_squared_error (mse) on the last "
        "layer's\n"
        "outputs, as in \"mnist-cl --model 'dense 30 sigmoid, dense 10 sigmoid' --loss mse\".",
    .options = train_option_table,
    .run = run};
