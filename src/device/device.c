/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What every device does the same way: checks, counting host waits, and the calls into its table.
 */
#include "device/device.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/record.h"

static enum nncl_status check_range(const struct buffer *buffer, size_t offset, size_t bytes)
{
    if (offset > buffer->bytes || bytes > buffer->bytes - offset)
        return nncl_fail(NNCL_USAGE, "%zu bytes at offset %zu lie outside a buffer of %zu bytes",
            bytes, offset, buffer->bytes);
    return NNCL_OK;
}

static enum nncl_status check_limits(const struct nncl_device *device, size_t bytes)
{
    const struct nncl_device_info *info = &device->info;
    if (bytes == 0)
        return nncl_fail(NNCL_USAGE, "a buffer of 0 bytes was asked for");
    if (info->max_allocation && bytes > info->max_allocation)
        return nncl_fail(NNCL_OUT_OF_MEMORY,
            "cannot make a buffer of %zu bytes on %s: its largest single buffer is %" PRIu64
            " bytes; use a smaller batch, model or data set, or another device",
            bytes, info->name, info->max_allocation);
    if (info->global_memory && bytes > info->global_memory - device->allocated)
        return nncl_fail(NNCL_OUT_OF_MEMORY,
            "cannot make a buffer of %zu bytes on %s: its whole memory is %" PRIu64
            " bytes, of which %" PRIu64
            " are in use; use a smaller batch, model or data set, or another device",
            bytes, info->name, info->global_memory, device->allocated);
    return NNCL_OK;
}

static struct buffer *buffer_new(struct nncl_device *device, size_t bytes)
{
    struct buffer *buffer = calloc(1, sizeof *buffer);
    if (buffer) {
        buffer->device = device;
        buffer->bytes = bytes;
    }
    return buffer;
}

static void count_in(const struct buffer *buffer)
{
    struct nncl_device *device = buffer->device;
    device->allocated += buffer->bytes;
    if (device->most < device->allocated)
        device->most = device->allocated;
    if (device->largest < buffer->bytes)
        device->largest = buffer->bytes;
}

static enum nncl_status create(struct nncl_device *device, size_t bytes,
    enum nncl_status (*function)(struct buffer *buffer), struct buffer **buffer)
{
    enum nncl_status status = device_is_dry(device) ? NNCL_OK : check_limits(device, bytes);
    if (status != NNCL_OK)
        return status;
    struct buffer *made = buffer_new(device, bytes);
    if (!made)
        return nncl_fail_memory("a buffer", sizeof *made);
    status = function(made);
    if (status == NNCL_OK) {
        count_in(made);
        *buffer = made;
    } else {
        free(made);
    }
    return status;
}

enum nncl_status buffer_create(struct nncl_device *device, size_t bytes, struct buffer **buffer)
{
    return create(device, bytes, device->functions->buffer_create, buffer);
}

enum nncl_status buffer_create_shared(
    struct nncl_device *device, size_t bytes, struct buffer **buffer)
{
    return create(device, bytes, device->functions->buffer_create_shared, buffer);
}

enum nncl_status buffer_borrow(
    struct nncl_device *device, const void *from, size_t bytes, struct buffer **buffer)
{
    if (device_is_dry(device))
        return buffer_create(device, bytes, buffer);
    enum nncl_status status = check_limits(device, bytes);
    if (status != NNCL_OK)
        return status;
    struct buffer *made = buffer_new(device, bytes);
    if (!made)
        return nncl_fail_memory("a buffer", sizeof *made);
    status = device->functions->buffer_borrow(made, from);
    if (status == NNCL_OK && made->memory) {
        made->borrowed = true;
        count_in(made);
        *buffer = made;
        return NNCL_OK;
    }
    free(made);
    if (status == NNCL_OK)
        status = buffer_create(device, bytes, buffer);
    return status == NNCL_OK ? buffer_write(*buffer, 0, from, bytes) : status;
}

enum nncl_status buffer_slice(
    struct buffer *parent, size_t offset, size_t bytes, struct buffer **slice)
{
    enum nncl_status status = check_range(parent, offset, bytes);
    if (status != NNCL_OK)
        return status;
    const uint32_t alignment = parent->device->info.base_alignment;
    if (bytes == 0 || (alignment && offset % alignment != 0))
        return nncl_fail(NNCL_USAGE,
            "a slice of %zu bytes at offset %zu: it must not be empty and "
            "must start at a multiple of %" PRIu32 " bytes",
            bytes, offset, alignment);
    struct buffer *made = buffer_new(parent->device, bytes);
    if (!made)
        return nncl_fail_memory("a buffer", sizeof *made);
    made->host = parent->host ? (char *)parent->host + offset : NULL;
    made->slice = true;
    status = parent->device->functions->buffer_slice(parent, offset, made);
    if (status == NNCL_OK)
        *slice = made;
    else
        free(made);
    return status;
}

void buffer_free(struct buffer **buffer)
{
    if (!*buffer)
        return;
    if (!(*buffer)->slice)
        (*buffer)->device->allocated -= (*buffer)->bytes;
    (*buffer)->device->functions->buffer_free(*buffer);
    free(*buffer);
    *buffer = NULL;
}

enum nncl_status buffer_write(struct buffer *buffer, size_t offset, const void *from, size_t bytes)
{
    enum nncl_status status = check_range(buffer, offset, bytes);
    if (status != NNCL_OK || bytes == 0)
        return status;
    buffer->device->host_waits++;
    return buffer->device->functions->write(buffer, offset, from, bytes);
}

enum nncl_status buffer_read(struct buffer *buffer, size_t offset, void *to, size_t bytes)
{
    enum nncl_status status = check_range(buffer, offset, bytes);
    if (status != NNCL_OK || bytes == 0)
        return status;
    if (!buffer->host) {
        buffer->device->host_waits++;
        return buffer->device->functions->read(buffer, offset, to, bytes);
    }
    status = nncl_device_finish(buffer->device);
    if (status == NNCL_OK)
        memcpy(to, (const char *)buffer->host + offset, bytes);
    return status;
}

enum nncl_status buffer_write_later(struct buffer *buffer, const void *from, size_t bytes)
{
    enum nncl_status status = check_range(buffer, 0, bytes);
    if (status != NNCL_OK || bytes == 0)
        return status;
    if (!buffer->host)
        return buffer->device->functions->write_later(buffer, from, bytes);
    memcpy(buffer->host, from, bytes);
    return NNCL_OK;
}

enum nncl_status buffer_zero(struct buffer *buffer)
{
    return buffer->device->functions->zero(buffer);
}

enum nncl_status buffer_copy(struct buffer *from, struct buffer *to)
{
    enum nncl_status status = check_range(to, 0, from->bytes);
    return status == NNCL_OK ? from->device->functions->copy(from, to) : status;
}

enum nncl_status buffer_read_later(
    struct buffer *buffer, void *to, size_t bytes, struct readback **readback)
{
    enum nncl_status status = check_range(buffer, 0, bytes);
    if (status != NNCL_OK)
        return status;
    struct readback *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("a read", sizeof *made);
    made->device = buffer->device;
    status = buffer->device->functions->read_later(buffer, to, bytes, made);
    if (status == NNCL_OK)
        *readback = made;
    else
        free(made);
    return status;
}

bool readback_ready(struct readback *readback)
{
    return readback->device->functions->readback_ready(readback);
}

enum nncl_status readback_wait(struct readback **readback)
{
    if (!*readback)
        return NNCL_OK;
    struct nncl_device *device = (*readback)->device;
    if (!readback_ready(*readback))
        device->host_waits++;
    enum nncl_status status = device->functions->readback_wait(*readback);
    free(*readback);
    *readback = NULL;
    return status == NNCL_OK ? record_harvest(device, false) : status;
}

void nncl_device_close(struct nncl_device **device)
{
    if (!*device)
        return;
    record_drop(*device);
    if ((*device)->kept)
        (*device)->kept_free((*device)->kept);
    (*device)->functions->close(*device);
    free(*device);
    *device = NULL;
}

const struct nncl_device_info *nncl_device_get_info(const struct nncl_device *device)
{
    return &device->info;
}

const char *nncl_device_choice(const struct nncl_device *device)
{
    return device->choice;
}

enum nncl_status nncl_device_limit_memory(struct nncl_device *device, uint64_t bytes)
{
    struct nncl_device_info *info = &device->info;
    if (bytes == 0 || bytes <= device->allocated)
        return nncl_fail(NNCL_USAGE,
            "a device's memory cannot be limited to %" PRIu64 " bytes: %" PRIu64 " are in use",
            bytes, device->allocated);
    if (info->global_memory == 0 || info->global_memory > bytes)
        info->global_memory = bytes;
    if (info->max_allocation == 0 || info->max_allocation > bytes)
        info->max_allocation = bytes;
    return NNCL_OK;
}

void nncl_device_set_convolution(struct nncl_device *device, enum nncl_convolution convolution)
{
    device->convolution = convolution;
}

enum nncl_status nncl_device_finish(struct nncl_device *device)
{
    device->host_waits++;
    enum nncl_status status = device->functions->finish(device);
    return status == NNCL_OK ? record_harvest(device, true) : status;
}

uint64_t nncl_device_host_waits(const struct nncl_device *device)
{
    return device->host_waits;
}
