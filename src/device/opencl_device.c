/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An OpenCL device: one context and one in-order queue. */
#include "device/opencl_device.h"

#include <stdlib.h>

#include "base/status.h"

static void opencl_close(struct nncl_device *base)
{
    struct opencl_device *device = opencl_device(base);
    if (device->queue)
        clFinish(device->queue);
    opencl_programs_free(&device->programs);
    if (device->queue)
        clReleaseCommandQueue(device->queue);
    if (device->uploads)
        clReleaseCommandQueue(device->uploads);
    if (device->context)
        clReleaseContext(device->context);
}

static const struct device_functions opencl_functions = {
    .buffer_create = opencl_buffer_create,
    .buffer_create_shared = opencl_buffer_create_shared,
    .buffer_borrow = opencl_buffer_borrow,
    .buffer_slice = opencl_buffer_slice,
    .buffer_free = opencl_buffer_free,
    .write = opencl_write,
    .write_later = opencl_write_later,
    .read = opencl_read,
    .zero = opencl_zero,
    .copy = opencl_copy,
    .read_later = opencl_read_later,
    .readback_ready = opencl_readback_ready,
    .readback_wait = opencl_readback_wait,
    .mark = opencl_mark,
    .upload = opencl_upload,
    .hold = opencl_hold,
    .fence_wait = opencl_fence_wait,
    .fence_free = opencl_fence_free,
    .finish = opencl_finish,
    .close = opencl_close,
};

static bool shares_memory(const struct opencl_device *device)
{
    cl_device_svm_capabilities can = 0;
    return device->base.info.opencl_major >= 2 && device->base.info.unified_memory &&
           clGetDeviceInfo(device->id, CL_DEVICE_SVM_CAPABILITIES, sizeof can, &can, NULL) ==
               CL_SUCCESS &&
           can & CL_DEVICE_SVM_FINE_GRAIN_BUFFER;
}

static enum nncl_status open_queue(struct opencl_device *device)
{
    const cl_context_properties properties[] = {
        CL_CONTEXT_PLATFORM, (cl_context_properties)device->platform, 0};
    cl_int error;
    device->context = clCreateContext(properties, 1, &device->id, NULL, NULL, &error);
    enum nncl_status status = opencl_result(&device->base, error, "clCreateContext");
    if (status != NNCL_OK)
        return status;
    device->queue = clCreateCommandQueue(device->context, device->id, 0, &error);
    return opencl_result(&device->base, error, "clCreateCommandQueue");
}

enum nncl_status opencl_device_open(const struct device_record *record, struct nncl_device **device)
{
    struct opencl_device *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("a device", sizeof *made);
    made->base.functions = &opencl_functions;
    made->base.info = record->info;
    made->platform = record->platform;
    made->id = record->device;
    made->shares_memory = shares_memory(made);
    struct nncl_device *base = &made->base;
    enum nncl_status status = open_queue(made);
    if (status == NNCL_OK)
        *device = base;
    else
        nncl_device_close(&base);
    return status;
}
