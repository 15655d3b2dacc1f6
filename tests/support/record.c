/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "record.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

json_t *record_read(const char *name)
{
    const char *source = getenv("NNCL_SOURCE_DIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", source ? source : ".", name);
    json_error_t error;
    json_t *record = json_load_file(path, 0, &error);
    cr_assert_not_null(record, "%s: %s", path, error.text);
    return record;
}
