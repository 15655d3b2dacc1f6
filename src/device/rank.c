/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The order of devices: pure functions on what drivers say of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/list.h"

bool device_is_emulator(const struct nncl_device_info *info)
{
    /* No query tells; these are the names that the two emulators in use give themselves. */
    return strstr(info->name, "FPGA Emulation") || strstr(info->platform, "FPGA Emulation") ||
           strstr(info->platform, "Oclgrind");
}

/* Why nncl cannot compute on a device; "" if it can. */
static const char *obstacle(const struct nncl_device_info *info)
{
    if (!info->available)
        return "not available";
    if (!info->compiler)
        return "no compiler: kernels cannot be built";
    if (info->opencl_major < 1 || (info->opencl_major == 1 && info->opencl_minor < 2))
        return "older than OpenCL 1.2";
    return "";
}

/* The rank inside a kind: what is chosen first comes first. */
static int standing(const struct nncl_device_info *info)
{
    if (info->alias_of >= 0)
        return 2;
    if (!info->eligible)
        return 3;
    return device_is_emulator(info) ? 1 : 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Ties are broken by what does not depend on the order of enumeration. */
static int compare_identity(const struct nncl_device_info *a, const struct nncl_device_info *b)
{
    int order = compare_numbers(a->has_pci, b->has_pci);
    for (int i = 0; i < 4 && order == 0; i++)
        order = compare_numbers(a->pci[i], b->pci[i]);
    if (order == 0)
        order = memcmp(a->uuid, b->uuid, sizeof a->uuid);
    if (order == 0)
        order = strcmp(a->name, b->name);
    if (order == 0)
        order = strcmp(a->platform, b->platform);
    if (order == 0)
        order = strcmp(a->driver, b->driver);
    return order ? order : strcmp(a->id, b->id);
}

static int compare_records(const void *left, const void *right)
{
    const struct nncl_device_info *a = left, *b = right;
    int order = compare_numbers(a->kind, b->kind);
    if (order == 0)
        order = standing(a) - standing(b);
    if (order == 0)
        order = compare_numbers(b->opencl_major, a->opencl_major);
    if (order == 0)
        order = compare_numbers(b->opencl_minor, a->opencl_minor);
    if (order == 0)
        order = compare_numbers(b->compute_units, a->compute_units);
    if (order == 0)
        order = compare_numbers(b->global_memory, a->global_memory);
    return order ? order : compare_identity(a, b);
}

/* "P" of "P:D" is the same: one driver lists no device twice, whatever it says of addresses (the
 * tiles of one card have one address). */
static bool same_platform(const struct nncl_device_info *a, const struct nncl_device_info *b)
{
    size_t length = strcspn(a->id, ":");
    return length == strcspn(b->id, ":") && strncmp(a->id, b->id, length) == 0;
}

static bool same_device(const struct nncl_device_info *a, const struct nncl_device_info *b)
{
    if (a->kind == NNCL_DEVICE_CPU || b->kind == NNCL_DEVICE_CPU || same_platform(a, b))
        return false;
    if (a->has_uuid && b->has_uuid && memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0)
        return true;
    return a->has_pci && b->has_pci && memcmp(a->pci, b->pci, sizeof a->pci) == 0;
}

/* Marks each device as an alias of the first one before it that is the same. */
static void mark_aliases(struct device_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct nncl_device_info *info = &records[i].info;
        for (size_t j = 0; j < i && info->eligible; j++) {
            if (records[j].info.eligible && same_device(info, &records[j].info)) {
                info->alias_of = (int)j;
                info->eligible = false;
            }
        }
    }
}

static void name_devices(struct device_record *records, size_t count)
{
    static const char *const words[] = {"gpu", "igpu", "acc", "cpu"};
    unsigned next[4] = {0};
    for (size_t i = 0; i < count; i++) {
        struct nncl_device_info *info = &records[i].info;
        snprintf(
            info->selector, sizeof info->selector, "%s%u", words[info->kind], next[info->kind]++);
    }
}

/* Finds aliases' originals again after sorting and names them. */
static void explain_aliases(struct device_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct nncl_device_info *info = &records[i].info;
        if (info->alias_of < 0)
            continue;
        info->alias_of = -1;
        for (size_t j = 0; j < count && info->alias_of < 0; j++)
            if (records[j].info.eligible && same_device(info, &records[j].info))
                info->alias_of = (int)j;
        snprintf(info->reason, sizeof info->reason, "the same device as %s, by another driver",
            records[info->alias_of].info.selector);
    }
}

static void mark_automatic(struct device_record *records, size_t count)
{
    struct nncl_device_info *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct nncl_device_info *info = &records[i].info;
        info->automatic = false;
        if (info->eligible && (!best || (device_is_emulator(best) && !device_is_emulator(info))))
            best = info;
    }
    if (best)
        best->automatic = true;
}

void devices_rank(struct device_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct nncl_device_info *info = &records[i].info;
        info->alias_of = -1;
        snprintf(info->reason, sizeof info->reason, "%s", obstacle(info));
        info->eligible = info->reason[0] == 0;
    }
    if (count > 0)
        qsort(records, count, sizeof *records, compare_records);
    mark_aliases(records, count);
    if (count > 0)
        qsort(records, count, sizeof *records, compare_records); /* aliases move behind */
    name_devices(records, count);
    explain_aliases(records, count);
    mark_automatic(records, count);
}
