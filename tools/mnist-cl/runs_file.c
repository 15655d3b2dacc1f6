/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/runs_file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/messages.h"

static const char file_name[] = "runs.jsonl";

int runs_path(const char *folder, const char *name, bool make_folder, char **path)
{
    struct output made = {0};
    char *own = NULL;
    enum nncl_status status = NNCL_OK;
    if (!folder)
        status = nncl_data_path("runs/", make_folder, &own);
    else if (make_folder)
        status = nncl_folder_make(folder);
    if (status != NNCL_OK)
        return message_status(status);
    output_add(&made, "%s%s%s", folder ? folder : own, folder ? "/" : "", name);
    nncl_free(own);
    if (made.failed)
        return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for a file name");
    *path = made.bytes;
    return NNCL_OK;
}

void runs_name(char name[RUN_NAME_SIZE])
{
    struct timespec now;
    struct tm utc;
    char stamp[32];
    timespec_get(&now, TIME_UTC);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    snprintf(name, RUN_NAME_SIZE, "%.16s-%06u", stamp, (unsigned)(now.tv_nsec / 1000 % 1000000));
}

void runs_time(char text[RUN_TIME_SIZE])
{
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, RUN_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

void runs_add(const char *folder, json_t *run)
{
    char *path = NULL, *text = run ? json_dumps(run, JSON_COMPACT) : NULL;
    json_decref(run);
    if (runs_path(folder, file_name, true, &path) != NNCL_OK)
        message("warning: the run is not among those that \"mnist-cl runs\" lists");
    else if (!text)
        message("warning: not enough memory to add the run to %s", path);
    else if (nncl_file_append_line(path, text) != NNCL_OK)
        message("warning: the run is not recorded: %s", nncl_last_error());
    free(text);
    free(path);
}

/* ---- Reading ---- */

/* What every run has, whatever the nncl that wrote it. */
static bool is_run(const json_t *run)
{
    return json_is_string(json_object_get(run, "id")) &&
           json_is_string(json_object_get(run, "time")) &&
           json_is_string(json_object_get(run, "status")) &&
           json_is_object(json_object_get(run, "settings"));
}

static void add_line(
    json_t *runs, const char *line, size_t length, const char *path, size_t number, bool warns)
{
    json_t *run = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    if (is_run(run))
        json_array_append(runs, run);
    else if (length > 0 && warns)
        message("warning: %s, line %zu is damaged and left out", path, number);
    json_decref(run);
}

int runs_read(const char *folder, bool warns, json_t **runs)
{
    char *path = NULL, *line = NULL;
    size_t room = 0, number = 0;
    int status = runs_path(folder, file_name, false, &path);
    if (status != NNCL_OK)
        return status;
    FILE *file = fopen(path, "r");
    if (!file && errno != ENOENT)
        status = message_fail(NNCL_BAD_DATA, "cannot read %s: %s", path, strerror(errno));
    json_t *read = json_array();
    ssize_t length;
    while (file && (length = getline(&line, &room, file)) > 0) {
        const bool ends = line[length - 1] == '\n';
        add_line(read, line, (size_t)length - ends, path, ++number, warns);
    }
    if (file && ferror(file))
        status = message_fail(NNCL_BAD_DATA, "cannot read %s: %s", path, strerror(errno));
    if (file)
        fclose(file);
    free(line);
    free(path);
    if (status == NNCL_OK)
        *runs = read;
    else
        json_decref(read);
    return status;
}

const json_t *runs_find(const json_t *runs, const char *name)
{
    const json_t *found = NULL;
    size_t matches = 0;
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *run = json_array_get(runs, i);
        if (strcmp(run_text(run, "id"), name) == 0)
            return run;
        if (strncmp(run_text(run, "id"), name, strlen(name)) != 0)
            continue;
        found = run;
        matches++;
    }
    if (strcmp(name, "last") == 0 && json_array_size(runs) > 0)
        return json_array_get(runs, json_array_size(runs) - 1);
    if (matches == 0)
        message("there is no run \"%s\": \"mnist-cl runs\" lists them", name);
    else if (matches > 1)
        message("%zu runs have names that begin with \"%s\"", matches, name);
    return matches == 1 ? found : NULL;
}

const char *run_text(const json_t *run, const char *key)
{
    const char *text = json_string_value(json_object_get(run, key));
    return text ? text : "";
}

double run_number(const json_t *run, const char *key)
{
    const json_t *value = json_object_get(run, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}
