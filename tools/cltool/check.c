/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool check: holds the kernels of a device, or of all, against the plain-C reference. */
#include <stdio.h>
#include <string.h>

#include <nncl/check.h>
#include <nncl/nncl.h>

#include "cltool/checking.h"
#include "cltool/commands.h"
#include "cltool/devices.h"
#include "common/messages.h"

static bool as_json, quick;
static const char *only_op, *only_gemm;
static uint64_t runs = 3;

/* One device being checked. */
struct run {
    json_t *results; /* of each op, if JSON is wanted */
    size_t count;    /* of results */
    bool failed;     /* to keep the results: out of memory */
};

/* ---- One device ---- */

static void take_result(void *user, const struct nncl_check_result *result)
{
    struct run *run = user;
    run->count++;
    if (as_json) {
        run->failed |= json_array_append_new(run->results, checking_json(result)) != 0;
        return;
    }
    struct output line = {0};
    checking_add(result, &line);
    run->failed |= output_print(&line) != NNCL_OK;
    message_flush(); /* a line as soon as it is known; a failure is found at the end */
}

static void print_heading(const struct nncl_device *device)
{
    const struct nncl_device_info *info = nncl_device_get_info(device);
    printf("%s: %s, %s%s%s\n", info->selector, info->name, info->platform,
        info->driver[0] ? ", driver " : "", info->driver);
    message_flush();
}

static json_t *device_json(
    const char *selector, const struct nncl_device *device, int status, const struct run *run)
{
    const struct nncl_device_info *info = device ? nncl_device_get_info(device) : NULL;
    return json_pack("{s:o, s:o*, s:o*, s:o*, s:b, s:o, s:O}", "selector",
        json_text(info ? info->selector : selector), "name", info ? json_text(info->name) : NULL,
        "platform", info ? json_text(info->platform) : NULL, "driver",
        info ? json_text(info->driver) : NULL, "passed", status == NNCL_OK, "error",
        status == NNCL_OK ? json_null() : json_text(nncl_last_error()), "ops", run->results);
}

/* `selector` may be NULL: the default device. Adds the outcome to `devices` if JSON is wanted. */
static int check_device(const char *selector, json_t *devices)
{
    struct run run = {.results = json_array()};
    struct nncl_device *device = NULL;
    enum nncl_status outcome = nncl_device_open(selector, &device);
    if (outcome == NNCL_OK) {
        if (!as_json)
            print_heading(device);
        const struct nncl_check_options options = {.op = only_op,
            .gemm = only_gemm,
            .quick = quick,
            .runs = (unsigned)runs,
            .report = take_result,
            .user = &run};
        outcome = nncl_check(device, &options);
    }
    int status = message_status(outcome);
    if (as_json)
        run.failed |= json_array_append_new(devices,
                          device_json(selector ? selector : "auto", device, status, &run)) != 0;
    else if (status == NNCL_OK)
        printf("all %zu within their bounds\n", run.count);
    nncl_device_close(&device);
    json_decref(run.results);
    return run.failed && status == NNCL_OK ? NNCL_OUT_OF_MEMORY : status;
}

/* ---- All devices ---- */

/* A failed check counts most, then the first other error. */
static int worse(int one, int other)
{
    if (one == NNCL_CHECK_FAILED || other == NNCL_CHECK_FAILED)
        return NNCL_CHECK_FAILED;
    return one != NNCL_OK ? one : other;
}

static int check_all(json_t *devices)
{
    struct nncl_device_list *list = NULL;
    enum nncl_status found = nncl_device_list_create(&list);
    if (found != NNCL_OK)
        return message_status(found);
    int status = devices_any_eligible(list) ? NNCL_OK : devices_diagnose();
    for (size_t i = 0; i < nncl_device_list_count(list); i++) {
        const struct nncl_device_info *info = nncl_device_list_get(list, i);
        if (!info->eligible)
            continue;
        if (i > 0 && !as_json)
            putchar('\n');
        status = worse(status, check_device(info->selector, devices));
    }
    nncl_device_list_free(&list);
    return status;
}

/* ---- The command ---- */

static int unknown_op(void)
{
    struct output all = {0};
    const size_t count = nncl_check_op_count();
    const char **names = calloc(count, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        const char *name = nncl_check_op_name(i);
        output_add(&all, "%s%s", i ? ", " : "", name);
        if (names)
            names[i] = name;
    }
    const char *meant = names ? spelling_suggest(only_op, names, count) : NULL;
    message("there is no op \"%s\"%s%s%s", only_op, meant ? "; did you mean \"" : "",
        meant ? meant : "", meant ? "\"?" : "");
    message("the ops are %s", all.bytes ? all.bytes : "not known");
    free(names);
    free(all.bytes);
    return NNCL_USAGE;
}

static bool op_is_known(void)
{
    for (size_t i = 0; only_op && i < nncl_check_op_count(); i++)
        if (strcmp(only_op, nncl_check_op_name(i)) == 0)
            return true;
    return !only_op;
}

static int run(const char *const *arguments, size_t argument_count)
{
    json_t *devices = json_array();
    const char *selector = argument_count > 0 ? arguments[0] : NULL;
    int status;
    if (!op_is_known())
        status = unknown_op();
    else if (selector && strcmp(selector, "all") == 0)
        status = check_all(devices);
    else
        status = check_device(selector, devices);
    if (!as_json) {
        json_decref(devices);
        return status;
    }
    int printed = json_print(json_pack("{s:s, s:b, s:b, s:o}", "nncl", nncl_version(), "quick",
        quick, "passed", status == NNCL_OK, "devices", devices));
    return status != NNCL_OK ? status : printed;
}

static const struct option options[] = {
    {.name = "quick", .kind = OPTION_FLAG, .value = &quick, .help = "small shapes only"},
    {.name = "op",
        .kind = OPTION_TEXT,
        .value = &only_op,
        .argument = "NAME",
        .help = "check this op only"},
    {.name = "gemm",
        .kind = OPTION_TEXT,
        .value = &only_gemm,
        .argument = "NAME",
        .help = "matrix products by this provider only: vector, tiled, clblast"},
    {.name = "runs",
        .kind = OPTION_WHOLE,
        .value = &runs,
        .argument = "N",
        .help = "of each case, which must all give the same bits (3)",
        .minimum = 1,
        .maximum = 1e6},
    {.name = "json", .kind = OPTION_FLAG, .value = &as_json, .help = "print JSON instead of lines"},
    {.name = NULL}};

const struct command check_command = {.name = "check",
    .arguments = "[SEL]",
    .most = 1,
    .summary = "check that a device computes correctly",
    .details =
        "Runs each op's kernels several times over many shapes and compares them with the plain-C\n"
        "reference. A line per op tells the error that came closest to its bound, and that bound;\n"
        "both are absolute, and large where the check multiplies large numbers on purpose;\n"
        "results that differ from run to run are \"nondeterministic\". With \"all\" as SEL, every\n"
        "usable device is checked. $NNCL_CL_DIR replaces the built-in kernels by those of a "
        "folder.\n"
        "The exit status is 4 if any op fails.",
    .options = options,
    .run = run};
