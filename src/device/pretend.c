/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* $NNCL_PRETEND: smaller limits than the device has, or another kind of device, for tests. */
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
    static const char *const names[] = {
        "work_group", "local_memory", "allocation", "vector", "gpu"};
    enum { WORK_GROUP, LOCAL_MEMORY, ALLOCATION, VECTOR, GPU, NAMES } which = 0;
    while (which < NAMES &&
           !(strlen(names[which]) == length && strncmp(names[which], name, length) == 0))
        which++;
    switch (which) {
    case WORK_GROUP:
        lower(&info->max_work_group, to);
        for (int i = 0; i < 3; i++)
            lower(&info->max_work_items[i], to);
        return true;
    case LOCAL_MEMORY:
        lower(&info->local_memory, to);
        return true;
    case ALLOCATION:
        lower(&info->max_allocation, to);
        return true;
    case VECTOR:
        info->native_vector_float = info->preferred_vector_float = (uint32_t)to;
        return to <= 16;
    case GPU:
        info->kind = NNCL_DEVICE_GPU;
        info->unified_memory = false;
        return to == 1;
    case NAMES:
        break;
    }
    return false;
}

enum nncl_status pretend_limits(struct nncl_device_info *info)
{
    const char *rest = getenv("NNCL_PRETEND");
    while (rest && *rest) {
        size_t length = strcspn(rest, "=");
        char *end = NULL;
        errno = 0;
        const char *number = rest + length + (rest[length] == '=');
        unsigned long long value =
            *number >= '0' && *number <= '9' ? strtoull(number, &end, 10) : 0;
        if (value == 0 || errno || (*end != ',' && *end != 0) ||
            !pretend_one(info, rest, length, value))
            return nncl_fail(NNCL_USAGE,
                "NNCL_PRETEND must be like \"work_group=64,local_memory=16384\", in work-items and "
                "bytes (also: allocation, vector up to 16, gpu=1); it is \"%s\"",
                getenv("NNCL_PRETEND"));
        rest = *end ? end + 1 : end;
    }
    return NNCL_OK;
}
