/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Walking over the kernels' sources. */
#ifndef NNCL_TESTS_OPS_SOURCE_FILES_H
#define NNCL_TESTS_OPS_SOURCE_FILES_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"

static inline bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

/* Calls `visit` with the name of each file of cl/ that ends in ".cl". */
static inline void each_source(
    void (*visit)(void *user, const char *folder, const char *name), void *user)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/cl", getenv("NNCL_SOURCE_DIR"));
    DIR *directory = opendir(folder);
    cr_assert_not_null(directory, "%s", folder);
    size_t seen = 0;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (ends_in(entry->d_name, ".cl")) {
            visit(user, folder, entry->d_name);
            seen++;
        }
    closedir(directory);
    cr_expect_gt(seen, 15);
}

/* The text of such a file; free it. */
static inline char *source_read(const char *folder, const char *name)
{
    char path[4096 + 256];
    uint8_t *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &size), NNCL_OK, "%s", nncl_last_error());
    return (char *)bytes;
}

/* Behind the name of the next kernel in a text, which goes into `name`; NULL if there is none. */
static inline const char *next_kernel(const char *text, char name[64])
{
    static const char word[] = "kernel void ";
    const char *next = strstr(text, word);
    if (!next)
        return NULL;
    next += strlen(word);
    const size_t length = strcspn(next, "(");
    cr_assert_lt(length, 64);
    snprintf(name, 64, "%.*s", (int)length, next);
    return next + length;
}

#endif
