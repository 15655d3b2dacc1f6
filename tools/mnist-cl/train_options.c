/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/train_options.h"

#include "common/messages.h"
#include "mnist-cl/recipe.h"
#include "mnist-cl/setup.h"

struct train_options train_options = {.initialiser = "glorot-uniform",
    .epochs = 10,
    .batch_size = 32,
    .accumulate = 1,
    .seed = 1,
    .optimizer = "adam",
    .schedule = "constant",
    .loss = "sparse_categorical_crossentropy",
    .data = {.normalise = "unit"},
    .augment = "",
    .stopping = {.monitor = "val_loss"}};

const struct option train_option_table[] = {SETUP_OPTION_DEVICE(train_options.device),
    SETUP_OPTION_DATA(train_options.data.folder), SETUP_OPTION_LABELS(train_options.data.labels),
    {.name = "epochs",
        .kind = OPTION_WHOLE,
        .value = &train_options.epochs,
        .argument = "N",
        .help = "passes over the training set (10, or the preset's)",
        .minimum = 1,
        .maximum = 1e6},
    {.name = "batch-size",
        .kind = OPTION_WHOLE,
        .value = &train_options.batch_size,
        .argument = "N",
        .help = "pictures a step (32, or the preset's)",
        .minimum = 1,
        .maximum = 1e6},
    {.name = "accumulate",
        .kind = OPTION_WHOLE,
        .value = &train_options.accumulate,
        .argument = "N",
        .help = "as if the batch were N times larger, in the memory of one (1)",
        .minimum = 1,
        .maximum = 1000},
    {.name = "optimizer",
        .kind = OPTION_TEXT,
        .value = &train_options.optimizer,
        .argument = "TEXT",
        .help = "its name, and hyperparameters as NAME=X (adam)"},
    {.name = "momentum",
        .kind = OPTION_REAL,
        .value = &train_options.momentum,
        .argument = "X",
        .help = "of momentum, nesterov and sgd (0.9; sgd: 0)",
        .minimum = 1e-6,
        .maximum = 0.999999,
        .or_none = true},
    {.name = "weight-decay",
        .kind = OPTION_REAL,
        .value = &train_options.weight_decay,
        .argument = "X",
        .help = "pull weights towards 0 (0; adamw: 0.01)",
        .minimum = 1e-30,
        .maximum = 1e6,
        .or_none = true},
    {.name = "clip-norm",
        .kind = OPTION_REAL,
        .value = &train_options.clip_norm,
        .argument = "X",
        .help = "make all gradients together no longer than this",
        .minimum = 1e-30,
        .maximum = 1e30,
        .or_none = true},
    {.name = "clip-value",
        .kind = OPTION_REAL,
        .value = &train_options.clip_value,
        .argument = "X",
        .help = "make no number of a gradient larger than this",
        .minimum = 1e-30,
        .maximum = 1e30,
        .or_none = true},
    {.name = "ema",
        .kind = OPTION_REAL,
        .value = &train_options.ema_decay,
        .argument = "DECAY",
        .help = "average the weights over the steps: 0.999 for about the last 1000 (0: not)",
        .maximum = 0.999999},
    {.name = "lr",
        .kind = OPTION_REAL,
        .value = &train_options.learning_rate,
        .argument = "X",
        .help = "learning rate (the optimizer's: 0.001 for adam)",
        .minimum = 1e-30,
        .maximum = 1e38},
    {.name = "schedule",
        .kind = OPTION_TEXT,
        .value = &train_options.schedule,
        .argument = "TEXT",
        .help = "how the learning rate goes on: its name, and numbers as NAME=X (constant)"},
    {.name = "loss",
        .kind = OPTION_TEXT,
        .value = &train_options.loss,
        .argument = "NAME",
        .help = "what to make small: xent, bce or mse (xent)"},
    {.name = "label-smoothing",
        .kind = OPTION_REAL,
        .value = &train_options.label_smoothing,
        .argument = "X",
        .help = "part of a label that goes to all classes (0)",
        .maximum = 0.99},
    {.name = "seed",
        .kind = OPTION_WHOLE,
        .value = &train_options.seed,
        .argument = "N",
        .help = "of the first weights and the order of pictures (1)",
        .maximum = 0x1p53},
    {.name = "model",
        .kind = OPTION_TEXT,
        .value = &train_options.network,
        .argument = "NETWORK",
        .help = "a preset with its settings, FILE.nncl or layers as text (mlp)"},
    {.name = "hidden",
        .kind = OPTION_TEXT,
        .value = &train_options.hidden,
        .argument = "N[,N...]",
        .help = "instead: widths of dense layers with ReLU"},
    {.name = "init",
        .kind = OPTION_TEXT,
        .value = &train_options.initialiser,
        .argument = "NAME",
        .help = "how first weights are drawn (glorot-uniform)"},
    {.name = "normalise",
        .kind = OPTION_TEXT,
        .value = &train_options.data.normalise,
        .argument = "HOW",
        .help = "unit (divided by 255) or standard (mean 0, deviation 1) (unit)"},
    {.name = "augment",
        .kind = OPTION_TEXT,
        .value = &train_options.augment,
        .argument = "TEXT",
        .help = "change training pictures at random: \"shift=2 rotate=10 scale=0.1\""},
    {.name = "check-data",
        .kind = OPTION_FLAG,
        .value = &train_options.data.checks,
        .help = "tell of pictures that are blank, doubled or in both sets"},
    {.name = "validation-split",
        .kind = OPTION_REAL,
        .value = &train_options.data.validation_split,
        .argument = "X",
        .help = "part of the training pictures to validate with instead (0)",
        .maximum = 0.99},
    STOPPING_OPTIONS(train_options.stopping),
    {.name = "save",
        .kind = OPTION_TEXT,
        .value = &train_options.save_path,
        .argument = "FILE",
        .help = "where the model goes ($XDG_DATA_HOME/nncl/last.safetensors)"},
    {.name = "json",
        .kind = OPTION_TEXT,
        .value = &train_options.json_path,
        .argument = "FILE",
        .help = "write settings and results as JSON"},
    {.name = "runs",
        .kind = OPTION_TEXT,
        .value = &train_options.runs_folder,
        .argument = "DIR",
        .help = "the folder that records each training ($XDG_DATA_HOME/nncl/runs)"},
    SWEEP_OPTIONS(train_options.sweep),
    {.name = "checkpoint",
        .kind = OPTION_TEXT,
        .value = &train_options.checkpoint_path,
        .argument = "FILE",
        .help = "after each epoch, write all that is needed to go on"},
    {.name = "checkpoint-every",
        .kind = OPTION_WHOLE,
        .value = &train_options.checkpoint_every,
        .argument = "N",
        .help = "after each N steps instead",
        .minimum = 1,
        .maximum = 1e9},
    {.name = "resume",
        .kind = OPTION_TEXT,
        .value = &train_options.resume_path,
        .argument = "FILE",
        .help = "go on where a checkpoint was written, with its settings"},
    {.name = "plan",
        .kind = OPTION_FLAG,
        .value = &train_options.only_plan,
        .help = "only tell how much of the device's memory it takes"},
    SETUP_OPTION_MEM_LIMIT(train_options.memory_limit), SETUP_OPTION_GEMM(train_options.gemm),
    SETUP_OPTION_CONV(train_options.conv), WATCH_OPTION_EXPLAIN(train_options.watch),
    WATCH_OPTION_PROFILE(train_options.watch), WATCH_OPTION_TRACE(train_options.watch),
    {.name = "quiet",
        .letter = 'q',
        .kind = OPTION_FLAG,
        .value = &train_options.quiet,
        .help = "only the result, no lines per epoch"},
    SETUP_OPTION_VERBOSE(train_options.verbose), {.name = NULL}};

/* One name for a loss, whatever it was called. */
static int settle_loss(void)
{
    enum nncl_loss loss;
    int status = message_status(nncl_loss_find(train_options.loss, &loss));
    if (status == NNCL_OK)
        train_options.loss = nncl_loss_name(loss);
    if (status == NNCL_OK && loss == NNCL_MEAN_SQUARED_ERROR && train_options.label_smoothing > 0)
        return message_fail(
            NNCL_USAGE, "--label-smoothing is for cross-entropies, not for %s", train_options.loss);
    return status;
}

/* Options that do not go together. */
static int check_options(void)
{
    if (train_options.quiet && train_options.verbose)
        return message_fail(NNCL_USAGE, "--quiet and --verbose contradict each other");
    if (train_options.network && train_options.hidden)
        return message_fail(NNCL_USAGE, "--model and --hidden both say which network it is");
    if (train_options.clip_norm > 0 && train_options.clip_value > 0)
        return message_fail(NNCL_USAGE, "--clip-norm and --clip-value both say how to clip");
    if (train_options.only_plan && (train_options.watch.explains || train_options.watch.profiles ||
                                       train_options.watch.trace_path))
        return message_fail(NNCL_USAGE,
            "--plan trains nothing, so there is nothing to --explain, --profile or --trace");
    if (train_options.checkpoint_every && !train_options.checkpoint_path &&
        !train_options.resume_path)
        return message_fail(NNCL_USAGE, "--checkpoint-every needs --checkpoint FILE");
    int status = sweep_check(&train_options.sweep);
    if (status != NNCL_OK || train_options.sweep.text)
        return status;
    status = settle_loss();
    return status == NNCL_OK ? stopping_check(&train_options.stopping) : status;
}

/* What is switched off although the optimizer is made of it. */
static int check_none(const struct nncl_optimizer *chosen)
{
    if (chosen->weight_decay > 0 && option_given("weight-decay") && train_options.weight_decay == 0)
        return message_fail(
            NNCL_USAGE, "--weight-decay 0 leaves nothing of adamw but adam: --optimizer adam");
    if (chosen->momentum > 0 && option_given("momentum") && train_options.momentum == 0)
        return message_fail(NNCL_USAGE,
            "--momentum 0 leaves nothing of %s but gradient descent: --optimizer sgd",
            nncl_optimizer_info(chosen->kind)->name);
    return NNCL_OK;
}

/* The learning rate is the optimizer's unless it is given. The test set never decides. */
static int settle_optimizer(void)
{
    struct nncl_optimizer chosen;
    bool by_validation = false;
    enum nncl_status status = nncl_optimizer_parse(train_options.optimizer, &chosen);
    if (status == NNCL_OK)
        status = nncl_schedule_parse(train_options.schedule, &by_validation);
    if (by_validation && train_options.data.validation_split == 0)
        return message_fail(NNCL_USAGE,
            "--schedule %s goes by a part of the training pictures: it needs "
            "--validation-split",
            train_options.schedule);
    if (status == NNCL_OK && train_options.learning_rate == 0)
        train_options.learning_rate = (double)nncl_optimizer_info(chosen.kind)->learning_rate;
    return status == NNCL_OK ? check_none(&chosen) : message_status(status);
}

/* With a checkpoint its settings, else those of the command line, and a preset's for what it lacks.
 */
int train_options_settle(struct resume *resume)
{
    int status = check_options();
    if (status == NNCL_OK && train_options.resume_path)
        status = resume_open(resume, train_options.resume_path, train_option_table);
    else if (status == NNCL_OK && train_options.network)
        status = recipe_adopt(train_options.network, train_option_table);
    if (train_options.resume_path && !train_options.checkpoint_path)
        train_options.checkpoint_path = train_options.resume_path;
    if (status == NNCL_OK && !train_options.sweep.text)
        status = settle_optimizer();
    if (status == NNCL_OK && !train_options.sweep.text)
        status = stopping_check_split(&train_options.stopping, train_options.data.validation_split);
    return status == NNCL_OK ? resume_note(resume, train_option_table) : status;
}
