/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Putting a broken kernel in the place of the built-in one. */
#ifndef NNCL_TESTS_OPS_WRITE_DAMAGED_H
#define NNCL_TESTS_OPS_WRITE_DAMAGED_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "base/file.h"
#include "damages.h"

/* Writes cl/<file> with the damage into the current folder; all other files stay the built-in ones.
 */
static inline void write_damaged(const struct damage *damage)
{
    char path[4096];
    uint8_t *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/cl/%s", getenv("NNCL_SOURCE_DIR"), damage->file);
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &size), NNCL_OK, "%s", nncl_last_error());
    const char *found = strstr((const char *)bytes, damage->text);
    cr_assert_not_null(found, "\"%s\" does not stand in %s", damage->text, path);
    char *text = text_format("%.*s%s%s", (int)(found - (const char *)bytes), (const char *)bytes,
        damage->replacement, found + strlen(damage->text));
    cr_assert_not_null(text);
    cr_assert_eq(nncl_file_write(damage->file, text, strlen(text)), NNCL_OK);
    free(text);
    free(bytes);
}

#endif
