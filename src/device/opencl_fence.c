/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Uploads have a queue of their own, so that they run beside the kernels; events keep the order
 * where it matters. */
#include "device/opencl_device.h"

enum nncl_status opencl_mark(struct nncl_device *base, struct fence *fence)
{
    cl_command_queue queue = opencl_device(base)->queue;
    cl_event event = NULL;
    cl_int error = clEnqueueMarkerWithWaitList(queue, 0, NULL, &event);
    fence->event = event;
    if (error == CL_SUCCESS)
        clFlush(queue); /* the other queue may wait for it */
    return opencl_result(base, error, "clEnqueueMarkerWithWaitList");
}

static enum nncl_status open_uploads(struct opencl_device *device)
{
    if (device->uploads)
        return NNCL_OK;
    cl_int error;
    device->uploads = clCreateCommandQueue(device->context, device->id, 0, &error);
    return opencl_result(&device->base, error, "clCreateCommandQueue");
}

enum nncl_status opencl_upload(struct buffer *buffer, const void *from, size_t bytes,
    const struct fence *after, struct fence *done)
{
    struct opencl_device *device = opencl_device(buffer->device);
    enum nncl_status status = open_uploads(device);
    if (status != NNCL_OK)
        return status;
    const cl_event before = (cl_event)after->event;
    cl_event event = NULL;
    cl_int error = clEnqueueWriteBuffer(device->uploads, opencl_memory(buffer), CL_FALSE, 0, bytes,
        from, before ? 1 : 0, before ? &before : NULL, &event);
    done->event = event;
    if (error == CL_SUCCESS)
        clFlush(device->uploads);
    return opencl_result(buffer->device, error, "clEnqueueWriteBuffer");
}

enum nncl_status opencl_hold(const struct fence *fence)
{
    const cl_event event = (cl_event)fence->event;
    cl_int error =
        clEnqueueBarrierWithWaitList(opencl_device(fence->device)->queue, 1, &event, NULL);
    return opencl_result(fence->device, error, "clEnqueueBarrierWithWaitList");
}

enum nncl_status opencl_fence_wait(const struct fence *fence)
{
    const cl_event event = (cl_event)fence->event;
    return opencl_result(fence->device, clWaitForEvents(1, &event), "clWaitForEvents");
}

void opencl_fence_free(struct fence *fence)
{
    clReleaseEvent((cl_event)fence->event);
}
