/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "device/list.h"

#include <stdlib.h>

#include "base/status.h"
#include "device/drivers.h"

enum nncl_status nncl_device_list_create(struct nncl_device_list **list)
{
    struct nncl_device_list *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("the list of devices", sizeof *made);
    drivers_load();
    enum nncl_status status = devices_enumerate(made);
    if (status == NNCL_OK) {
        devices_rank(made->records, made->count);
        *list = made;
    } else {
        nncl_device_list_free(&made);
    }
    return status;
}

void nncl_device_list_free(struct nncl_device_list **list)
{
    if (!*list)
        return;
    free((*list)->records);
    free(*list);
    *list = NULL;
}

size_t nncl_device_list_count(const struct nncl_device_list *list)
{
    return list->count;
}

const struct nncl_device_info *nncl_device_list_get(
    const struct nncl_device_list *list, size_t index)
{
    return &list->records[index].info;
}

const char *device_kind_words(enum nncl_device_kind kind)
{
    switch (kind) {
    case NNCL_DEVICE_GPU:
        return "discrete GPU";
    case NNCL_DEVICE_IGPU:
        return "integrated GPU";
    case NNCL_DEVICE_ACCELERATOR:
        return "accelerator";
    case NNCL_DEVICE_CPU:
        return "CPU device";
    case NNCL_DEVICE_REF:
        break;
    }
    return "plain C";
}

void devices_describe(const struct nncl_device_list *list, struct text *text)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct nncl_device_info *info = &list->records[i].info;
        text_append(text, "%s (%s, %s, %s%s%s), ", info->selector, info->id, info->name,
            info->platform, info->reason[0] ? "; " : "", info->reason);
    }
    text_append(text, list->count ? "and ref (plain C)" : "only ref (plain C), no OpenCL device");
}
