/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Buffers of an OpenCL device. Everything goes through the device's one in-order queue. */
#include "device/opencl_device.h"

enum nncl_status opencl_buffer_create(struct buffer *buffer)
{
    struct opencl_device *device = opencl_device(buffer->device);
    cl_int error;
    buffer->memory =
        clCreateBuffer(device->context, CL_MEM_READ_WRITE, buffer->bytes, NULL, &error);
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
}

enum nncl_status opencl_write(struct buffer *buffer, size_t offset, const void *from, size_t bytes)
{
    cl_int error = clEnqueueWriteBuffer(opencl_device(buffer->device)->queue, opencl_memory(buffer),
        CL_TRUE, offset, bytes, from, 0, NULL, NULL);
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

bool opencl_readback_ready(struct readback *readback)
{
    cl_int state = CL_QUEUED;
    cl_int error = clGetEventInfo(
        (cl_event)readback->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL);
    return error != CL_SUCCESS || state <= CL_COMPLETE; /* negative: failed, so done too */
}

enum nncl_status opencl_readback_wait(struct readback *readback)
{
    cl_event event = (cl_event)readback->event;
    cl_int error = clWaitForEvents(1, &event);
    clReleaseEvent(event);
    return opencl_result(readback->device, error, "clWaitForEvents");
}
