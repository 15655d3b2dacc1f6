/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/status.h"
#include "device/device.h"

enum nncl_status device_mark(struct nncl_device *device, struct fence *fence)
{
    struct fence made = {.device = device};
    enum nncl_status status = device->functions->mark(device, &made);
    if (status != NNCL_OK)
        return status;
    if (fence->device)
        device->functions->fence_free(fence);
    *fence = made;
    return NNCL_OK;
}

enum nncl_status buffer_upload(struct buffer *buffer, const void *from, size_t bytes,
    const struct fence *after, struct fence *done)
{
    struct fence made = {.device = buffer->device};
    if (bytes > buffer->bytes)
        return nncl_fail(
            NNCL_USAGE, "%zu bytes do not fit into a buffer of %zu bytes", bytes, buffer->bytes);
    enum nncl_status status = buffer->device->functions->upload(buffer, from, bytes, after, &made);
    if (status != NNCL_OK)
        return status;
    if (done->device)
        buffer->device->functions->fence_free(done);
    *done = made;
    return NNCL_OK;
}

enum nncl_status fence_hold(const struct fence *fence)
{
    return fence->device ? fence->device->functions->hold(fence) : NNCL_OK;
}

enum nncl_status fence_wait(struct fence *fence)
{
    if (!fence->device)
        return NNCL_OK;
    struct nncl_device *device = fence->device;
    device->host_waits++;
    enum nncl_status status = device->functions->fence_wait(fence);
    device->functions->fence_free(fence);
    *fence = (struct fence){0};
    return status;
}

void fence_clear(struct fence *fence)
{
    if (fence->device)
        fence->device->functions->fence_free(fence);
    *fence = (struct fence){0};
}
