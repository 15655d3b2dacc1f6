/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The `ref` device: the host's own memory. Everything is done when a call returns. */
#include "device/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nncl/version.h>

#include "base/status.h"

enum { HOST_ALIGNMENT = 64 }; /* a cache line, and enough for any vector type */

static enum nncl_status host_buffer_create(struct buffer *buffer)
{
    size_t rounded = (buffer->bytes + HOST_ALIGNMENT - 1) / HOST_ALIGNMENT * HOST_ALIGNMENT;
    buffer->memory = aligned_alloc(HOST_ALIGNMENT, rounded);
    return buffer->memory ? NNCL_OK : nncl_fail_memory("a tensor", buffer->bytes);
}

static enum nncl_status host_buffer_create_shared(struct buffer *buffer)
{
    enum nncl_status status = host_buffer_create(buffer);
    buffer->host = buffer->memory;
    return status;
}

/* Buffers that are only read; C has no other way to keep the pointer. */
static enum nncl_status host_buffer_borrow(struct buffer *buffer, const void *from)
{
    memcpy(&buffer->memory, &from, sizeof from);
    return NNCL_OK;
}

static enum nncl_status host_buffer_slice(
    struct buffer *parent, size_t offset, struct buffer *slice)
{
    slice->memory = (char *)parent->memory + offset;
    return NNCL_OK;
}

static void host_buffer_free(struct buffer *buffer)
{
    if (!buffer->slice && !buffer->borrowed)
        free(buffer->memory);
}

static enum nncl_status host_write(
    struct buffer *buffer, size_t offset, const void *from, size_t bytes)
{
    memcpy((char *)buffer->memory + offset, from, bytes);
    return NNCL_OK;
}

static enum nncl_status host_write_later(struct buffer *buffer, const void *from, size_t bytes)
{
    return host_write(buffer, 0, from, bytes);
}

static enum nncl_status host_read(struct buffer *buffer, size_t offset, void *to, size_t bytes)
{
    memcpy(to, (char *)buffer->memory + offset, bytes);
    return NNCL_OK;
}

static enum nncl_status host_zero(struct buffer *buffer)
{
    memset(buffer->memory, 0, buffer->bytes);
    return NNCL_OK;
}

static enum nncl_status host_copy(struct buffer *from, struct buffer *to)
{
    memcpy(to->memory, from->memory, from->bytes);
    return NNCL_OK;
}

static enum nncl_status host_read_later(
    struct buffer *buffer, void *to, size_t bytes, struct readback *readback)
{
    (void)readback;
    return host_read(buffer, 0, to, bytes);
}

static bool host_readback_ready(struct readback *readback)
{
    (void)readback;
    return true;
}

static enum nncl_status host_readback_wait(struct readback *readback)
{
    (void)readback;
    return NNCL_OK;
}

static enum nncl_status host_mark(struct nncl_device *device, struct fence *fence)
{
    (void)device;
    (void)fence;
    return NNCL_OK;
}

static enum nncl_status host_upload(struct buffer *buffer, const void *from, size_t bytes,
    const struct fence *after, struct fence *done)
{
    (void)after;
    (void)done;
    return host_write(buffer, 0, from, bytes);
}

static enum nncl_status host_fence_passed(const struct fence *fence)
{
    (void)fence;
    return NNCL_OK;
}

static void host_fence_free(struct fence *fence)
{
    (void)fence;
}

static enum nncl_status host_finish(struct nncl_device *device)
{
    (void)device;
    return NNCL_OK;
}

static void host_close(struct nncl_device *device)
{
    (void)device;
}

static const struct device_functions host_functions = {
    .buffer_create = host_buffer_create,
    .buffer_create_shared = host_buffer_create_shared,
    .buffer_borrow = host_buffer_borrow,
    .buffer_slice = host_buffer_slice,
    .buffer_free = host_buffer_free,
    .write = host_write,
    .write_later = host_write_later,
    .read = host_read,
    .zero = host_zero,
    .copy = host_copy,
    .read_later = host_read_later,
    .readback_ready = host_readback_ready,
    .readback_wait = host_readback_wait,
    .mark = host_mark,
    .upload = host_upload,
    .hold = host_fence_passed,
    .fence_wait = host_fence_passed,
    .fence_free = host_fence_free,
    .finish = host_finish,
    .close = host_close,
};

static void host_describe(struct nncl_device_info *info)
{
    *info = (struct nncl_device_info){
        .kind = NNCL_DEVICE_REF,
        .selector = "ref",
        .name = "plain C on the host",
        .vendor = "nncl",
        .platform = "no OpenCL",
        .compute_units = 1,
        .base_alignment = HOST_ALIGNMENT,
        .unified_memory = true,
        .available = true,
        .eligible = true,
        .alias_of = -1,
    };
    snprintf(info->driver, sizeof info->driver, "nncl %s", nncl_version());
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        info->global_memory = info->max_allocation = (uint64_t)pages * (uint64_t)page;
}

enum nncl_status host_device_open(struct nncl_device **device)
{
    struct nncl_device *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("a device", sizeof *made);
    made->functions = &host_functions;
    host_describe(&made->info);
    *device = made;
    return NNCL_OK;
}
