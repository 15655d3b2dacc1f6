/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static nncl_log_function *log_function;
static void *log_user;
static enum nncl_log_level log_level;

void nncl_log_set(nncl_log_function *function, void *user, enum nncl_log_level level)
{
    log_function = function;
    log_user = user;
    log_level = level;
}

void nncl_log(enum nncl_log_level level, const char *format, ...)
{
    if (!log_function || level > log_level)
        return;
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log_function(log_user, level, line);
}
