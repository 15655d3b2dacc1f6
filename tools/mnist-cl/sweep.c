/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/runs_file.h"
#include "mnist-cl/stopping.h"
#include "mnist-cl/sweep_table.h"
#include "mnist-cl/sweep_text.h"

/* Tells a training which one of which sweep it is: "NAME NUMBER". */
static const char member_variable[] = "NNCL_SWEEP";

enum { WORKERS_MOST = 64 };

/* Where one training at a time runs. */
struct worker {
    const char *device; /* NULL: as the command line says */
    struct nncl_child *child;
    size_t run;
};

struct sweeping {
    const struct sweep *sweep;
    const struct sweep_order *order;
    struct grid grid;
    char name[RUN_NAME_SIZE];
    char *devices; /* the texts of the workers' devices */
    struct worker workers[WORKERS_MOST];
    size_t worker_count;
    struct sweep_result *results; /* as many as runs */
    size_t started, ended;
    size_t best; /* whose model is kept, if any has ended well */
    bool any;
};

int sweep_check(const struct sweep *sweep)
{
    static const char *const alone[] = {
        "resume", "checkpoint", "checkpoint-every", "plan", "trace", "explain", "profile", NULL};
    if (!sweep->text && (sweep->draws > 0 || sweep->devices))
        return message_fail(
            NNCL_USAGE, "--sweep-%s needs --sweep TEXT", sweep->draws > 0 ? "random" : "devices");
    for (size_t i = 0; sweep->text && alone[i]; i++)
        if (option_given(alone[i]))
            return message_fail(
                NNCL_USAGE, "--%s is for one training, and --sweep does several", alone[i]);
    return NNCL_OK;
}

const char *sweep_of_this(uint64_t *number)
{
    static char name[RUN_NAME_SIZE];
    const char *text = getenv(member_variable);
    unsigned long long value;
    if (!text || sscanf(text, "%47s %llu", name, &value) != 2)
        return NULL;
    *number = value;
    return name;
}

/* ---- Before ---- */

/* Trainings are ranked by pictures set aside, in each of them. */
static int check_split(const struct sweeping *sweeping)
{
    const struct axis *axis = grid_axis(&sweeping->grid, "validation-split");
    double least = axis ? 1 : sweeping->order->validation_split;
    for (size_t i = 0; axis && i < axis->count; i++)
        least = fmin(least, strtod(axis->values[i], NULL));
    return stopping_needs_split("--sweep", true, least);
}

static int list_workers(struct sweeping *sweeping)
{
    sweeping->worker_count = 1;
    if (!sweeping->sweep->devices)
        return NNCL_OK;
    if (option_given("device") || grid_axis(&sweeping->grid, "device"))
        return message_fail(NNCL_USAGE, "--device and --sweep-devices contradict each other");
    struct output copy = {0};
    output_add(&copy, "%s", sweeping->sweep->devices);
    if (copy.failed)
        return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the sweep");
    sweeping->devices = copy.bytes;
    size_t count = 0;
    for (char *next = copy.bytes; next && count < WORKERS_MOST; count++) {
        sweeping->workers[count].device = next;
        next = strchr(next, ',');
        if (next)
            *next++ = 0;
        if (!sweeping->workers[count].device[0])
            return message_fail(
                NNCL_USAGE, "--sweep-devices needs devices separated by commas, such as gpu0,gpu1");
    }
    sweeping->worker_count = count;
    return NNCL_OK;
}

static int begin(struct sweeping *sweeping)
{
    int status = grid_parse(sweeping->sweep->text, sweeping->order->options, &sweeping->grid);
    if (status == NNCL_OK)
        status = check_split(sweeping);
    if (status == NNCL_OK)
        status = grid_choose(&sweeping->grid, sweeping->sweep->draws, sweeping->order->seed);
    if (status == NNCL_OK)
        status = list_workers(sweeping);
    if (status != NNCL_OK)
        return status;
    sweeping->results = calloc(sweeping->grid.runs, sizeof *sweeping->results);
    if (!sweeping->results)
        return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the sweep");
    runs_name(sweeping->name);
    message("sweep %s: %zu trainings", sweeping->name, sweeping->grid.runs);
    return NNCL_OK;
}

/* ---- One training ---- */

/* A file of a training in the folder of runs: its model, what it says. */
static int file_of(const struct sweeping *sweeping, size_t run, const char *end, char **path)
{
    char name[RUN_NAME_SIZE + 48];
    snprintf(name, sizeof name, "%s-%zu%s", sweeping->name, run + 1, end);
    return runs_path(sweeping->order->runs_folder, name, true, path);
}

static void remove_file(const struct sweeping *sweeping, size_t run, const char *end)
{
    char *path = NULL;
    if (file_of(sweeping, run, end, &path) == NNCL_OK)
        remove(path);
    free(path);
}

/* The command line of a training, which grows. */
struct line {
    const char **arguments;
    size_t count;
    bool failed;
};

static void add_argument(struct line *line, const char *name, const char *value)
{
    struct output text = {0};
    output_add(&text, value ? "--%s=%s" : "--%s", name, value);
    const char **more = realloc(line->arguments, (line->count + 2) * sizeof *more);
    line->failed = line->failed || text.failed || !more;
    line->arguments = more ? more : line->arguments;
    if (line->failed) {
        free(text.bytes);
        return;
    }
    more[line->count++] = text.bytes;
    more[line->count] = NULL;
}

static void line_free(struct line *line)
{
    for (size_t i = 2; i < line->count; i++)
        free((char *)line->arguments[i]);
    free(line->arguments);
}

/* What the command line says of every training. */
static void add_common(struct line *line, const struct sweeping *sweeping)
{
    static const char *const own[] = {
        "save", "json", "quiet", "verbose", "runs", "sweep", "sweep-random", "sweep-devices", NULL};
    for (const struct option *option = sweeping->order->options; option->name; option++) {
        char text[OPTION_TEXT_SIZE];
        bool passed = option_given(option->name) && !grid_axis(&sweeping->grid, option->name);
        for (size_t i = 0; own[i]; i++)
            passed = passed && strcmp(own[i], option->name) != 0;
        if (passed)
            add_argument(
                line, option->name, option->kind == OPTION_FLAG ? NULL : option_text(option, text));
    }
}

static void add_axes(struct line *line, const struct sweeping *sweeping, size_t run)
{
    for (size_t i = 0; i < sweeping->grid.count; i++) {
        const struct option *option = sweeping->grid.axes[i].option;
        const char *value = grid_value(&sweeping->grid, run, i);
        if (option->kind != OPTION_FLAG)
            add_argument(line, option->name, value);
        else if (strcmp(value, "on") == 0)
            add_argument(line, option->name, NULL);
    }
}

static int start(struct sweeping *sweeping, struct worker *worker)
{
    static const char *const program[] = {"/proc/self/exe", "train"};
    struct line line = {.arguments = calloc(3, sizeof(char *)), .count = 2};
    char *model = NULL, *log = NULL, member[RUN_NAME_SIZE + 24];
    const size_t run = worker->run = sweeping->started++;
    if (!line.arguments)
        return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the sweep");
    memcpy(line.arguments, program, sizeof program);
    snprintf(member, sizeof member, "%s %zu", sweeping->name, run + 1);
    setenv(member_variable, member, 1);
    int status = file_of(sweeping, run, ".safetensors", &model);
    if (status == NNCL_OK)
        status = file_of(sweeping, run, ".log", &log);
    if (status == NNCL_OK) {
        add_argument(&line, "quiet", NULL);
        add_argument(&line, "save", model);
        if (sweeping->order->runs_folder)
            add_argument(&line, "runs", sweeping->order->runs_folder);
        if (worker->device)
            add_argument(&line, "device", worker->device);
        add_common(&line, sweeping);
        add_axes(&line, sweeping, run);
        status = line.failed
                     ? message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the sweep")
                     : message_status(nncl_child_start(line.arguments, log, &worker->child));
    }
    sweeping->results[run].begin = nncl_clock();
    line_free(&line);
    free(model);
    free(log);
    return status;
}

/* ---- What it gave ---- */

/* Takes what the training has recorded of itself. */
static void take_record(const struct sweeping *sweeping, size_t run, struct sweep_result *result)
{
    json_t *runs = NULL;
    if (runs_read(sweeping->order->runs_folder, false, &runs) != NNCL_OK)
        return;
    for (size_t i = json_array_size(runs); i-- > 0 && !result->record;) {
        json_t *record = json_array_get(runs, i);
        if (strcmp(run_text(record, "sweep"), sweeping->name) == 0 &&
            run_number(record, "sweep_run") == (double)(run + 1))
            result->record = json_incref(record);
    }
    json_decref(runs);
}

/* The last line that a training said, without the program's name; it may not have come so far as
 * to record a reason. */
static void take_words(const struct sweeping *sweeping, size_t run, struct sweep_result *result)
{
    char *path = NULL, line[512] = "";
    FILE *file = file_of(sweeping, run, ".log", &path) == NNCL_OK ? fopen(path, "r") : NULL;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "mnist-cl: ", 10) == 0 && !strstr(line, "--help"))
            snprintf(result->words, sizeof result->words, "%.*s", (int)strcspn(line + 10, "\n"),
                line + 10);
    if (file)
        fclose(file);
    free(path);
    if (result->status > 128)
        snprintf(result->words, sizeof result->words, "ended by signal %d", result->status - 128);
    else if (!result->words[0])
        snprintf(result->words, sizeof result->words, "ended with status %d", result->status);
}

/* A training that did not come so far as to record itself is recorded here. */
static void add_record(struct sweeping *sweeping, size_t run, const struct sweep_result *result)
{
    char name[RUN_NAME_SIZE], when[RUN_TIME_SIZE];
    json_t *settings = json_object();
    runs_name(name);
    runs_time(when);
    for (size_t i = 0; i < sweeping->grid.count; i++)
        json_object_set_new(settings, sweeping->grid.axes[i].option->name,
            json_text(grid_value(&sweeping->grid, run, i)));
    runs_add(sweeping->order->runs_folder,
        json_pack("{s:s, s:s, s:s, s:o, s:i, s:s, s:I, s:o}", "id", name, "time", when, "status",
            "failed", "error", json_text(result->words), "exit_status", result->status, "sweep",
            sweeping->name, "sweep_run", (json_int_t)run + 1, "settings", settings));
}

/* Keeps the model if it is the best so far, and no other. */
static void keep_best(struct sweeping *sweeping, size_t run)
{
    const struct sweep_result *results = sweeping->results;
    const bool better =
        !sweeping->any || sweep_compare(&results[run], &results[sweeping->best]) < 0;
    if (sweeping->any || !better)
        remove_file(sweeping, better ? sweeping->best : run, ".safetensors");
    if (better)
        sweeping->best = run;
    sweeping->any = true;
}

static void finish(struct sweeping *sweeping, struct worker *worker, int status)
{
    const size_t run = worker->run;
    struct sweep_result *result = &sweeping->results[run];
    nncl_child_free(&worker->child);
    result->run = run;
    result->status = status;
    result->ended = true;
    result->seconds = nncl_clock() - result->begin;
    take_record(sweeping, run, result);
    sweep_result_settle(result);
    sweeping->ended++;
    if (result->good) {
        keep_best(sweeping, run);
    } else {
        take_words(sweeping, run, result);
        remove_file(sweeping, run, ".safetensors");
        if (!result->record)
            add_record(sweeping, run, result);
    }
    remove_file(sweeping, run, ".log");
    if (!sweeping->order->quiet)
        sweep_say(&sweeping->grid, result, sweeping->ended);
}

/* ---- All of them ---- */

static int run_all(struct sweeping *sweeping)
{
    int status = NNCL_OK, ended;
    struct nncl_child *children[WORKERS_MOST];
    while (status == NNCL_OK && sweeping->ended < sweeping->grid.runs && !nncl_interrupted()) {
        for (size_t i = 0; i < sweeping->worker_count; i++) {
            struct worker *worker = &sweeping->workers[i];
            if (worker->child && nncl_child_ended(worker->child, &ended))
                finish(sweeping, worker, ended);
            if (!worker->child && sweeping->started < sweeping->grid.runs && status == NNCL_OK)
                status = start(sweeping, worker);
            children[i] = worker->child;
        }
        nncl_child_wait(children, sweeping->worker_count, 1);
    }
    if (nncl_interrupted())
        nncl_interrupt_acknowledge();
    for (size_t i = 0; i < sweeping->worker_count; i++) {
        struct worker *worker = &sweeping->workers[i];
        if (!worker->child)
            continue;
        nncl_child_free(&worker->child);
        remove_file(sweeping, worker->run, ".safetensors");
        remove_file(sweeping, worker->run, ".log");
    }
    return status;
}

/* Puts the best model where it is wanted. */
static int save_best(const struct sweeping *sweeping)
{
    char *from = NULL, *usual = NULL;
    struct nncl_model *model = NULL;
    const char *to = sweeping->order->save_path;
    int status = file_of(sweeping, sweeping->best, ".safetensors", &from);
    if (status == NNCL_OK && !to)
        status = message_status(nncl_data_path("last.safetensors", true, &usual));
    if (status == NNCL_OK)
        status = message_status(nncl_model_load(from, &model));
    if (status == NNCL_OK)
        status = message_status(nncl_model_save(model, to ? to : usual));
    if (status == NNCL_OK) {
        message("model of training %zu saved to %s", sweeping->best + 1, to ? to : usual);
        remove(from);
    }
    nncl_model_free(&model);
    nncl_free(usual);
    free(from);
    return status;
}

static int end(struct sweeping *sweeping)
{
    int status = NNCL_OK;
    if (sweeping->any)
        status = save_best(sweeping);
    const int printed = sweep_print(&sweeping->grid, sweeping->results);
    int written = NNCL_OK;
    if (sweeping->order->json_path)
        written = sweep_write_json(
            &sweeping->grid, sweeping->results, sweeping->name, sweeping->order->json_path);
    if (nncl_interrupted()) {
        message("interrupted: %zu of %zu trainings are done", sweeping->ended, sweeping->grid.runs);
        return 128 + nncl_interrupted();
    }
    if (!sweeping->any) { /* where all fail for one reason, that is the sweep's */
        status = sweeping->results[0].status;
        for (size_t i = 1; i < sweeping->grid.runs; i++)
            status = sweeping->results[i].status == status ? status : NNCL_FAILED;
        message("none of the trainings came to an end");
    }
    return status != NNCL_OK ? status : printed != NNCL_OK ? printed : written;
}

int sweep_run(const struct sweep *sweep, const struct sweep_order *order)
{
    struct sweeping sweeping = {.sweep = sweep, .order = order};
    int status = begin(&sweeping);
    if (status == NNCL_OK)
        status = run_all(&sweeping);
    if (status == NNCL_OK)
        status = end(&sweeping);
    for (size_t i = 0; sweeping.results && i < sweeping.grid.runs; i++)
        json_decref(sweeping.results[i].record);
    free(sweeping.results);
    free(sweeping.devices);
    grid_free(&sweeping.grid);
    return status;
}
