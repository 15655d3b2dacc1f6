/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Buffers of an OpenCL device. Everything goes through the device's one in-order queue. */
#include <sched.h>
#include <string.h>

#include <nncl/program.h>

#include "device/opencl_device.h"

enum nncl_status opencl_buffer_create(struct buffer *buffer)
{
    struct opencl_device *device = opencl_device(buffer->device);
    cl_int error;
    buffer->memory =
        clCreateBuffer(device->context, CL_MEM_READ_WRITE, buffer->bytes, NULL, &error);
    return opencl_result(buffer->device, error, "clCreateBuffer");
}

enum nncl_status opencl_buffer_create_shared(struct buffer *buffer)
{
    struct opencl_device *device = opencl_device(buffer->device);
    cl_int error;
    if (device->shares_memory)
        buffer->host = clSVMAlloc(
            device->context, CL_MEM_READ_WRITE | CL_MEM_SVM_FINE_GRAIN_BUFFER, buffer->bytes, 0);
    if (!buffer->host)
        return opencl_buffer_create(buffer);
    buffer->memory = clCreateBuffer(device->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR,
        buffer->bytes, buffer->host, &error);
    if (error != CL_SUCCESS)
        clSVMFree(device->context, buffer->host);
    return opencl_result(buffer->device, error, "clCreateBuffer");
}

/* CPUs read the host's memory in place; a GPU that shares it may copy it all the same. */
enum nncl_status opencl_buffer_borrow(struct buffer *buffer, const void *from)
{
    if (buffer->device->info.kind != NNCL_DEVICE_CPU)
        return NNCL_OK;
    void *host;
    memcpy(&host, &from, sizeof from); /* OpenCL takes no pointer to const */
    cl_int error;
    buffer->memory = clCreateBuffer(opencl_device(buffer->device)->context,
        CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR, buffer->bytes, host, &error);
    return opencl_result(buffer->device, error, "clCreateBuffer");
}

enum nncl_status opencl_buffer_slice(struct buffer *parent, size_t offset, struct buffer *slice)
{
    const cl_buffer_region region = {offset, slice->bytes};
    cl_int error;
    slice->memory =
        clCreateSubBuffer(opencl_memory(parent), 0, CL_BUFFER_CREATE_TYPE_REGION, &region, &error);
    return opencl_result(parent->device, error, "clCreateSubBuffer");
}

void opencl_buffer_free(struct buffer *buffer)
{
    clReleaseMemObject(opencl_memory(buffer));
    if (buffer->host && !buffer->slice)
        clSVMFree(opencl_device(buffer->device)->context, buffer->host);
}

enum nncl_status opencl_write(struct buffer *buffer, size_t offset, const void *from, size_t bytes)
{
    cl_int error = clEnqueueWriteBuffer(opencl_device(buffer->device)->queue, opencl_memory(buffer),
        CL_TRUE, offset, bytes, from, 0, NULL, NULL);
    return opencl_result(buffer->device, error, "clEnqueueWriteBuffer");
}

enum nncl_status opencl_write_later(struct buffer *buffer, const void *from, size_t bytes)
{
    cl_int error = clEnqueueWriteBuffer(opencl_device(buffer->device)->queue, opencl_memory(buffer),
        CL_FALSE, 0, bytes, from, 0, NULL, NULL);
    return opencl_result(buffer->device, error, "clEnqueueWriteBuffer");
}

enum nncl_status opencl_read(struct buffer *buffer, size_t offset, void *to, size_t bytes)
{
    cl_int error = clEnqueueReadBuffer(opencl_device(buffer->device)->queue, opencl_memory(buffer),
        CL_TRUE, offset, bytes, to, 0, NULL, NULL);
    return opencl_result(buffer->device, error, "clEnqueueReadBuffer");
}

enum nncl_status opencl_zero(struct buffer *buffer)
{
    const cl_uint zero = 0;
    /* The pattern must divide the size. */
    size_t pattern = buffer->bytes % sizeof zero == 0 ? sizeof zero : 1;
    cl_int error = clEnqueueFillBuffer(opencl_device(buffer->device)->queue, opencl_memory(buffer),
        &zero, pattern, 0, buffer->bytes, 0, NULL, NULL);
    return opencl_result(buffer->device, error, "clEnqueueFillBuffer");
}

enum nncl_status opencl_copy(struct buffer *from, struct buffer *to)
{
    cl_int error = clEnqueueCopyBuffer(opencl_device(from->device)->queue, opencl_memory(from),
        opencl_memory(to), 0, 0, from->bytes, 0, NULL, NULL);
    return opencl_result(from->device, error, "clEnqueueCopyBuffer");
}

enum nncl_status opencl_read_later(
    struct buffer *buffer, void *to, size_t bytes, struct readback *readback)
{
    cl_command_queue queue = opencl_device(buffer->device)->queue;
    cl_event event = NULL;
    cl_int error =
        clEnqueueReadBuffer(queue, opencl_memory(buffer), CL_FALSE, 0, bytes, to, 0, NULL, &event);
    readback->event = event;
    if (error == CL_SUCCESS)
        clFlush(queue); /* a failure shows at the wait */
    return opencl_result(buffer->device, error, "clEnqueueReadBuffer");
}

static bool is_done(cl_event event)
{
    cl_int state = CL_QUEUED;
    cl_int error =
        clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    return error != CL_SUCCESS || state <= CL_COMPLETE; /* negative: failed, so done too */
}

bool opencl_readback_ready(struct readback *readback)
{
    return is_done((cl_event)readback->event);
}

/* Short work is over before a sleeping thread would have been woken, so the host first looks again
 * and again, leaving its processor to a driver's threads in between. */
static void look_for_a_while(cl_event event)
{
    static const double longest = 0.0002;
    const double end = nncl_clock() + longest;
    while (!is_done(event) && nncl_clock() < end)
        sched_yield();
}

enum nncl_status opencl_finish(struct nncl_device *device)
{
    cl_command_queue queue = opencl_device(device)->queue;
    cl_event last;
    if (clEnqueueMarkerWithWaitList(queue, 0, NULL, &last) == CL_SUCCESS) {
        if (clFlush(queue) == CL_SUCCESS)
            look_for_a_while(last);
        clReleaseEvent(last);
    }
    return opencl_result(device, clFinish(queue), "clFinish");
}

enum nncl_status opencl_readback_wait(struct readback *readback)
{
    cl_event event = (cl_event)readback->event;
    cl_int error = clWaitForEvents(1, &event);
    clReleaseEvent(event);
    return opencl_result(readback->device, error, "clWaitForEvents");
}
