/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the classes of a data set are called. */
#ifndef NNCL_DATA_NAMES_H
#define NNCL_DATA_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include <nncl/status.h>

/* Names read from a text. */
struct names {
    char *text;
    const char **list;
    uint32_t count;
};

/* The names of a known set ("fashion-mnist"), or else a file with one name a line.
 * Errors: NNCL_BAD_DATA naming the file and line, NNCL_OUT_OF_MEMORY. */
enum nncl_status names_read(const char *file_or_set, struct names *names);

/* The names of a known set; NULL if there are none. */
const char *names_known(const char *set);

void names_free(struct names *names);

#endif
