/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl report */
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/commands.h"
#include "mnist-cl/page.h"

static const char *output_path;

/* "run.html" for "run.json"; NULL when out of memory. Free with free(). */
static char *page_path(const char *record_path)
{
    static const char old[] = ".json", new[] = ".html";
    size_t length = strlen(record_path);
    if (length > strlen(old) && strcmp(record_path + length - strlen(old), old) == 0)
        length -= strlen(old);
    char *path = malloc(length + sizeof new);
    if (path) {
        memcpy(path, record_path, length);
        memcpy(path + length, new, sizeof new);
    }
    return path;
}

static int read_record(const char *path, json_t **record)
{
    json_error_t error;
    *record = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!*record && error.line < 0)
        return message_fail(NNCL_BAD_DATA, "%s", error.text);
    if (!*record)
        return message_fail(
            NNCL_BAD_DATA, "%s is not JSON: line %d: %s", path, error.line, error.text);
    if (!json_is_string(json_object_get(*record, "nncl")) ||
        !json_is_object(json_object_get(*record, "options")) ||
        !json_is_array(json_object_get(*record, "epochs")))
        return message_fail(NNCL_BAD_DATA,
            "%s is not the record of a training; \"mnist-cl train --json FILE\" writes one", path);
    return NNCL_OK;
}

static int write_page(const json_t *record, const char *path)
{
    struct output page = {0};
    page_add(&page, record);
    int status;
    if (page.failed)
        status = message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the page");
    else
        status = message_status(nncl_file_write(path, page.bytes, page.size));
    free(page.bytes);
    if (status == NNCL_OK)
        message("report written to %s", path);
    return status;
}

static int run(const char *const *arguments, size_t count)
{
    (void)count;
    json_t *record = NULL;
    char *usual = output_path ? NULL : page_path(arguments[0]);
    const char *path = output_path ? output_path : usual;
    int status = path ? read_record(arguments[0], &record) : NNCL_OUT_OF_MEMORY;
    if (status == NNCL_OK && nncl_file_same(arguments[0], path))
        status = message_fail(NNCL_USAGE, "the page would take the place of the record %s", path);
    if (status == NNCL_OK)
        status = write_page(record, path);
    json_decref(record);
    free(usual);
    return status;
}

static const struct option options[] = {{.name = "output",
                                            .letter = 'o',
                                            .kind = OPTION_TEXT,
                                            .value = &output_path,
                                            .argument = "FILE.html",
                                            .help = "where the page goes (RUN.html)"},
    {.name = NULL}};

const struct command report_command = {.name = "report",
    .arguments = "RUN.json",
    .fewest = 1,
    .most = 1,
    .summary = "make a web page of a training's record",
    .details =
        "RUN.json is what \"mnist-cl train --json RUN.json\" wrote. The page stands alone: curves, "
        "scores,\n"
        "confusion matrix, examples read rightly and wrongly, settings, device and times.",
    .options = options,
    .run = run};
