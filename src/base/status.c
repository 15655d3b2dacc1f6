/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_SIZE = 16384 }; /* room for the first lines of a build log */

static _Thread_local char message[MESSAGE_SIZE];

const char *nncl_last_error(void)
{
    return message;
}

void nncl_free(void *memory)
{
    free(memory);
}

enum nncl_status nncl_fail(enum nncl_status status, const char *format, ...)
{
    char text[MESSAGE_SIZE]; /* the arguments may contain the present message */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    memcpy(message, text, strlen(text) + 1);
    return status;
}

enum nncl_status nncl_fail_while(enum nncl_status status, const char *format, ...)
{
    char context[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    return nncl_fail(status, "%s: %s", context, message);
}

static _Thread_local char held[MESSAGE_SIZE];

void nncl_error_hold(void)
{
    memcpy(held, message, strlen(message) + 1);
}

void nncl_error_restore(void)
{
    memcpy(message, held, strlen(held) + 1);
}

enum nncl_status nncl_fail_memory(const char *what, size_t bytes)
{
    return nncl_fail(
        NNCL_OUT_OF_MEMORY, "not enough memory on the host for %s (%zu bytes)", what, bytes);
}

const char *nncl_status_name(enum nncl_status status)
{
    switch (status) {
    case NNCL_OK:
        return "success";
    case NNCL_FAILED:
        return "failed";
    case NNCL_USAGE:
        return "wrong usage";
    case NNCL_NO_DEVICE:
        return "no such device";
    case NNCL_CHECK_FAILED:
        return "check failed";
    case NNCL_NOT_FINITE:
        return "loss not finite";
    case NNCL_OUT_OF_MEMORY:
        return "out of memory";
    case NNCL_BAD_DATA:
        return "bad or missing data";
    case NNCL_DEVICE_LOST:
        return "device hung or lost";
    case NNCL_BUILD_FAILED:
        return "kernel build failed";
    case NNCL_INTERRUPTED:
        return "interrupted";
    }
    return "unknown status";
}
