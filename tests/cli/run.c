/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "run.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "support.h"

void scratch_enter(void)
{
    support_folder_make();
    static const char *const unwanted[] = {
        "NNCL_DEVICE", "NNCL_CL_DIR", "NNCL_PRETEND", "NNCL_MIRROR", "NO_COLOR", "POSIXLY_CORRECT"};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        unsetenv(unwanted[i]);
}

void scratch_leave(void)
{
    support_folder_remove();
}

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    char *text = NULL;
    size_t size = 0, capacity = 0;
    do {
        capacity = capacity ? 2 * capacity : 4096;
        text = realloc(text, capacity + 1);
        cr_assert_not_null(text);
        size += fread(text + size, 1, capacity - size, file);
    } while (size == capacity);
    text[size] = '\0';
    fclose(file);
    return text;
}

struct outcome run(const char *format, ...)
{
    char line[4096], command[4200];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    cr_assert(length > 0 && (size_t)length < sizeof line);
    snprintf(command, sizeof command, "{ %s\n} >out 2>err </dev/null", line);
    int status = system(command);
    cr_assert_neq(status, -1);
    struct outcome outcome = {
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
    outcome.out = read_all("out");
    outcome.err = read_all("err");
    return outcome;
}

void outcome_free(struct outcome *outcome)
{
    free(outcome->out);
    free(outcome->err);
    *outcome = (struct outcome){0};
}

void need_device(void)
{
    struct nncl_device *device = support_device();
    nncl_device_close(&device);
}
