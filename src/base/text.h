/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A string that grows. */
#ifndef NNCL_BASE_TEXT_H
#define NNCL_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as {0}. After a failed allocation `failed` is set, further appends do nothing and the
 * caller checks once, at the end. Free `bytes` with free(). */
struct text {
    char *bytes; /* NUL-terminated once something was appended */
    size_t size; /* without the NUL */
    size_t capacity;
    bool failed;
};

void text_append(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
