/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The OpenCL kind of device: for src/device itself, src/gemm, src/ops and the plan's executor. */
#ifndef NNCL_DEVICE_OPENCL_H
#define NNCL_DEVICE_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include "device/device.h"

struct opencl_device {
    struct nncl_device base;
    cl_platform_id platform;
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;   /* in order */
    cl_command_queue uploads; /* in order; NULL until something is uploaded beside the kernels */
    bool shares_memory;       /* fine-grained shared virtual memory, in the host's own memory */
    struct opencl_program *programs;
    struct nncl_device *stands_for; /* of a dry device: what it was opened for */
};

static inline struct opencl_device *opencl_device(struct nncl_device *device)
{
    return (struct opencl_device *)device;
}

static inline cl_mem opencl_memory(const struct buffer *buffer)
{
    return (cl_mem)buffer->memory;
}

/* "CL_OUT_OF_RESOURCES" and so on; "unknown OpenCL error" for codes that are none. Never NULL. */
const char *opencl_error_name(cl_int error);

/* NNCL_OK for CL_SUCCESS. Otherwise fails with the status that fits the error (out of memory,
 * device lost, build failed, else failed) and a sentence naming the call, the error with its number
 * and the device. */
enum nncl_status opencl_result(struct nncl_device *device, cl_int error, const char *call);

/* The kernel cl/<name>.cl: <kernel>, made anew; release it. Its program is built with `options` (""
 * or "-DX=1 …") after the options every kernel is built with, at first use, and kept until the
 * device is closed. Errors: NNCL_BUILD_FAILED with the first 40 lines of the log,
 * NNCL_OUT_OF_MEMORY, and those of clCreateKernel. */
enum nncl_status opencl_kernel(struct nncl_device *device, const char *name, const char *options,
    const char *kernel, cl_kernel *made);

/* Tells that such a program will be used: at the first use of one, all that are wanted by then are
 * built as one program. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status opencl_want(struct nncl_device *device, const char *name, const char *options);

/* Forgets what is wanted and was not used. */
void opencl_want_none(struct nncl_device *device);

#endif
