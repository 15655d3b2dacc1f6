/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl eval */
#include <stdio.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/setup.h"
#include "mnist-cl/watch.h"

static const char *device_selector, *data_folder, *gemm;
static uint64_t memory_limit;
static bool as_json, verbose;
static struct watch watch;

/* ---- As text ---- */

static void add_score(struct table *table, const char *name, const struct nncl_class_score *score)
{
    table_cell(table, "%s", name);
    table_cell(table, "%.4f", score->precision);
    table_cell(table, "%.4f", score->recall);
    table_cell(table, "%.4f", score->f1);
    table_cell(table, "%llu", (unsigned long long)score->rows);
}

static void add_scores(const struct nncl_evaluation *evaluation, struct output *output)
{
    static const char *const titles[] = {"class", "precision", "recall", "F1", "pictures"};
    struct table *table = table_create(5, ~0u);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        table_cell(table, "%s", titles[i]);
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        char name[16];
        snprintf(name, sizeof name, "%u", class);
        add_score(table, name, &evaluation->scores[class]);
    }
    add_score(table, "macro", &evaluation->macro);
    table_finish(&table, output);
}

static void add_confusion(const struct nncl_evaluation *evaluation, struct output *output)
{
    const uint32_t classes = evaluation->classes;
    struct table *table = table_create(classes + 1, ~0u);
    table_cell(table, "%s", "");
    for (uint32_t class = 0; class < classes; class ++)
        table_cell(table, "%u", class);
    for (uint32_t class = 0; class < classes; class ++) {
        table_cell(table, "%u", class);
        for (uint32_t other = 0; other < classes; other++)
            table_cell(table, "%u", evaluation->confusion[class * classes + other]);
    }
    table_finish(&table, output);
}

static int print_text(const struct nncl_evaluation *evaluation, bool generated)
{
    struct output output = {0};
    if (generated)
        output_add(&output, "On generated digits (not MNIST):\n");
    output_add(&output, "Loss: %.4f\nAccuracy: %.4f\n\n", evaluation->loss, evaluation->accuracy);
    add_scores(evaluation, &output);
    output_add(&output, "\nConfusion matrix (a row per true class, a column per predicted one):\n");
    add_confusion(evaluation, &output);
    return output_print(&output);
}

/* ---- As JSON ---- */

static json_t *classes_json(const struct nncl_evaluation *evaluation)
{
    json_t *classes = json_array();
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        const struct nncl_class_score *score = &evaluation->scores[class];
        json_array_append_new(
            classes, json_pack("{s:i, s:o, s:o, s:o, s:I}", "class", (int)class, "precision",
                         json_number(score->precision), "recall", json_number(score->recall), "f1",
                         json_number(score->f1), "rows", (json_int_t)score->rows));
    }
    return classes;
}

static json_t *confusion_json(const struct nncl_evaluation *evaluation)
{
    json_t *rows = json_array();
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        json_t *row = json_array();
        for (uint32_t other = 0; other < evaluation->classes; other++)
            json_array_append_new(
                row, json_integer(evaluation->confusion[class * evaluation->classes + other]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static int print_json(const struct nncl_evaluation *evaluation)
{
    return watch_print_json(
        &watch, json_pack("{s:o, s:o, s:o, s:o}", "loss", json_number(evaluation->loss), "accuracy",
                    json_number(evaluation->accuracy), "classes", classes_json(evaluation),
                    "confusion", confusion_json(evaluation)));
}

/* ---- The command ---- */

static enum nncl_status evaluate(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_mnist *mnist, struct nncl_evaluation *evaluation)
{
    trace_stage(watch.trace, "evaluate");
    enum nncl_status status = nncl_evaluate(
        device, model, mnist->test, &(struct nncl_evaluation_options){.gemm = gemm}, evaluation);
    trace_stage(watch.trace, NULL);
    return status;
}

static int run(const char *const *arguments, size_t count)
{
    struct nncl_model *model = NULL;
    struct nncl_device *device = NULL;
    struct nncl_mnist mnist = {0};
    struct nncl_evaluation evaluation = {0};
    if (verbose)
        nncl_log_set(message_log, NULL, NNCL_LOG_DEBUG);
    int exit_status = watch_begin(&watch);
    if (exit_status != NNCL_OK)
        return exit_status;
    enum nncl_status status = setup_device(device_selector, memory_limit, &device);
    if (status == NNCL_OK)
        status = watch_device(&watch, device);
    trace_stage(watch.trace, "read data");
    if (status == NNCL_OK)
        status = setup_model(count > 0 ? arguments[0] : NULL, &model);
    if (status == NNCL_OK)
        status = setup_data(data_folder, &mnist);
    if (status == NNCL_OK)
        status = evaluate(device, model, &mnist, &evaluation);
    if (status == NNCL_USAGE && !gemm)
        status = NNCL_BAD_DATA; /* the command line is right: the model does not fit the data */
    exit_status = setup_exit_status(status);
    if (exit_status == NNCL_OK)
        exit_status = as_json ? print_json(&evaluation) : print_text(&evaluation, mnist.generated);
    if (exit_status == NNCL_OK && !as_json)
        exit_status = watch_print(&watch);
    nncl_evaluation_free(&evaluation);
    nncl_mnist_free(&mnist);
    nncl_device_close(&device);
    nncl_model_free(&model);
    return watch_end(&watch, exit_status);
}

static const struct option options[] = {SETUP_OPTION_DEVICE(device_selector),
    SETUP_OPTION_DATA(data_folder), SETUP_OPTION_GEMM(gemm),
    {.name = "json",
        .kind = OPTION_FLAG,
        .value = &as_json,
        .help = "print JSON instead of tables"},
    SETUP_OPTION_MEM_LIMIT(memory_limit), WATCH_OPTION_PROFILE(watch), WATCH_OPTION_TRACE(watch),
    SETUP_OPTION_VERBOSE(verbose), {.name = NULL}};

const struct command eval_command = {.name = "eval",
    .arguments = "[MODEL]",
    .most = 1,
    .summary = "evaluate a model on the test set: scores per class, confusion matrix",
    .details = "Without MODEL the last model that \"mnist-cl train\" saved is evaluated.",
    .options = options,
    .run = run};
