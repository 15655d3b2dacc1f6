/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool bench: how fast a device is, and how near to its peaks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>

#include "cltool/commands.h"
#include "common/messages.h"
#include "common/output.h"

static bool as_json, quick;
static const char *only, *only_gemm;

/* A benchmark under way. */
struct run {
    json_t *results;     /* if JSON is wanted */
    struct table *table; /* of the part under way */
    enum nncl_bench_part part;
    bool any;    /* figure was reported */
    bool failed; /* to keep a figure: out of memory */
    bool live;   /* a terminal shows what is being measured */
};

/* ---- What is being measured ---- */

static bool line_shown;

static void clear_line(void)
{
    if (line_shown)
        fputs("\r\033[K", stderr);
    line_shown = false;
}

static bool progress(void *user, const char *what)
{
    const struct run *run = user;
    if (run->live) {
        fprintf(stderr, "\rmeasuring: %.70s\033[K", what);
        fflush(stderr);
        line_shown = true;
    }
    if (nncl_interrupted())
        nncl_interrupt_acknowledge();
    return !nncl_interrupted();
}

/* ---- The table ---- */

/* Three digits, without an exponent. */
static void number_cell(struct table *table, double value)
{
    table_cell(table, "%.*f", value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 4, value);
}

static void spread_cell(struct table *table, double low, double high)
{
    int digits = high >= 100 ? 0 : high >= 10 ? 1 : high >= 1 ? 2 : 4;
    table_cell(table, "%.*f-%.*f", digits, low, digits, high);
}

static void add_row(struct table *table, const struct nncl_bench_result *result)
{
    table_cell(table, "  %s", result->name);
    if (result->left_out) {
        table_cell(table, "-");
        for (int i = 0; i < 3; i++)
            table_cell(table, "%s", "");
        table_cell(table, "left out: %s", result->note);
        return;
    }
    number_cell(table, result->median);
    table_cell(table, "%s", result->unit);
    spread_cell(table, result->low, result->high);
    if (result->share > 0)
        table_cell(table, "%.0f%% of %s", 100 * result->share, result->bound);
    else
        table_cell(table, "%s", "");
    table_cell(table, "%s", result->note);
}

/* Prints the part that is complete. */
static void finish_table(struct run *run)
{
    if (!run->table)
        return;
    struct output output = {0};
    output_add(&output, "%s%s\n", run->any ? "\n" : "", nncl_bench_part_name(run->part));
    table_finish(&run->table, &output);
    clear_line();
    run->failed |= output_print(&output) != NNCL_OK;
    run->any = true;
}

/* ---- JSON ---- */

static json_t *result_json(const struct nncl_bench_result *result)
{
    bool measured = !result->left_out, share = result->share > 0;
    return json_pack("{s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}", "part",
        nncl_bench_part_name(result->part), "name", json_text(result->name), "left_out",
        result->left_out, "note", json_text(result->note), "unit",
        measured ? json_text(result->unit) : json_null(), "median",
        measured ? json_number(result->median) : json_null(), "low",
        measured ? json_number(result->low) : json_null(), "high",
        measured ? json_number(result->high) : json_null(), "best",
        measured ? json_number(result->best) : json_null(), "runs", (json_int_t)result->runs,
        "share", share ? json_number(result->share) : json_null(), "bound",
        share ? json_text(result->bound) : json_null());
}

static void take_result(void *user, const struct nncl_bench_result *result)
{
    struct run *run = user;
    if (as_json) {
        run->failed |= json_array_append_new(run->results, result_json(result)) != 0;
        return;
    }
    if (run->table && run->part != result->part)
        finish_table(run);
    run->part = result->part;
    if (!run->table)
        run->table = table_create(6, 1u << 1 | 1u << 3);
    if (run->table)
        add_row(run->table, result);
    run->failed |= !run->table;
}

static int print_json(
    const char *selector, const struct nncl_device *device, int status, json_t *results)
{
    const struct nncl_device_info *info = device ? nncl_device_get_info(device) : NULL;
    return json_print(json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:O}", "nncl", nncl_version(),
        "quick", quick, "selector", json_text(info ? info->selector : selector), "name",
        info ? json_text(info->name) : json_null(), "platform",
        info ? json_text(info->platform) : json_null(), "driver",
        info ? json_text(info->driver) : json_null(), "error",
        status == NNCL_OK ? json_null() : json_text(nncl_last_error()), "results", results));
}

/* ---- The command ---- */

static int unknown_part(const char *word, size_t length)
{
    const char *names[NNCL_BENCH_PARTS];
    char given[32];
    struct output all = {0};
    snprintf(given, sizeof given, "%.*s", (int)length, word);
    for (unsigned i = 0; i < NNCL_BENCH_PARTS; i++) {
        names[i] = nncl_bench_part_name((enum nncl_bench_part)i);
        output_add(&all, "%s%s", i ? ", " : "", names[i]);
    }
    const char *meant = spelling_suggest(given, names, NNCL_BENCH_PARTS);
    message("there is no part \"%s\"%s%s%s", given, meant ? "; did you mean \"" : "",
        meant ? meant : "", meant ? "\"?" : "");
    message("the parts are %s", all.bytes ? all.bytes : "not known");
    free(all.bytes);
    return NNCL_USAGE;
}

static bool part_of(const char *word, size_t length, unsigned *parts)
{
    for (unsigned i = 0; i < NNCL_BENCH_PARTS; i++) {
        const char *name = nncl_bench_part_name((enum nncl_bench_part)i);
        if (strlen(name) == length && strncmp(name, word, length) == 0) {
            *parts |= 1u << i;
            return true;
        }
    }
    return false;
}

/* "peak,gemm" as a sum of bits; 0 without --only. */
static int parse_parts(unsigned *parts)
{
    *parts = 0;
    for (const char *word = only; word;) {
        size_t length = strcspn(word, ",");
        if (!part_of(word, length, parts))
            return unknown_part(word, length);
        word = word[length] ? word + length + 1 : NULL;
    }
    return NNCL_OK;
}

static int measure(struct nncl_device *device, unsigned parts, struct run *run)
{
    const struct nncl_device_info *info = nncl_device_get_info(device);
    if (!as_json)
        printf("%s: %s, %s%s%s\n\n", info->selector, info->name, info->platform,
            info->driver[0] ? ", driver " : "", info->driver);
    message_flush();
    const struct nncl_bench_options options = {.parts = parts,
        .quick = quick,
        .gemm = only_gemm,
        .report = take_result,
        .progress = progress,
        .user = run};
    enum nncl_status outcome = nncl_bench(device, &options);
    finish_table(run);
    clear_line();
    int status = message_status(outcome);
    return status == NNCL_OK && run->failed ? NNCL_OUT_OF_MEMORY : status;
}

static int run_bench(const char *const *arguments, size_t argument_count)
{
    const char *selector = argument_count > 0 ? arguments[0] : NULL;
    struct run run = {.live = nncl_terminal_is_live(stderr)};
    struct nncl_device *device = NULL;
    unsigned parts;
    int status = parse_parts(&parts);
    if (status != NNCL_OK)
        return status;
    message_before(clear_line);
    status = message_status(nncl_interrupt_catch("cltool: interrupted\n"));
    if (status == NNCL_OK)
        status = message_status(nncl_device_open(selector, &device));
    run.results = json_array();
    if (status == NNCL_OK)
        status = measure(device, parts, &run);
    int printed =
        as_json ? print_json(selector ? selector : "auto", device, status, run.results) : NNCL_OK;
    nncl_device_close(&device);
    json_decref(run.results);
    return status != NNCL_OK ? status : printed;
}

static const struct option options[] = {
    {.name = "quick", .kind = OPTION_FLAG, .value = &quick, .help = "short runs, small sizes"},
    {.name = "only",
        .kind = OPTION_TEXT,
        .value = &only,
        .argument = "PARTS",
        .help = "only these, separated by commas"},
    {.name = "gemm",
        .kind = OPTION_TEXT,
        .value = &only_gemm,
        .argument = "NAME",
        .help = "matrix products by this provider only: auto, vector, tiled, clblast"},
    {.name = "json",
        .kind = OPTION_FLAG,
        .value = &as_json,
        .help = "print JSON instead of tables"},
    {.name = NULL}};

const struct command bench_command = {.name = "bench",
    .arguments = "[SEL]",
    .most = 1,
    .summary = "measure how fast a device is",
    .details =
        "PARTS: peak (arithmetic), bandwidth (memory and caches), launch (empty kernels), "
        "transfer\n"
        "(host and device), gemm (products of square matrices by each provider), train (seconds "
        "per\n"
        "epoch of two networks), infer (prediction by the default network). The last three "
        "measure\n"
        "peak and bandwidth first.\n"
        "Each figure is the median of repeated runs, followed by their lower and upper quartile "
        "and\n"
        "the share of what the measured peak of arithmetic or bandwidth, whichever limits, allows.",
    .options = options,
    .run = run_bench};
