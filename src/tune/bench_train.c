/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Training: seconds per epoch of some networks, on generated digits of MNIST's shape. */
#include <math.h>
#include <stdio.h>

#include <nncl/program.h>

#include "base/status.h"
#include "plan/plan.h"
#include "train/pass.h"
#include "tune/bench.h"
#include "tune/bench_digits.h"

enum { EPOCH_ROWS = 60000, PIXELS = 28 * 28 };

/* A network and how it is trained. */
struct workload {
    const char *name, *network;
    size_t batch;
    const char *optimizer; /* NULL: adam */
};

static const struct workload workloads[] = {
    {"784-128-10, batch 32", "dense 128 relu, dense 10", 32, NULL},
    {"784-1024-1024-10, batch 256", "dense 1024 relu, dense 1024 relu, dense 10", 256, NULL},
    {"keras-convnet, batch 128", "keras-convnet", 128, NULL},
    {"torch-convnet, batch 64", "torch-convnet", 64, "adadelta"},
};

/* A training under way. */
struct training {
    const struct workload *workload;
    struct nncl_model *model;
    struct parameter_set parameters;
    struct device_data data;
    struct pass pass;
    struct pass_sample last; /* of the last epoch */
};

static void close_training(struct training *training)
{
    pass_free(&training->pass);
    device_data_free(&training->data);
    parameter_set_free(&training->parameters);
    nncl_model_free(&training->model);
}

static enum nncl_status make_pass(struct bench *bench, struct training *training)
{
    const struct nncl_fit_options options = {
        .optimizer = training->workload->optimizer, .learning_rate = 0.001f};
    const struct pass_recipe recipe = {.purpose = PASS_TRAIN,
        .model = training->model,
        .parameters = &training->parameters,
        .data = &training->data,
        .batch = training->workload->batch,
        .options = &options,
        .gemm = bench->options.gemm};
    enum nncl_status status = NNCL_OK;
    TRY(pass_create(bench->device, &recipe, &training->pass));
    TRY(pass_warm_up(&training->pass));
    TRY(parameter_set_write(&training->parameters, training->model));
    TRY(pass_reset(&training->pass));
out:
    return status;
}

static enum nncl_status open_training(
    struct bench *bench, const struct nncl_dataset *digits, struct training *training)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_dataset_source *source = nncl_dataset_get(digits);
    const struct nncl_model_input input = {
        .shape = source->shape, .scale = source->scale, .classes = source->classes};
    TRY(nncl_model_create(training->workload->network, &input, &training->model));
    nncl_model_initialise(training->model, 0);
    TRY(device_data_upload(bench->device, training->model, digits, "digits", 0, &training->data));
    const char *optimizer = training->workload->optimizer;
    struct nncl_optimizer kind;
    TRY(nncl_optimizer_parse(optimizer ? optimizer : "adam", &kind));
    TRY(parameter_set_create(
        bench->device, training->model, &kind, PARAMETERS_ALONE, &training->parameters));
    TRY(make_pass(bench, training));
out:
    return status;
}

/* Where an epoch would take long, a part of it has to do. */
static enum nncl_status shorten(struct bench *bench, struct training *training)
{
    enum { FEWEST_STEPS = 4 };
    double longest = bench->options.quick ? 0.03 : 1;
    double steps = fmax(floor(longest / training->pass.step_seconds), FEWEST_STEPS);
    if (steps >= training->pass.steps)
        return NNCL_OK;
    training->data.rows = (uint32_t)steps * (uint32_t)training->workload->batch;
    pass_free(&training->pass);
    return make_pass(bench, training);
}

static bool tick(void *user, const struct pass_sample *sample)
{
    const struct bench *bench = user;
    (void)sample;
    return !bench->options.progress || bench->options.progress(bench->options.user, bench->doing);
}

/* Seconds of whole epochs, or what whole ones would take. */
static enum nncl_status run_epochs(
    struct bench *bench, struct training *training, struct samples *seconds)
{
    enum nncl_status status = NNCL_OK;
    unsigned epochs = bench->options.quick ? 3 : 5;
    double part = (double)training->pass.rows / EPOCH_ROWS;
    *seconds = (struct samples){0};
    for (unsigned i = 0; i < epochs; i++) {
        double begin = nncl_clock();
        status = pass_run(&training->pass, tick, bench, &training->last);
        if (status == NNCL_NOT_FINITE)
            return pass_blame(&training->pass, &training->last, "the loss");
        TRY(status);
        samples_add(seconds, (nncl_clock() - begin) / part);
    }
out:
    return status;
}

/* ---- What the peaks allow ---- */

/* What a step keeps touching: parameters, moments, what lives inside its plan, and its rows. */
static size_t step_working_set(const struct training *training)
{
    size_t values = 0;
    for (size_t i = 0; i < nncl_model_parameter_count(training->model); i++)
        values += nncl_shape_elements(&nncl_model_parameter(training->model, i)->shape);
    return 3 * values * sizeof(float) + pass_plan(&training->pass)->arena_bytes +
           training->workload->batch * PIXELS;
}

/* Seconds of a step if each launch reached the peak that limits it. */
static double step_bound(const struct bench *bench, const struct training *training,
    size_t working_set, const char **bound)
{
    double total = 0, by_traffic = 0;
    const struct nncl_plan *plan = pass_plan(&training->pass);
    for (size_t i = 0; i < nncl_plan_launch_count(plan); i++) {
        const struct nncl_launch *launch = nncl_plan_launch(plan, i);
        const char *limit;
        double seconds = bench_bound(bench, launch->flop, launch->bytes, working_set, &limit);
        total += seconds;
        by_traffic += limit[0] == 'b' ? seconds : 0;
    }
    *bound = by_traffic > total / 2 ? "bandwidth" : "arithmetic";
    return total;
}

static void report(
    const struct bench *bench, const struct training *training, const struct samples *seconds)
{
    char note[BENCH_TEXT], size[BENCH_SIZE_TEXT];
    size_t working_set = step_working_set(training);
    double steps = (double)EPOCH_ROWS / (double)training->workload->batch;
    struct bench_figure figure = {.name = training->workload->name,
        .note = note,
        .unit = "s",
        .seconds = seconds,
        .scale = 1};
    figure.bound_seconds = ceil(steps) * step_bound(bench, training, working_set, &figure.bound);
    const size_t launches = nncl_plan_launch_count(pass_plan(&training->pass));
    int length = snprintf(note, sizeof note, "%zu launch%s a step; %s at %.0f GB/s; accuracy %.3f",
        launches, launches == 1 ? "" : "es", bench_size((double)working_set, size),
        bench_bandwidth(bench, working_set) / 1e9, pass_accuracy(&training->last));
    if (training->pass.rows < EPOCH_ROWS)
        snprintf(note + length, sizeof note - (size_t)length, "; %u of %d rows, scaled",
            training->pass.rows, EPOCH_ROWS);
    bench_report(bench, &figure);
}

static enum nncl_status measure(
    struct bench *bench, const struct nncl_dataset *digits, const struct workload *workload)
{
    enum nncl_status status = NNCL_OK;
    struct training training = {.workload = workload};
    struct samples seconds;
    TRY(bench_begin(bench, workload->name));
    TRY(open_training(bench, digits, &training));
    TRY(shorten(bench, &training));
    TRY(run_epochs(bench, &training, &seconds));
    report(bench, &training, &seconds);
out:
    close_training(&training);
    return status;
}

enum nncl_status bench_train(struct bench *bench)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_dataset *digits = NULL;
    size_t rows = bench->options.quick ? 4096 : EPOCH_ROWS, most = bench_largest_buffer(bench);
    if (rows > most / PIXELS)
        rows = most / PIXELS > 1 ? most / PIXELS : 1;
    TRY(bench_begin(bench, "drawing digits"));
    TRY(bench_digits(rows, &digits));
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++)
        TRY(bench_excuse(bench, measure(bench, digits, &workloads[i]), workloads[i].name));
out:
    nncl_dataset_free(&digits);
    return status;
}
