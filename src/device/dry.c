/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Stand-ins for devices, on which nothing is made but counted. */
#include <stdlib.h>

#include "base/status.h"
#include "device/opencl.h"

static enum nncl_status dry_create(struct buffer *buffer)
{
    (void)buffer;
    return NNCL_OK;
}

static enum nncl_status dry_slice(struct buffer *parent, size_t offset, struct buffer *slice)
{
    (void)parent;
    (void)offset;
    (void)slice;
    return NNCL_OK;
}

static void dry_free(struct buffer *buffer)
{
    (void)buffer;
}

static enum nncl_status dry_write(
    struct buffer *buffer, size_t offset, const void *from, size_t bytes)
{
    (void)buffer;
    (void)offset;
    (void)from;
    (void)bytes;
    return NNCL_OK;
}

static enum nncl_status dry_zero(struct buffer *buffer)
{
    (void)buffer;
    return NNCL_OK;
}

static enum nncl_status dry_finish(struct nncl_device *device)
{
    (void)device;
    return NNCL_OK;
}

static void dry_close(struct nncl_device *device)
{
    (void)device;
}

/* There is nothing to read. */
static const struct device_functions dry_functions = {
    .buffer_create = dry_create,
    .buffer_create_shared = dry_create,
    .buffer_slice = dry_slice,
    .buffer_free = dry_free,
    .write = dry_write,
    .zero = dry_zero,
    .finish = dry_finish,
    .close = dry_close,
};

bool device_is_dry(const struct nncl_device *device)
{
    return device->functions == &dry_functions;
}

void device_want_no_programs(struct nncl_device *device)
{
    if (!device_is_host(device) && !device_is_dry(device))
        opencl_want_none(device);
}

enum nncl_status device_dry_open(struct nncl_device *device, struct nncl_device **dry)
{
    struct opencl_device *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("a device", sizeof *made);
    if (device_is_host(device))
        made->base = *device;
    else
        *made = *opencl_device(device); /* providers of products may ask the queue for its device */
    made->programs = NULL;
    made->stands_for = device;
    made->base.kept = NULL;
    made->base.functions = &dry_functions;
    made->base.recorder = NULL; /* the device's own */
    made->base.allocated = made->base.most = made->base.largest = 0;
    *dry = &made->base;
    return NNCL_OK;
}
