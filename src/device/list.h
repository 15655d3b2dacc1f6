/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The list of devices: found by enumerate.c, put in order by rank.c, searched by select.c. */
#ifndef NNCL_DEVICE_LIST_H
#define NNCL_DEVICE_LIST_H

#include "base/text.h"
#include "device/device.h"

/* A device and the loader's handles for it (cl_platform_id, cl_device_id; NULL in tests). */
struct device_record {
    struct nncl_device_info info;
    void *platform, *device;
};

struct nncl_device_list {
    struct device_record *records;
    size_t count;
};

/* Appends all devices of all platforms, in the loader's order, with what their drivers say of them;
 * selector, eligible, reason, alias_of and automatic are left to devices_rank. A platform that
 * fails is logged and left out. Errors: NNCL_OUT_OF_MEMORY; NNCL_USAGE for a malformed
 * $NNCL_PRETEND. */
enum nncl_status devices_enumerate(struct nncl_device_list *list);

/* Sorts the records as nncl_device_list_create says and fills in what follows from the order.
 * Within a kind come first the devices `auto` may take, then emulators, aliases and what is not
 * eligible. */
void devices_rank(struct device_record *records, size_t count);

/* Whether a device can be opened: it is eligible, or is an alias of one that is. */
static inline bool device_usable(const struct nncl_device_info *info)
{
    return info->eligible || info->alias_of >= 0;
}

/* Whether the device imitates another one for debugging: `auto` takes it only if there is no other.
 */
bool device_is_emulator(const struct nncl_device_info *info);

/* The `number`-th device in the order in which `auto` tries them; false if there are fewer. */
bool devices_automatic(const struct nncl_device_list *list, unsigned number, size_t *index);

/* Appends what there is, for messages: "cpu0 (0:0, NAME, PLATFORM), …, and ref". */
void devices_describe(const struct nncl_device_list *list, struct text *text);

/* "discrete GPU", "CPU device", … */
const char *device_kind_words(enum nncl_device_kind kind);

/* Lowers the limits that `info` reports to those of $NNCL_PRETEND, such as
 * "work_group=64,local_memory=16384": tests see how nncl does on a small device. "vector=4" changes
 * the native vector width, "gpu=1" makes nncl treat the device as a GPU, with many small
 * work-items. Errors: NNCL_USAGE if it is malformed. */
enum nncl_status pretend_limits(struct nncl_device_info *info);

#endif
