/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool tune: finds the fastest matrix products and convolutions of a device and keeps them for
 * later runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>
#include <nncl/tune.h>

#include "cltool/commands.h"
#include "cltool/tune_shapes.h"
#include "common/messages.h"
#include "common/output.h"

static bool as_json, quick, full, list;
static const char *only_gemm, *shapes_text, *budget_text;
static uint64_t batch = 32, seed;

struct run {
    json_t *products, *convolutions, *failures, *built_in; /* if JSON is wanted */
    struct table *table;
    bool found;  /* there is a result in the table */
    bool failed; /* to keep a result: out of memory */
    bool live;   /* a terminal shows how far it is */
};

/* ---- The live line ---- */

static bool line_shown;

static void clear_line(void)
{
    if (line_shown)
        fputs("\r\033[K", stderr);
    line_shown = false;
}

/* "1024 x 1024 x 256, left transposed" */
static void describe(const struct nncl_tune_shape *shape, char text[96])
{
    snprintf(text, 96, "%zu x %zu x %zu%s%s", shape->m, shape->n, shape->k,
        shape->transpose_a ? ", left transposed" : "",
        shape->transpose_b ? ", right transposed" : "");
}

static const char *const pass_names[] = {
    [NNCL_TUNE_FORWARD] = "forward", [NNCL_TUNE_INPUT] = "input", [NNCL_TUNE_WEIGHTS] = "weights"};

/* "64 of 3x3 on 128x 26x26x32 stride 2, weights" */
static void describe_convolution(const struct nncl_tune_convolution *c, char text[128])
{
    char more[64] = "";
    size_t used = 0;
    if (c->how.stride > 1)
        used += (size_t)snprintf(more, sizeof more, " stride %u", c->how.stride);
    if (c->how.dilation > 1)
        used += (size_t)snprintf(more + used, sizeof more - used, " dilation %u", c->how.dilation);
    if (c->how.groups > 1)
        snprintf(more + used, sizeof more - used, " groups %u", c->how.groups);
    snprintf(text, 128, "%u of %ux%u on %zu x %ux%ux%u%s%s, %s", c->filters, c->down, c->across,
        c->pictures, c->how.height, c->how.width, c->channels, c->how.same ? " same" : "", more,
        pass_names[c->pass]);
}

/* "best 120.5 GFLOP/s (built in 101.2)", or how far it is to that. */
static void describe_best(const struct nncl_tune_progress *now, char text[80])
{
    size_t used = (size_t)snprintf(text, 80, "nothing measured yet");
    if (now->best_gflops > 0)
        used = (size_t)snprintf(text, 80, "best %.1f GFLOP/s", now->best_gflops);
    if (now->default_gflops > 0)
        snprintf(text + used, 80 - used, " (built in %.1f)", now->default_gflops);
}

static bool progress(void *user, const struct nncl_tune_progress *now)
{
    const struct run *run = user;
    if (run->live) {
        char shape[128], best[80], line[512];
        unsigned columns = nncl_terminal_columns(stderr);
        double left = now->budget - now->seconds;
        if (now->convolution)
            describe_convolution(now->convolution, shape);
        else
            describe(&now->shape, shape);
        describe_best(now, best);
        snprintf(line, sizeof line, "%s %s: %s, %u tried, %.0f s left %s", now->provider, shape,
            best, now->tried, left > 0 ? left : 0, now->parameters);
        fprintf(stderr, "\r%.*s\033[K", columns > 1 ? (int)columns - 1 : 1, line);
        fflush(stderr);
        line_shown = true;
    }
    if (nncl_interrupted())
        nncl_interrupt_acknowledge();
    return !nncl_interrupted();
}

/* ---- Results ---- */

static json_t *shape_json(const char *provider, const struct nncl_tune_shape *shape)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:b, s:b}", "provider", provider, "m",
        (json_int_t)shape->m, "n", (json_int_t)shape->n, "k", (json_int_t)shape->k, "transpose_a",
        shape->transpose_a, "transpose_b", shape->transpose_b);
}

static void append(struct run *run, json_t *to, json_t *item, json_t *more)
{
    run->failed |= !item || json_object_update(item, more) != 0;
    json_decref(more);
    run->failed |= json_array_append_new(to, item) != 0;
}

static void take_failure(void *user, const struct nncl_tune_failure *failure)
{
    struct run *run = user;
    if (as_json)
        append(run, run->failures, shape_json(failure->provider, &failure->shape),
            json_pack("{s:s, s:s, s:o}", "parameters", failure->parameters, "how", failure->how,
                "what", json_text(failure->what)));
    else
        message("skipped from now on (%s): %s %s: %s", failure->how, failure->provider,
            failure->parameters, failure->what);
}

/* null where it was not measured. */
static json_t *seconds_json(double seconds)
{
    return seconds > 0 ? json_real(seconds) : json_null();
}

static double gflops(const struct nncl_tune_result *result, double seconds)
{
    const struct nncl_tune_shape *s = &result->shape;
    return seconds > 0 ? 2e-9 * (double)s->m * (double)s->n * (double)s->k / seconds : 0;
}

static void add_row(struct table *table, const struct nncl_tune_result *result)
{
    char shape[96];
    describe(&result->shape, shape);
    table_cell(table, "%s %s", result->chosen ? "*" : " ", shape);
    table_cell(table, "%s", result->provider);
    table_cell(table, "%.1f", gflops(result, result->seconds));
    if (result->default_seconds > 0) {
        table_cell(table, "%.1f", gflops(result, result->default_seconds));
        table_cell(table, "%.2f", result->default_seconds / result->seconds);
    } else {
        table_cell(table, "-");
        table_cell(table, "-");
    }
    table_cell(table, "%s%s", result->is_default ? "built in" : result->parameters, "");
}

static void take_result(void *user, const struct nncl_tune_result *result)
{
    struct run *run = user;
    if (as_json)
        append(run, run->products, shape_json(result->provider, &result->shape),
            json_pack("{s:s, s:f, s:f, s:i, s:o, s:b, s:b}", "parameters", result->parameters,
                "seconds", result->seconds, "spread", result->spread, "repetitions",
                (int)result->repetitions, "default_seconds", seconds_json(result->default_seconds),
                "built_in", result->is_default, "chosen", result->chosen));
    else if (run->table)
        add_row(run->table, result);
    run->found = true;
}

static json_t *convolution_json(const struct nncl_tune_convolution *c)
{
    return json_pack("{s:s, s:I, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "pass",
        pass_names[c->pass], "pictures", (json_int_t)c->pictures, "height", (int)c->how.height,
        "width", (int)c->how.width, "channels", (int)c->channels, "filters", (int)c->filters,
        "down", (int)c->down, "across", (int)c->across, "stride", (int)c->how.stride, "dilation",
        (int)c->how.dilation, "groups", (int)c->how.groups, "same", c->how.same);
}

static void add_convolution_row(
    struct table *table, const struct nncl_tune_convolution_result *result)
{
    char shape[128];
    describe_convolution(&result->convolution, shape);
    table_cell(table, "%s %s", result->chosen ? "*" : " ", shape);
    table_cell(table, result->product ? "product by %s" : "direct", result->provider);
    const bool both = !result->failure && result->rule_seconds > 0;
    const double rates[] = {both || !result->failure ? 1e-9 * result->flop / result->seconds : 0,
        both ? 1e-9 * result->flop / result->rule_seconds : 0};
    for (unsigned i = 0; i < 2; i++)
        if (rates[i] > 0)
            table_cell(table, "%.1f", rates[i]);
        else
            table_cell(table, "-");
    if (both)
        table_cell(table, "%.2f", result->rule_seconds / result->seconds);
    else
        table_cell(table, "-");
    table_cell(table, "%s", result->failure ? result->failure : "");
}

static void take_convolution(void *user, const struct nncl_tune_convolution_result *result)
{
    struct run *run = user;
    if (as_json)
        append(run, run->convolutions, convolution_json(&result->convolution),
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:i, s:o, s:b}", "way",
                result->product ? "product" : "direct", "provider", result->provider, "failure",
                result->failure ? json_text(result->failure) : json_null(), "seconds",
                seconds_json(result->seconds), "spread",
                result->failure ? json_null() : json_real(result->spread), "repetitions",
                (int)result->repetitions, "rule_seconds", seconds_json(result->rule_seconds),
                "chosen", result->chosen));
    else if (run->table)
        add_convolution_row(run->table, result);
    run->found = true;
}

static void take_built_in(void *user, const struct nncl_tune_built_in *values)
{
    struct run *run = user;
    const char *how = values->measured ? "measured" : "estimated";
    if (as_json)
        run->failed |=
            json_array_append_new(run->built_in,
                json_pack("{s:s, s:s, s:s, s:s}", "provider", values->provider, "family",
                    values->family, "origin", how, "parameters", values->parameters)) != 0;
    else
        printf("built in for %s: %s (%s, %s)\n", values->family, values->provider, how,
            values->parameters[0] ? values->parameters : "what the provider takes itself");
}

static void start_table(struct run *run)
{
    run->table = as_json ? NULL : table_create(6, 1u << 2 | 1u << 3 | 1u << 4);
    if (!run->table)
        return;
    static const char *const heads[] = {
        "  product or convolution", "by", "GFLOP/s", "built in", "gain", "parameters"};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        table_cell(run->table, "%s", heads[i]);
}

/* Takes the table down, too, where there is nothing to print. */
static int print_table(struct run *run, bool results)
{
    struct output output = {0};
    clear_line();
    table_finish(&run->table, &output);
    if (!results) {
        free(output.bytes);
        return NNCL_OK;
    }
    output_add(&output, "* serves what is like it\n");
    return output_print(&output);
}

static int print_json(const char *selector, const struct nncl_device *device, int status,
    const char *path, const struct run *run)
{
    const struct nncl_device_info *info = device ? nncl_device_get_info(device) : NULL;
    return json_print(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:O, s:O, s:O, s:O}", "nncl",
        nncl_version(), "selector", json_text(info ? info->selector : selector), "name",
        info ? json_text(info->name) : json_null(), "platform",
        info ? json_text(info->platform) : json_null(), "driver",
        info ? json_text(info->driver) : json_null(), "file", path ? json_text(path) : json_null(),
        "error", status == NNCL_OK ? json_null() : json_text(nncl_last_error()), "built_in",
        run->built_in, "products", run->products, "convolutions", run->convolutions, "failures",
        run->failures));
}

/* ---- The command ---- */

static int measure(struct nncl_device *device, const struct tune_shapes *shapes, double budget,
    const char *path, struct run *run)
{
    static const char *const worker[] = {"/proc/self/exe", TUNE_WORKER, NULL};
    const struct nncl_tune_options options = {.worker = worker,
        .shapes = shapes->shapes,
        .shape_count = shapes->count,
        .convolutions = shapes->convolutions,
        .convolution_count = only_gemm ? 0 : shapes->convolution_count,
        .gemm = only_gemm,
        .full = full,
        .budget = budget,
        .seed = seed,
        .progress = progress,
        .failure = take_failure,
        .report = take_result,
        .report_convolution = take_convolution,
        .user = run};
    start_table(run);
    enum nncl_status outcome = nncl_tune(device, &options);
    clear_line();
    bool results = run->found && (outcome == NNCL_OK || outcome == NNCL_INTERRUPTED);
    int printed = run->table ? print_table(run, results) : NNCL_OK;
    if (!as_json && results)
        printf("kept in %s\n", path);
    int status = message_status(outcome);
    return status != NNCL_OK ? status : printed;
}

static int show(struct nncl_device *device, struct run *run)
{
    struct output output = {0};
    start_table(run);
    int status =
        message_status(nncl_tune_list(device, take_built_in, take_result, take_convolution, run));
    if (as_json)
        return status;
    table_finish(&run->table, &output);
    int printed = output_print(&output);
    return status != NNCL_OK ? status : printed;
}

static int check_options(double *budget)
{
    *budget = 0;
    if (quick && full)
        return message_fail(NNCL_USAGE, "--quick and --full exclude each other");
    if (list && (quick || full || shapes_text || budget_text))
        return message_fail(NNCL_USAGE, "--list shows what is known; it measures nothing");
    if (budget_text && !tune_parse_budget(budget_text, budget))
        return message_fail(NNCL_USAGE,
            "--budget takes a time such as 120s or 5m, at least 1s, not \"%s\"", budget_text);
    return NNCL_OK;
}

static int open_and_run(
    const char *selector, double budget, const struct tune_shapes *shapes, struct run *run)
{
    struct nncl_device *device = NULL;
    char *path = NULL;
    int status = message_status(nncl_interrupt_catch("cltool: interrupted\n"));
    if (status == NNCL_OK)
        status = message_status(nncl_device_open(selector, &device));
    if (status == NNCL_OK)
        status = message_status(nncl_tune_path(device, &path));
    if (status == NNCL_OK)
        status = list ? show(device, run) : measure(device, shapes, budget, path, run);
    int printed =
        as_json ? print_json(selector ? selector : "auto", device, status, path, run) : NNCL_OK;
    nncl_free(path);
    nncl_device_close(&device);
    return status == NNCL_OK && run->failed ? NNCL_OUT_OF_MEMORY : status ? status : printed;
}

static int run_tune(const char *const *arguments, size_t argument_count)
{
    struct tune_shapes shapes = {0};
    double budget;
    struct run run = {.live = nncl_terminal_is_live(stderr)};
    int status = check_options(&budget);
    if (status == NNCL_OK && shapes_text)
        status = tune_shapes_get(shapes_text, (size_t)batch, &shapes);
    if (status != NNCL_OK)
        return status;
    message_before(clear_line);
    run.products = json_array();
    run.convolutions = json_array();
    run.failures = json_array();
    run.built_in = json_array();
    status = open_and_run(argument_count > 0 ? arguments[0] : NULL, budget, &shapes, &run);
    json_decref(run.products);
    json_decref(run.convolutions);
    json_decref(run.failures);
    json_decref(run.built_in);
    tune_shapes_free(&shapes);
    return status;
}

static const struct option options[] = {
    {.name = "quick", .kind = OPTION_FLAG, .value = &quick, .help = "about 30 seconds (default)"},
    {.name = "full",
        .kind = OPTION_FLAG,
        .value = &full,
        .help = "5 minutes, more products, closer measurements"},
    {.name = "shapes",
        .kind = OPTION_TEXT,
        .value = &shapes_text,
        .argument = "LIST",
        .help = "a saved model's products and convolutions, or M,N,K:M,N,K..."},
    {.name = "batch",
        .kind = OPTION_WHOLE,
        .value = &batch,
        .argument = "N",
        .help = "rows of a saved model's batches (default 32)",
        .minimum = 1,
        .maximum = 1e6},
    {.name = "budget",
        .kind = OPTION_TEXT,
        .value = &budget_text,
        .argument = "TIME",
        .help = "time to spend, such as 120s or 5m"},
    {.name = "gemm",
        .kind = OPTION_TEXT,
        .value = &only_gemm,
        .argument = "NAME",
        .help = "matrix products by this provider only: vector, tiled, clblast"},
    {.name = "seed",
        .kind = OPTION_WHOLE,
        .value = &seed,
        .argument = "N",
        .help = "of the order in which parameters are tried",
        .minimum = 0,
        .maximum = 0x1p64},
    {.name = "list",
        .kind = OPTION_FLAG,
        .value = &list,
        .help = "show what is built in and was kept; measure nothing"},
    {.name = "json",
        .kind = OPTION_FLAG,
        .value = &as_json,
        .help = "print JSON instead of a table"},
    {.name = NULL}};

const struct command tune_command = {.name = "tune",
    .arguments = "[SEL]",
    .most = 1,
    .summary = "find the fastest matrix products and convolutions of a device",
    .details =
        "Measures each provider of matrix products with many parameters, in processes of their "
        "own\n"
        "because some hang or crash a driver, then convolutions directly and as products, and "
        "keeps\n"
        "what is best for this device and driver: later runs use it. What is kept is never slower\n"
        "than what is built in. Ctrl-C ends the search and keeps what was found. LIST: a\n"
        ".safetensors file, or sizes M,N,K (the result is M x N, with sums over K) separated by\n"
        "colons; \"ta\" or \"tb\" behind K: the left or right operand is stored transposed.",
    .options = options,
    .run = run_tune};
