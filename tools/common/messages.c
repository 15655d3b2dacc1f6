/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "common/messages.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *program = "nncl";
static void (*clear_line)(void);

void message_program(const char *name)
{
    program = name;
}

void message_before(void (*clear)(void))
{
    clear_line = clear;
}

/* Why the first write to stdout that failed did; 0 if none has. */
static int output_error;

void message_flush(void)
{
    if (fflush(stdout) != 0 && output_error == 0)
        output_error = errno;
    if (ferror(stdout) && output_error == 0)
        output_error = EIO; /* printing failed, which does not say why */
}

static void print(const char *format, va_list arguments)
{
    message_flush(); /* keep the order on a terminal */
    if (clear_line)
        clear_line();
    fprintf(stderr, "%s: ", program);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void message(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(format, arguments);
    va_end(arguments);
}

int message_fail(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(format, arguments);
    va_end(arguments);
    return status;
}

int message_status(enum nncl_status status)
{
    if (status != NNCL_OK)
        message("%s", nncl_last_error());
    return (int)status;
}

void message_log(void *user, enum nncl_log_level level, const char *line)
{
    (void)user;
    message("%s%s", level == NNCL_LOG_WARNING ? "warning: " : "", line);
}

int message_finish(int status)
{
    message_flush();
    /* A stdout that was closed from the start is no failure as long as nothing was printed. */
    if (fclose(stdout) != 0 && errno != EBADF && output_error == 0)
        output_error = errno;
    if (output_error == 0 || status != NNCL_OK)
        return status;
    return message_fail(NNCL_FAILED, "cannot write to standard output: %s", strerror(output_error));
}
