/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Opening the device that a selector names, and saying why it is that one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/status.h"
#include "device/host.h"
#include "device/machine.h"
#include "device/opencl_device.h"

/* Eligible devices of a kind, emulators apart. */
static unsigned count_kind(const struct nncl_device_list *list, enum nncl_device_kind kind)
{
    unsigned count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct nncl_device_info *info = &list->records[i].info;
        count += info->eligible && info->kind == kind && !device_is_emulator(info);
    }
    return count;
}

static void explain_automatic(
    const struct nncl_device_list *list, const char *failed, struct nncl_device *device)
{
    const struct nncl_device_info *info = &device->info;
    const char *kind = device_kind_words(info->kind);
    const char *no_gpu = info->kind > NNCL_DEVICE_IGPU ? "no GPU found, " : "";
    unsigned count = count_kind(list, info->kind);
    size_t size = sizeof device->choice;
    if (*failed)
        snprintf(device->choice, size, "auto: %s, the next best, as %s did not open", kind, failed);
    else if (device_is_emulator(info))
        snprintf(device->choice, size, "auto: an emulator, as there is no other device");
    else if (count == 1)
        snprintf(device->choice, size, "auto: %sthe only %s", no_gpu, kind);
    else
        snprintf(device->choice, size, "auto: %sthe first of %u %ss", no_gpu, count, kind);
}

/* Tries the devices in the order of preference. */
static enum nncl_status open_automatic(
    const struct nncl_device_list *list, struct nncl_device **device)
{
    char failed[64] = "";
    size_t index;
    enum nncl_status status = NNCL_NO_DEVICE;
    for (unsigned number = 0; devices_automatic(list, number, &index); number++) {
        const struct nncl_device_info *info = &list->records[index].info;
        status = opencl_device_open(&list->records[index], device);
        if (status == NNCL_OK) {
            explain_automatic(list, failed, *device);
            return NNCL_OK;
        }
        nncl_log(NNCL_LOG_WARNING, "%s (%s) does not open and is passed over: %s", info->selector,
            info->name, nncl_last_error());
        size_t used = strlen(failed);
        snprintf(failed + used, sizeof failed - used, "%s%s", used ? ", " : "", info->selector);
    }
    if (*failed)
        return nncl_fail_while(status, "no device opens, the last one neither");
    if (list->count == 0)
        return fail_without_devices();
    struct text text = {0};
    devices_describe(list, &text);
    nncl_fail(NNCL_NO_DEVICE, "no OpenCL device can be used; there is: %s",
        text.failed ? "?" : text.bytes);
    free(text.bytes);
    return NNCL_NO_DEVICE;
}

static enum nncl_status open_named(
    const struct nncl_device_list *list, const char *selector, struct nncl_device **device)
{
    size_t index;
    enum nncl_status status = nncl_device_list_find(list, selector, &index);
    if (status != NNCL_OK)
        return status;
    const struct nncl_device_info *info = &list->records[index].info;
    if (!device_usable(info))
        return nncl_fail(NNCL_NO_DEVICE, "the device %s (%s) cannot be used: %s", info->selector,
            info->name, info->reason);
    return opencl_device_open(&list->records[index], device);
}

static enum nncl_status open_opencl(const char *selector, struct nncl_device **device)
{
    struct nncl_device_list *list = NULL;
    enum nncl_status status;
    TRY(nncl_device_list_create(&list));
    if (strcasecmp(selector, "auto") == 0)
        TRY(open_automatic(list, device));
    else
        TRY(open_named(list, selector, device));
out:
    nncl_device_list_free(&list);
    return status;
}

enum nncl_status nncl_device_open(const char *selector, struct nncl_device **device)
{
    const char *variable = getenv("NNCL_DEVICE");
    bool from_variable = !selector && variable && *variable;
    const char *wanted = selector ? selector : from_variable ? variable : "auto";
    struct nncl_device *made = NULL;
    enum nncl_status status =
        strcasecmp(wanted, "ref") == 0 ? host_device_open(&made) : open_opencl(wanted, &made);
    if (status != NNCL_OK)
        return from_variable ? nncl_fail_while(status, "$NNCL_DEVICE") : status;
    if (made->choice[0] == 0)
        snprintf(made->choice, sizeof made->choice, "named by %s \"%s\"",
            from_variable ? "$NNCL_DEVICE," : "the selector", wanted);
    *device = made;
    return NNCL_OK;
}
