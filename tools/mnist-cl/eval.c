/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl eval */
#include <stdlib.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/examples.h"
#include "mnist-cl/scores.h"
#include "mnist-cl/setup.h"
#include "mnist-cl/watch.h"

enum { USUAL_ERRORS = 32 };

static const char *device_selector, *data_folder, *gemm, *conv, *errors_path;
static uint64_t memory_limit, top, error_count;
static bool as_json, verbose;
static struct watch watch;

/* An evaluation's parts, freed together. */
struct evaluating {
    struct nncl_device *device;
    struct nncl_model *model;
    struct nncl_mnist mnist;
    float *probabilities; /* of the test set; NULL: not asked for */
    struct nncl_evaluation evaluation;
};

/* ---- Results ---- */

static int print_text(
    const struct nncl_evaluation *evaluation, const char *const *names, bool generated)
{
    struct output output = {0};
    if (generated)
        output_add(&output, "On generated digits (not MNIST):\n");
    scores_add(evaluation, names, &output);
    return output_print(&output);
}

static int print(const struct evaluating *evaluating)
{
    const char *const *names = nncl_model_class_names(evaluating->model);
    if (as_json)
        return watch_print_json(&watch, scores_json(&evaluating->evaluation, names));
    int status = print_text(&evaluating->evaluation, names, evaluating->mnist.generated);
    return status == NNCL_OK ? watch_print(&watch) : status;
}

static int draw_errors(const struct evaluating *evaluating)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(evaluating->mnist.test);
    struct examples errors;
    enum nncl_status status =
        examples_find(source, evaluating->probabilities, true, error_count, &errors);
    if (status == NNCL_OK)
        status = examples_write_errors(&errors, source, errors_path);
    if (status == NNCL_OK)
        message("%zu of %zu errors drawn to %s", errors.count, errors.found, errors_path);
    examples_free(&errors);
    return (int)status;
}

/* ---- The command ---- */

static enum nncl_status compute(struct evaluating *evaluating)
{
    const size_t rows = nncl_dataset_get(evaluating->mnist.test)->rows;
    const uint32_t classes = nncl_model_classes(evaluating->model);
    if (errors_path)
        evaluating->probabilities = malloc(rows * classes * sizeof(float));
    if (errors_path && !evaluating->probabilities)
        return NNCL_OUT_OF_MEMORY;
    const struct nncl_evaluation_options settings = {
        .gemm = gemm, .top = (uint32_t)top, .probabilities = evaluating->probabilities};
    trace_stage(watch.trace, "evaluate");
    enum nncl_status status = nncl_evaluate(evaluating->device, evaluating->model,
        evaluating->mnist.test, &settings, &evaluating->evaluation);
    trace_stage(watch.trace, NULL);
    return status;
}

static int evaluate(struct evaluating *evaluating, const char *model_path)
{
    enum nncl_status status = setup_device(device_selector, memory_limit, &evaluating->device);
    if (status == NNCL_OK && setup_convolution(conv, evaluating->device) != NNCL_OK)
        return NNCL_USAGE;
    if (status == NNCL_OK)
        status = watch_device(&watch, evaluating->device);
    trace_stage(watch.trace, "read data");
    if (status == NNCL_OK)
        status = setup_model(model_path, &evaluating->model);
    if (status == NNCL_OK && top > nncl_model_classes(evaluating->model))
        return message_fail(NNCL_USAGE, "--top-k %llu is more than the model's %u classes",
            (unsigned long long)top, nncl_model_classes(evaluating->model));
    if (status == NNCL_OK)
        status = setup_data(data_folder, NULL, &evaluating->mnist);
    if (status == NNCL_OK)
        status = setup_normalisation(evaluating->model, &evaluating->mnist);
    if (status == NNCL_OK)
        status = compute(evaluating);
    if (status == NNCL_USAGE && !gemm)
        status = NNCL_BAD_DATA; /* the command line is right: the model does not fit the data */
    return setup_exit_status(status);
}

/* Finds out what can be before any work is done. */
static int begin(void)
{
    if (error_count > 0 && !errors_path)
        return message_fail(NNCL_USAGE, "--errors-count tells how many pictures --errors draws");
    if (error_count == 0)
        error_count = USUAL_ERRORS;
    if (errors_path && watch.trace_path && nncl_file_same(errors_path, watch.trace_path))
        return message_fail(NNCL_USAGE, "--errors and --trace both name %s", errors_path);
    int status = errors_path ? message_status(nncl_file_writable(errors_path)) : NNCL_OK;
    return status == NNCL_OK ? watch_begin(&watch) : status;
}

static int run(const char *const *arguments, size_t count)
{
    if (verbose)
        nncl_log_set(message_log, NULL, NNCL_LOG_DEBUG);
    int status = begin();
    if (status != NNCL_OK)
        return status;
    struct evaluating evaluating = {0};
    status = evaluate(&evaluating, count > 0 ? arguments[0] : NULL);
    if (status == NNCL_OK) {
        int drawn = errors_path ? draw_errors(&evaluating) : NNCL_OK;
        status = print(&evaluating);
        status = status == NNCL_OK ? drawn : status;
    }
    nncl_evaluation_free(&evaluating.evaluation);
    free(evaluating.probabilities);
    nncl_mnist_free(&evaluating.mnist);
    nncl_device_close(&evaluating.device);
    nncl_model_free(&evaluating.model);
    return watch_end(&watch, status);
}

static const struct option options[] = {SETUP_OPTION_DEVICE(device_selector),
    SETUP_OPTION_DATA(data_folder), SETUP_OPTION_GEMM(gemm), SETUP_OPTION_CONV(conv),
    {.name = "json",
        .kind = OPTION_FLAG,
        .value = &as_json,
        .help = "print JSON instead of tables"},
    {.name = "top-k",
        .kind = OPTION_WHOLE,
        .value = &top,
        .argument = "N",
        .help = "count pictures whose class is among the N most probable (3)",
        .minimum = 1,
        .maximum = 65536},
    {.name = "errors",
        .kind = OPTION_TEXT,
        .value = &errors_path,
        .argument = "FILE.png",
        .help = "draw the pictures that were read wrongly with the most confidence"},
    {.name = "errors-count",
        .kind = OPTION_WHOLE,
        .value = &error_count,
        .argument = "N",
        .help = "how many of them (32)",
        .minimum = 1,
        .maximum = 1000},
    SETUP_OPTION_MEM_LIMIT(memory_limit), WATCH_OPTION_PROFILE(watch), WATCH_OPTION_TRACE(watch),
    SETUP_OPTION_VERBOSE(verbose), {.name = NULL}};

const struct command eval_command = {.name = "eval",
    .arguments = "[MODEL]",
    .most = 1,
    .summary = "evaluate a model on the test set: scores per class, confusion matrix, calibration",
    .details = "Without MODEL the last model that \"mnist-cl train\" saved is evaluated.",
    .options = options,
    .run = run};
