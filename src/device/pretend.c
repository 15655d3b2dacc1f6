/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* $NNCL_PRETEND: smaller limits than the device has, for tests. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/list.h"

static void lower(uint64_t *limit, uint64_t to)
{
    if (*limit == 0 || *limit > to)
        *limit = to;
}

static bool pretend_one(struct nncl_device_info *info, const char *name, size_t length, uint64_t to)
{
    if (length == strlen("work_group") && strncmp(name, "work_group", length) == 0) {
        lower(&info->max_work_group, to);
        for (int i = 0; i < 3; i++)
            lower(&info->max_work_items[i], to);
    } else if (length == strlen("local_memory") && strncmp(name, "local_memory", length) == 0) {
        lower(&info->local_memory, to);
    } else if (length == strlen("allocation") && strncmp(name, "allocation", length) == 0) {
        lower(&info->max_allocation, to);
    } else {
        return false;
    }
    return true;
}

enum nncl_status pretend_limits(struct nncl_device_info *info)
{
    const char *rest = getenv("NNCL_PRETEND");
    while (rest && *rest) {
        size_t length = strcspn(rest, "=");
        char *end = NULL;
        errno = 0;
        unsigned long long value = rest[length] ? strtoull(rest + length + 1, &end, 10) : 0;
        if (value == 0 || errno || (*end != ',' && *end != 0) ||
            !pretend_one(info, rest, length, value))
            return nncl_fail(NNCL_USAGE,
                "NNCL_PRETEND must be like \"work_group=64,local_memory=16384\" (also: "
                "allocation), "
                "in bytes and work-items; it is \"%s\"",
                getenv("NNCL_PRETEND"));
        rest = *end ? end + 1 : end;
    }
    return NNCL_OK;
}
