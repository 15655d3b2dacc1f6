/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl train */
#include <stdio.h>
#include <stdlib.h>

#include "common/messages.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/memory.h"
#include "mnist-cl/network.h"
#include "mnist-cl/progress.h"
#include "mnist-cl/recipe.h"
#include "mnist-cl/results.h"
#include "mnist-cl/resume.h"
#include "mnist-cl/runs_file.h"
#include "mnist-cl/setup.h"
#include "mnist-cl/stopping.h"
#include "mnist-cl/summary.h"
#include "mnist-cl/sweep.h"
#include "mnist-cl/train_data.h"
#include "mnist-cl/train_json.h"
#include "mnist-cl/watch.h"

static const char *device_selector, *network, *hidden, *save_path, *json_path, *gemm, *conv;
static const char *initialiser = "glorot-uniform";
static uint64_t epochs = 10, batch_size = 32, seed = 1, memory_limit;
static const char *optimizer = "adam", *schedule = "constant";
static double momentum, weight_decay, clip_norm, clip_value, ema_decay;
static double learning_rate, label_smoothing;
static const char *loss_name = "sparse_categorical_crossentropy";
static struct train_data_options data = {.normalise = "unit"};
static const char *augment = "";
static struct nncl_augmentation augmentation;
static struct stopping stopping = {.monitor = "val_loss"};
static bool quiet, verbose, only_plan;
static const char *checkpoint_path, *resume_path, *runs_folder;
static uint64_t accumulate = 1;
static uint64_t checkpoint_every;
static struct sweep sweep;
static struct watch watch;

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
    } files[] = {{"--save", model_path}, {"--json", json_path}, {"--trace", watch.trace_path},
        {"--checkpoint", checkpoint_path}};
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
    if (!save_path)
        status = nncl_data_path(setup_last_model, true, &training->path);
    if (status == NNCL_OK)
        status = nncl_file_writable(save_path ? save_path : training->path);
    if (status == NNCL_OK && json_path)
        status = nncl_file_writable(json_path);
    if (status == NNCL_OK && checkpoint_path)
        status = nncl_file_writable(checkpoint_path);
    if (status != NNCL_OK)
        return message_status(status);
    int apart = check_apart(save_path ? save_path : training->path);
    return apart == NNCL_OK ? watch_begin(&watch) : apart;
}

/* The network: the checkpoint's, unless one was asked for, which then must be the same. */
static int make_model(struct training *training)
{
    const struct nncl_checkpoint *checkpoint = training->resume.checkpoint;
    if (checkpoint && !network && !hidden)
        return message_status(nncl_checkpoint_model(checkpoint, &training->model));
    const char *text = training->layers ? training->layers : network ? network : "mlp";
    enum nncl_loss loss;
    enum nncl_status status = (enum nncl_status)message_status(nncl_loss_find(loss_name, &loss));
    if (status == NNCL_OK)
        status = network_create(
            text, nncl_dataset_get(training->mnist.train), initialiser, seed, &training->model);
    if (status == NNCL_OK)
        status = nncl_model_set_loss(training->model, loss);
    return (int)status;
}

static int prepare(struct training *training)
{
    int status = hidden ? (int)network_layers(hidden, &training->layers) : NNCL_OK;
    if (status == NNCL_OK)
        status = (int)train_data_check(&data);
    if (status == NNCL_OK)
        status = message_status(nncl_augmentation_parse(augment, &augmentation));
    if (status == NNCL_OK)
        status = prepare_files(training);
    if (status == NNCL_OK)
        status = setup_exit_status(setup_device(device_selector, memory_limit, &training->device));
    if (status == NNCL_OK)
        status = (int)setup_convolution(conv, training->device);
    if (status == NNCL_OK)
        status = setup_exit_status(watch_device(&watch, training->device));
    trace_stage(watch.trace, "read data");
    if (status == NNCL_OK)
        status = setup_exit_status(
            train_data_open(&data, seed, &training->mnist, &training->validation));
    if (status == NNCL_OK)
        status = make_model(training);
    if (status != NNCL_OK)
        return status;
    message("seed %llu", (unsigned long long)seed);
    return quiet ? NNCL_OK : summary_print(training->model);
}

static bool on_fit(void *user, const struct nncl_fit_progress *now)
{
    bool goes_on = progress_update(user, now);
    watch_fit(&watch, now);
    return goes_on;
}

static struct nncl_fit_options fit_options(struct training *training)
{
    struct nncl_fit_options options = {.epochs = (uint32_t)epochs,
        .batch_size = (uint32_t)batch_size,
        .accumulate = (uint32_t)accumulate,
        .optimizer = optimizer,
        .momentum = (float)momentum,
        .weight_decay = (float)weight_decay,
        .clip_norm = (float)clip_norm,
        .clip_value = (float)clip_value,
        .ema_decay = (float)ema_decay,
        .learning_rate = (float)learning_rate,
        .schedule = schedule,
        .label_smoothing = (float)label_smoothing,
        .augment = augmentation,
        .seed = seed,
        .gemm = gemm,
        .then_evaluates = json_path != NULL || training->validation != NULL,
        .callback = on_fit,
        .user = &training->progress,
        .checkpoint = checkpoint_path,
        .checkpoint_every = (uint32_t)checkpoint_every,
        .checkpoint_note = training->resume.note,
        .resume = training->resume.checkpoint};
    stopping_set(&stopping, &options);
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
    if (status == NNCL_OK && json_path)
        status = (int)memory_json_write(&memory, json_path);
    return planned != NNCL_OK ? message_status(planned) : status;
}

static enum nncl_status fit(struct training *training)
{
    const struct nncl_fit_options options = fit_options(training);
    progress_start(&training->progress, training->device, quiet);
    progress_resume(&training->progress, training->resume.checkpoint);
    trace_stage(watch.trace, "upload");
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
    if (seen && !json_path)
        return NNCL_OK;
    trace_stage(watch.trace, "evaluate");
    enum nncl_status status = results_find(training->device, training->model, training->mnist.test,
        gemm, &evaluation, json_path ? &training->results : NULL);
    trace_stage(watch.trace, NULL);
    if (!seen) {
        training->test_loss = evaluation.loss;
        training->test_accuracy = evaluation.accuracy;
    }
    nncl_evaluation_free(&evaluation);
    return status;
}

static int save_model(const struct training *training)
{
    const char *path = save_path ? save_path : training->path;
    trace_stage(watch.trace, "save model");
    int status = message_status(nncl_model_save(training->model, path));
    if (status == NNCL_OK)
        message("model saved to %s", path);
    return status;
}

static struct train_record record_of(const struct training *training, bool finished)
{
    return (struct train_record){.device = training->device,
        .mnist = &training->mnist,
        .model = training->model,
        .progress = &training->progress,
        .seed = seed,
        .epochs = epochs,
        .batch_size = batch_size,
        .accumulate = accumulate,
        .optimizer = optimizer,
        .momentum = momentum,
        .weight_decay = weight_decay,
        .clip_norm = clip_norm,
        .clip_value = clip_value,
        .ema_decay = ema_decay,
        .learning_rate = learning_rate,
        .schedule = schedule,
        .label_smoothing = label_smoothing,
        .gemm = gemm,
        .conv = conv,
        .validation_split = data.validation_split,
        .initialiser = initialiser,
        .normalise = data.normalise,
        .augment = augment,
        .validation_rows = training->validation ? nncl_dataset_get(training->validation)->rows : 0,
        .test_loss = training->test_loss,
        .test_accuracy = training->test_accuracy,
        .results = training->results,
        .stopping = &stopping,
        .watch = &watch,
        .finished = finished};
}

/* Writes the record if it was asked for. */
static int save_record(const struct training *training, bool finished)
{
    const struct train_record record = record_of(training, finished);
    return json_path ? (int)train_json_write(&record, json_path) : NNCL_OK;
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
        runs_add(runs_folder, train_json_run(&record, settings, status,
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
            (unsigned long long)epochs);
        stopping_say(&stopping, &training->progress);
        (void)save_model(training);
        if (checkpoint_path && fitted == NNCL_INTERRUPTED)
            message("\"mnist-cl train --resume %s\" goes on from here", checkpoint_path);
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
    if (only_plan)
        return show_plan(training);
    /* Whatever ends the run, even while a driver's compiler cannot be stopped, no older run's
     * record is left in its place. */
    status = save_record(training, false);
    if (status != NNCL_OK)
        return status;
    training->fitted = true;
    enum nncl_status fitted = fit(training);
    int shown = watch_print(&watch);
    if (nncl_interrupted())
        return end_interrupted(training, fitted);
    if (fitted != NNCL_OK) {
        status = message_status(fitted);
        (void)save_record(training, false);
        return status;
    }
    stopping_say(&stopping, &training->progress);
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

/* One name for a loss, whatever it was called. */
static int settle_loss(void)
{
    enum nncl_loss loss;
    int status = message_status(nncl_loss_find(loss_name, &loss));
    if (status == NNCL_OK)
        loss_name = nncl_loss_name(loss);
    if (status == NNCL_OK && loss == NNCL_MEAN_SQUARED_ERROR && label_smoothing > 0)
        return message_fail(
            NNCL_USAGE, "--label-smoothing is for cross-entropies, not for %s", loss_name);
    return status;
}

/* Options that do not go together. */
static int check_options(void)
{
    if (quiet && verbose)
        return message_fail(NNCL_USAGE, "--quiet and --verbose contradict each other");
    if (network && hidden)
        return message_fail(NNCL_USAGE, "--model and --hidden both say which network it is");
    if (clip_norm > 0 && clip_value > 0)
        return message_fail(NNCL_USAGE, "--clip-norm and --clip-value both say how to clip");
    if (only_plan && (watch.explains || watch.profiles || watch.trace_path))
        return message_fail(NNCL_USAGE,
            "--plan trains nothing, so there is nothing to --explain, --profile or --trace");
    if (checkpoint_every && !checkpoint_path && !resume_path)
        return message_fail(NNCL_USAGE, "--checkpoint-every needs --checkpoint FILE");
    int status = sweep_check(&sweep);
    if (status != NNCL_OK || sweep.text)
        return status;
    status = settle_loss();
    return status == NNCL_OK ? stopping_check(&stopping) : status;
}

/* The learning rate is the optimizer's unless it is given. The test set never decides. */
static int settle_optimizer(void)
{
    struct nncl_optimizer chosen;
    bool by_validation = false;
    enum nncl_status status = nncl_optimizer_parse(optimizer, &chosen);
    if (status == NNCL_OK)
        status = nncl_schedule_parse(schedule, &by_validation);
    if (by_validation && data.validation_split == 0)
        return message_fail(NNCL_USAGE,
            "--schedule %s goes by a part of the training pictures: it needs "
            "--validation-split",
            schedule);
    if (status == NNCL_OK && learning_rate == 0)
        learning_rate = (double)nncl_optimizer_info(chosen.kind)->learning_rate;
    return message_status(status);
}

/* With a checkpoint its settings, else those of the command line, and a preset's for what it lacks.
 */
static int settle_options(struct training *training)
{
    int status = check_options();
    if (status == NNCL_OK && resume_path)
        status = resume_open(&training->resume, resume_path, train_command.options);
    else if (status == NNCL_OK && network)
        status = recipe_adopt(network, train_command.options);
    if (resume_path && !checkpoint_path)
        checkpoint_path = resume_path;
    if (status == NNCL_OK && !sweep.text)
        status = settle_optimizer();
    if (status == NNCL_OK && !sweep.text)
        status = stopping_check_split(&stopping, data.validation_split);
    return status == NNCL_OK ? resume_note(&training->resume, train_command.options) : status;
}

/* --sweep: the settings are only looked at by the trainings. */
static int run_sweep(void)
{
    const struct sweep_order order = {.options = train_command.options,
        .validation_split = data.validation_split,
        .seed = seed,
        .save_path = save_path,
        .json_path = json_path,
        .runs_folder = runs_folder,
        .quiet = quiet};
    return sweep_run(&sweep, &order);
}

static int run(const char *const *arguments, size_t count)
{
    (void)arguments;
    (void)count;
    nncl_log_set(message_log, NULL, verbose ? NNCL_LOG_DEBUG : NNCL_LOG_WARNING);
    struct training training = {0};
    int status = settle_options(&training);
    if (status == NNCL_OK)
        status = sweep.text ? run_sweep() : train(&training);
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
    return watch_end(&watch, status);
}

static const struct option options[] = {SETUP_OPTION_DEVICE(device_selector),
    SETUP_OPTION_DATA(data.folder), SETUP_OPTION_LABELS(data.labels),
    {.name = "epochs",
        .kind = OPTION_WHOLE,
        .value = &epochs,
        .argument = "N",
        .help = "passes over the training set (10, or the preset's)",
        .minimum = 1,
        .maximum = 1e6},
    {.name = "batch-size",
        .kind = OPTION_WHOLE,
        .value = &batch_size,
        .argument = "N",
        .help = "pictures a step (32, or the preset's)",
        .minimum = 1,
        .maximum = 1e6},
    {.name = "accumulate",
        .kind = OPTION_WHOLE,
        .value = &accumulate,
        .argument = "N",
        .help = "as if the batch were N times larger, in the memory of one (1)",
        .minimum = 1,
        .maximum = 1000},
    {.name = "optimizer",
        .kind = OPTION_TEXT,
        .value = &optimizer,
        .argument = "TEXT",
        .help = "its name, and hyperparameters as NAME=X (adam)"},
    {.name = "momentum",
        .kind = OPTION_REAL,
        .value = &momentum,
        .argument = "X",
        .help = "of momentum, nesterov and sgd (0.9; sgd: 0)",
        .minimum = 1e-6,
        .maximum = 0.999999},
    {.name = "weight-decay",
        .kind = OPTION_REAL,
        .value = &weight_decay,
        .argument = "X",
        .help = "pull weights towards 0 (0; adamw: 0.01)",
        .minimum = 1e-30,
        .maximum = 1e6},
    {.name = "clip-norm",
        .kind = OPTION_REAL,
        .value = &clip_norm,
        .argument = "X",
        .help = "make all gradients together no longer than this",
        .minimum = 1e-30,
        .maximum = 1e30},
    {.name = "clip-value",
        .kind = OPTION_REAL,
        .value = &clip_value,
        .argument = "X",
        .help = "make no number of a gradient larger than this",
        .minimum = 1e-30,
        .maximum = 1e30},
    {.name = "ema",
        .kind = OPTION_REAL,
        .value = &ema_decay,
        .argument = "DECAY",
        .help = "average the weights over the steps: 0.999 for about the last 1000 (0: not)",
        .maximum = 0.999999},
    {.name = "lr",
        .kind = OPTION_REAL,
        .value = &learning_rate,
        .argument = "X",
        .help = "learning rate (the optimizer's: 0.001 for adam)",
        .minimum = 1e-30,
        .maximum = 1e38},
    {.name = "schedule",
        .kind = OPTION_TEXT,
        .value = &schedule,
        .argument = "TEXT",
        .help = "how the learning rate goes on: its name, and numbers as NAME=X (constant)"},
    {.name = "loss",
        .kind = OPTION_TEXT,
        .value = &loss_name,
        .argument = "NAME",
        .help = "what to make small: xent, bce or mse (xent)"},
    {.name = "label-smoothing",
        .kind = OPTION_REAL,
        .value = &label_smoothing,
        .argument = "X",
        .help = "part of a label that goes to all classes (0)",
        .maximum = 0.99},
    {.name = "seed",
        .kind = OPTION_WHOLE,
        .value = &seed,
        .argument = "N",
        .help = "of the first weights and the order of pictures (1)",
        .maximum = 0x1p53},
    {.name = "model",
        .kind = OPTION_TEXT,
        .value = &network,
        .argument = "NETWORK",
        .help = "a preset with its settings, FILE.nncl or layers as text (mlp)"},
    {.name = "hidden",
        .kind = OPTION_TEXT,
        .value = &hidden,
        .argument = "N[,N...]",
        .help = "instead: widths of dense layers with ReLU"},
    {.name = "init",
        .kind = OPTION_TEXT,
        .value = &initialiser,
        .argument = "NAME",
        .help = "how first weights are drawn (glorot-uniform)"},
    {.name = "normalise",
        .kind = OPTION_TEXT,
        .value = &data.normalise,
        .argument = "HOW",
        .help = "unit (divided by 255) or standard (mean 0, deviation 1) (unit)"},
    {.name = "augment",
        .kind = OPTION_TEXT,
        .value = &augment,
        .argument = "TEXT",
        .help = "change training pictures at random: \"shift=2 rotate=10 scale=0.1\""},
    {.name = "check-data",
        .kind = OPTION_FLAG,
        .value = &data.checks,
        .help = "tell of pictures that are blank, doubled or in both sets"},
    {.name = "validation-split",
        .kind = OPTION_REAL,
        .value = &data.validation_split,
        .argument = "X",
        .help = "part of the training pictures to validate with instead (0)",
        .maximum = 0.99},
    STOPPING_OPTIONS(stopping),
    {.name = "save",
        .kind = OPTION_TEXT,
        .value = &save_path,
        .argument = "FILE",
        .help = "where the model goes ($XDG_DATA_HOME/nncl/last.safetensors)"},
    {.name = "json",
        .kind = OPTION_TEXT,
        .value = &json_path,
        .argument = "FILE",
        .help = "write settings and results as JSON"},
    {.name = "runs",
        .kind = OPTION_TEXT,
        .value = &runs_folder,
        .argument = "DIR",
        .help = "the folder that records each training ($XDG_DATA_HOME/nncl/runs)"},
    SWEEP_OPTIONS(sweep),
    {.name = "checkpoint",
        .kind = OPTION_TEXT,
        .value = &checkpoint_path,
        .argument = "FILE",
        .help = "after each epoch, write all that is needed to go on"},
    {.name = "checkpoint-every",
        .kind = OPTION_WHOLE,
        .value = &checkpoint_every,
        .argument = "N",
        .help = "after each N steps instead",
        .minimum = 1,
        .maximum = 1e9},
    {.name = "resume",
        .kind = OPTION_TEXT,
        .value = &resume_path,
        .argument = "FILE",
        .help = "go on where a checkpoint was written, with its settings"},
    {.name = "plan",
        .kind = OPTION_FLAG,
        .value = &only_plan,
        .help = "only tell how much of the device's memory it takes"},
    SETUP_OPTION_MEM_LIMIT(memory_limit), SETUP_OPTION_GEMM(gemm), SETUP_OPTION_CONV(conv),
    WATCH_OPTION_EXPLAIN(watch), WATCH_OPTION_PROFILE(watch), WATCH_OPTION_TRACE(watch),
    {.name = "quiet",
        .letter = 'q',
        .kind = OPTION_FLAG,
        .value = &quiet,
        .help = "only the result, no lines per epoch"},
    SETUP_OPTION_VERBOSE(verbose), {.name = NULL}};

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
    .options = options,
    .run = run};
