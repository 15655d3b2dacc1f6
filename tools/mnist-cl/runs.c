/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl runs */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/runs_file.h"

static const char *folder;
static bool as_json;

/* A run's number with four digits, or a dash. */
static void number_cell(struct table *table, const json_t *run, const char *key)
{
    const double value = run_number(run, key);
    if (isnan(value))
        table_cell(table, "-");
    else
        table_cell(table, "%.4f", value);
}

/* ---- list ---- */

static int print_list(const json_t *runs)
{
    struct output output = {0};
    struct table *table = table_create(8, 0);
    static const char *const heads[] = {
        "run", "status", "epochs", "val_accuracy", "test_accuracy", "seconds", "sweep", "network"};
    for (size_t i = 0; i < 8; i++)
        table_cell(table, "%s", heads[i]);
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *run = json_array_get(runs, i);
        table_cell(table, "%s", run_text(run, "id"));
        table_cell(table, "%s", run_text(run, "status"));
        table_cell(table, "%zu", json_array_size(json_object_get(run, "epochs")));
        number_cell(table, run, "val_accuracy");
        number_cell(table, run, "test_accuracy");
        const double seconds = run_number(run, "seconds");
        table_cell(table, isnan(seconds) ? "-" : "%.1f", seconds);
        table_cell(table, "%s", run_text(run, "sweep"));
        table_cell(table, "%s", run_text(run, "network"));
    }
    table_finish(&table, &output);
    if (json_array_size(runs) > 0)
        return output_print(&output);
    free(output.bytes);
    message("there are no runs yet: \"mnist-cl train\" records one");
    return NNCL_OK;
}

/* ---- compare and show ---- */

/* A value as text: what the command line or the results have. */
static void value_cell(struct table *table, const json_t *value)
{
    if (json_is_string(value))
        table_cell(table, "%s", json_string_value(value));
    else if (json_is_integer(value))
        table_cell(table, "%lld", (long long)json_integer_value(value));
    else if (json_is_number(value))
        table_cell(table, "%.6g", json_number_value(value));
    else if (json_is_boolean(value))
        table_cell(table, json_is_true(value) ? "yes" : "no");
    else
        table_cell(table, "-");
}

static void add_row(struct table *table, const char *name, const char *key, const json_t *chosen)
{
    table_cell(table, "%s", name);
    for (size_t i = 0; i < json_array_size(chosen); i++)
        value_cell(table, json_object_get(json_array_get(chosen, i), key));
}

/* All names of settings, of any of the runs; NULL without memory. */
static json_t *setting_names(const json_t *chosen)
{
    json_t *names = json_object();
    for (size_t i = 0; i < json_array_size(chosen); i++) {
        const char *name;
        json_t *value, *settings = json_object_get(json_array_get(chosen, i), "settings");
        json_object_foreach(settings, name, value)
        {
            json_object_set(names, name, value);
        }
    }
    return names;
}

/* Whether a setting is the same in all runs; numbers may be written in several ways. */
static bool is_same(const json_t *chosen, const char *name)
{
    const char *first = NULL;
    for (size_t i = 0; i < json_array_size(chosen); i++) {
        const json_t *settings = json_object_get(json_array_get(chosen, i), "settings");
        const char *text = run_text(settings, name);
        if (first && strcmp(first, text) != 0)
            return false;
        first = text;
    }
    return true;
}

/* The settings: of one run all of them, of several those that differ. */
static void add_settings(struct table *table, const json_t *chosen)
{
    const bool one = json_array_size(chosen) == 1;
    json_t *names = setting_names(chosen), *value;
    const char *name;
    json_object_foreach(names, name, value)
    {
        if (!one && is_same(chosen, name))
            continue;
        table_cell(table, "--%s", name);
        for (size_t i = 0; i < json_array_size(chosen); i++)
            value_cell(table,
                json_object_get(json_object_get(json_array_get(chosen, i), "settings"), name));
    }
    json_decref(names);
}

static void add_results(struct table *table, const json_t *chosen)
{
    static const char *const keys[] = {"time", "status", "error", "sweep", "network", "best_epoch",
        "ended_early", "val_loss", "val_accuracy", "test_loss", "test_accuracy", "seconds"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        add_row(table, keys[i], keys[i], chosen);
    table_cell(table, "epochs");
    for (size_t i = 0; i < json_array_size(chosen); i++)
        table_cell(
            table, "%zu", json_array_size(json_object_get(json_array_get(chosen, i), "epochs")));
    table_cell(table, "device");
    for (size_t i = 0; i < json_array_size(chosen); i++)
        value_cell(
            table, json_object_get(json_object_get(json_array_get(chosen, i), "device"), "name"));
}

/* The curves of one run as numbers. */
static void add_epochs(struct output *output, const json_t *epochs)
{
    static const char *const keys[] = {"loss", "accuracy", "val_loss", "val_accuracy"};
    if (json_array_size(epochs) == 0)
        return;
    struct table *table = table_create(5, 0);
    table_cell(table, "epoch");
    for (size_t i = 0; i < 4; i++)
        table_cell(table, "%s", keys[i]);
    for (size_t i = 0; i < json_array_size(epochs); i++) {
        table_cell(table, "%zu", i + 1);
        for (size_t j = 0; j < 4; j++)
            number_cell(table, json_array_get(epochs, i), keys[j]);
    }
    output_add(output, "\n");
    table_finish(&table, output);
}

static int print_runs(const json_t *chosen)
{
    struct output output = {0};
    struct table *table = table_create((unsigned)json_array_size(chosen) + 1, 0);
    add_row(table, "run", "id", chosen);
    add_settings(table, chosen);
    add_results(table, chosen);
    table_finish(&table, &output);
    if (json_array_size(chosen) == 1)
        add_epochs(&output, json_object_get(json_array_get(chosen, 0), "epochs"));
    return output_print(&output);
}

/* ---- The command ---- */

static int choose(const json_t *runs, const char *const *names, size_t count, json_t *chosen)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *run = runs_find(runs, names[i]);
        if (!run)
            return NNCL_USAGE;
        json_array_append(chosen, (json_t *)run);
    }
    return NNCL_OK;
}

static int print(const json_t *runs, bool all)
{
    if (as_json)
        return json_print(json_pack("{s:s, s:O}", "nncl", nncl_version(), "runs", (json_t *)runs));
    return all ? print_list(runs) : print_runs(runs);
}

/* What is asked for, and whether it is asked for rightly. */
static int check(const char *what, size_t count)
{
    if (strcmp(what, "list") != 0 && strcmp(what, "show") != 0 && strcmp(what, "compare") != 0)
        return message_fail(NNCL_USAGE, "runs needs list, show or compare, not \"%s\"", what);
    if (strcmp(what, "list") == 0 && count > 0)
        return message_fail(NNCL_USAGE, "runs list takes no argument");
    if (strcmp(what, "show") == 0 && count != 1)
        return message_fail(NNCL_USAGE, "runs show needs one RUN, such as last");
    if (strcmp(what, "compare") == 0 && count < 2)
        return message_fail(NNCL_USAGE, "runs compare needs two RUNs or more");
    return NNCL_OK;
}

static int run(const char *const *arguments, size_t count)
{
    const char *what = count > 0 ? arguments[0] : "list";
    const bool all = strcmp(what, "list") == 0;
    json_t *runs = NULL, *chosen = json_array();
    int status = check(what, count > 0 ? count - 1 : 0);
    if (status == NNCL_OK)
        status = runs_read(folder, true, &runs);
    if (status == NNCL_OK && !all)
        status = choose(runs, arguments + 1, count - 1, chosen);
    if (status == NNCL_OK)
        status = print(all ? runs : chosen, all);
    json_decref(chosen);
    json_decref(runs);
    return status;
}

static const struct option options[] = {
    {.name = "runs",
        .kind = OPTION_TEXT,
        .value = &folder,
        .argument = "DIR",
        .help = "the folder of runs ($XDG_DATA_HOME/nncl/runs)"},
    {.name = "json", .kind = OPTION_FLAG, .value = &as_json, .help = "print JSON instead"},
    {.name = NULL}};

const struct command runs_command = {.name = "runs",
    .arguments = "[list | show RUN | compare RUN RUN...]",
    .most = 1000,
    .summary = "list, show and compare the trainings that were done",
    .details = "RUN is a run's name as the list has it, the beginning of one, or \"last\".",
    .options = options,
    .run = run};
