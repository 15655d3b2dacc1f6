/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool report: everything a bug report needs, in one text. Sections are written as they are done,
 * so that a driver that takes the program down leaves what was known before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>

#include "cltool/checking.h"
#include "cltool/commands.h"
#include "cltool/privacy.h"
#include "cltool/properties.h"
#include "common/messages.h"

static const char *output_path;

struct report {
    struct output section; /* being put together */
    struct output whole;   /* finished sections, if they go to a file */
};

static void section_begin(struct report *report, const char *title)
{
    output_add(&report->section, "== %s ==\n", title);
}

static void section_end(struct report *report)
{
    struct output *section = &report->section, clean = {0};
    output_add(section, "\n");
    if (!section->failed)
        privacy_add(output_path ? &report->whole : &clean, section->bytes);
    report->whole.failed |= section->failed || clean.failed;
    if (clean.size > 0)
        fwrite(clean.bytes, 1, clean.size, stdout); /* checked when the program ends */
    message_flush();
    free(clean.bytes);
    free(section->bytes);
    *section = (struct output){0};
}

/* ---- Versions and surroundings ---- */

/* The first line of a file that starts with `key`, without it; nothing if there is none. */
static void add_line_of(struct output *output, const char *label, const char *path, const char *key)
{
    FILE *file = fopen(path, "r");
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        const char *value = line + strlen(key) + strspn(line + strlen(key), "\"");
        output_add(output, "%s%.*s\n", label, (int)strcspn(value, "\"\n"), value);
        break;
    }
    if (file)
        fclose(file);
}

static void report_versions(struct report *report)
{
    section_begin(report, "Versions");
    output_add(&report->section, "nncl: %s\nOpenCL loader: %s\nCLBlast: %s\n", nncl_version(),
        nncl_opencl_loader(), nncl_clblast_version());
    add_line_of(&report->section, "System: ", "/etc/os-release", "PRETTY_NAME=");
    add_line_of(&report->section, "Kernel: ", "/proc/sys/kernel/osrelease", "");
    section_end(report);
}

/* Variables that decide which drivers and devices are seen, and how they and nncl behave. */
static bool matters(const char *variable)
{
    static const char *const prefixes[] = {"OCL_ICD_", "OPENCL_", "POCL_", "RUSTICL_", "NNCL_",
        "CONDA_PREFIX=", "LD_LIBRARY_PATH=", "LD_PRELOAD=", "CUDA_VISIBLE_DEVICES=", "CUDA_CACHE_",
        "GPU_", "ROCR_", "HSA_", "HIP_VISIBLE_DEVICES=", "ZE_", "CL_CONFIG_", "MESA_",
        "XDG_CACHE_HOME=", "XDG_DATA_HOME=", "LANG=", "LC_ALL="};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

static void report_environment(struct report *report)
{
    section_begin(report, "Environment");
    bool any = false;
    for (char *const *variable = nncl_environment(); *variable; variable++) {
        if (!matters(*variable))
            continue;
        output_add(&report->section, "%s\n", *variable);
        any = true;
    }
    if (!any)
        output_add(&report->section, "nothing set that matters\n");
    section_end(report);
}

static void report_diagnosis(struct report *report)
{
    section_begin(report, "Drivers");
    char *text = NULL;
    if (nncl_device_diagnose(&text) == NNCL_OK)
        output_add(&report->section, "%s", text);
    else
        output_add(&report->section, "%s\n", nncl_last_error());
    nncl_free(text);
    section_end(report);
}

/* ---- Devices ---- */

static void add_result(void *user, const struct nncl_check_result *result)
{
    checking_add(result, user);
}

static void report_check(struct report *report, const struct nncl_device_info *info)
{
    char title[64];
    snprintf(title, sizeof title, "Quick check of %s", info->selector);
    section_begin(report, title);
    message("checking %s (%s) ...", info->selector, info->name);
    /* The other providers' kernels take minutes to build on some drivers. */
    const struct nncl_check_options options = {
        .quick = true, .gemm = "auto", .report = add_result, .user = &report->section};
    struct nncl_device *device = NULL;
    enum nncl_status status = nncl_device_open(info->selector, &device);
    if (status == NNCL_OK)
        status = nncl_check(device, &options);
    output_add(&report->section, "%s\n", status == NNCL_OK ? "passed" : nncl_last_error());
    nncl_device_close(&device);
    section_end(report);
}

static void report_device(struct report *report, const struct nncl_device_info *info)
{
    char title[64];
    snprintf(title, sizeof title, "Device %s", info->selector[0] ? info->selector : info->id);
    section_begin(report, title);
    properties_add(info, true, &report->section);
    section_end(report);
}

static void report_devices(struct report *report)
{
    struct nncl_device_list *list = NULL;
    enum nncl_status status = nncl_device_list_create(&list);
    size_t count = status == NNCL_OK ? nncl_device_list_count(list) : 0;
    if (count == 0) {
        section_begin(report, "Devices");
        output_add(&report->section, "%s\n", status == NNCL_OK ? "none" : nncl_last_error());
        section_end(report);
    }
    for (size_t i = 0; i < count; i++)
        report_device(report, nncl_device_list_get(list, i));
    for (size_t i = 0; i < count; i++)
        if (nncl_device_list_get(list, i)->eligible)
            report_check(report, nncl_device_list_get(list, i));
    nncl_device_list_free(&list);
}

static void report_last_error(struct report *report)
{
    section_begin(report, "Last error");
    output_add(&report->section, "%s\n", nncl_last_error()[0] ? nncl_last_error() : "none");
    section_end(report);
}

/* ---- The command ---- */

/* Warnings of the library belong into the report as well. */
static void log_to_report(void *user, enum nncl_log_level level, const char *line)
{
    struct report *report = user;
    output_add(&report->section, "%s%s\n", level == NNCL_LOG_WARNING ? "warning: " : "", line);
}

static int run(const char *const *arguments, size_t argument_count)
{
    (void)arguments;
    (void)argument_count;
    if (output_path && nncl_file_writable(output_path) != NNCL_OK)
        return message_status(NNCL_FAILED);
    struct report report = {{0}, {0}};
    nncl_log_set(log_to_report, &report, NNCL_LOG_WARNING);
    report_versions(&report);
    report_environment(&report);
    report_diagnosis(&report);
    report_devices(&report);
    report_last_error(&report);
    nncl_log_set(NULL, NULL, NNCL_LOG_WARNING);
    int status = NNCL_OK;
    if (report.whole.failed)
        status = message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the report");
    else if (output_path)
        status =
            message_status(nncl_file_write(output_path, report.whole.bytes, report.whole.size));
    if (output_path && status == NNCL_OK)
        message("the report stands in %s", output_path);
    free(report.whole.bytes);
    return status;
}

static const struct option options[] = {{.name = "output",
                                            .letter = 'o',
                                            .kind = OPTION_TEXT,
                                            .value = &output_path,
                                            .argument = "FILE",
                                            .help = "write to this file instead of stdout"},
    {.name = NULL}};

const struct command report_command = {.name = "report",
    .arguments = "",
    .summary = "write a text to paste into a bug report",
    .details =
        "Versions, drivers, environment, devices and the results of a quick check of each. The "
        "home\n"
        "folder and the user's name are replaced; look it over before you publish it. A machine\n"
        "without devices gets a report too, and the exit status is 0.",
    .options = options,
    .run = run};
