/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "device/step.h"

#include <inttypes.h>
#include <string.h>

#include "base/status.h"
#include "device/record.h"

/* The device's and the kernel's own limit of a work-group. */
static size_t kernel_group_limit(const struct nncl_device *device, cl_kernel kernel)
{
    size_t limit = 0;
    cl_int error = clGetKernelWorkGroupInfo(kernel, ((const struct opencl_device *)device)->id,
        CL_KERNEL_WORK_GROUP_SIZE, sizeof limit, &limit, NULL);
    if (error != CL_SUCCESS || limit == 0)
        limit = 1;
    return device->info.max_work_group ? step_group(device, limit) : limit;
}

/* Halves the largest dimension until the group fits: powers of two, which trees of sums need, stay
 * powers of two. */
static void fit_group(const struct nncl_device *device, size_t limit, struct step *step)
{
    for (;;) {
        size_t product = 1;
        cl_uint largest = 0;
        bool fits = true;
        for (cl_uint d = 0; d < step->dimensions; d++) {
            product *= step->local[d];
            if (step->local[d] > step->local[largest])
                largest = d;
        }
        for (cl_uint d = 0; d < step->dimensions; d++) {
            uint64_t items = device->info.max_work_items[d];
            if (items && step->local[d] > items) {
                largest = d;
                fits = false;
            }
        }
        if ((fits && product <= limit) || step->local[largest] == 1)
            return;
        step->local[largest] /= 2;
    }
}

static void set_sizes(const struct step_launch *launch, struct step *step)
{
    step->dimensions = launch->dimensions;
    bool driver_chooses = launch->local[0] == 0;
    for (cl_uint d = 0; d < launch->dimensions; d++) {
        step->global[d] = launch->global[d];
        if (d < 2)
            step->piece[d] = launch->piece[d];
        step->local[d] = driver_chooses ? 0 : launch->local[d] ? launch->local[d] : 1;
    }
    if (driver_chooses)
        return;
    fit_group(step->device, kernel_group_limit(step->device, step->kernel), step);
    for (cl_uint d = 0; d < launch->dimensions; d++)
        step->global[d] += (step->local[d] - step->global[d] % step->local[d]) % step->local[d];
}

static enum nncl_status check_local_memory(const struct step *step, const char *kernel)
{
    cl_ulong bytes = 0;
    const struct nncl_device_info *info = &step->device->info;
    cl_int error =
        clGetKernelWorkGroupInfo(step->kernel, ((const struct opencl_device *)step->device)->id,
            CL_KERNEL_LOCAL_MEM_SIZE, sizeof bytes, &bytes, NULL);
    if (error == CL_SUCCESS && info->local_memory && bytes > info->local_memory)
        return nncl_fail(NNCL_OUT_OF_MEMORY,
            "the kernel %s needs %" PRIu64 " bytes of local memory; %s has %" PRIu64, kernel,
            (uint64_t)bytes, info->name, info->local_memory);
    return NNCL_OK;
}

static cl_int bind(cl_kernel kernel, cl_uint index, const struct step_argument *argument)
{
    switch (argument->kind) {
    case STEP_BUFFER: {
        cl_mem memory = argument->buffer ? opencl_memory(argument->buffer) : NULL;
        return clSetKernelArg(kernel, index, sizeof memory, &memory);
    }
    case STEP_UINT:
    case STEP_SIZE: {
        cl_uint value = (cl_uint)argument->u;
        return clSetKernelArg(kernel, index, sizeof value, &value);
    }
    case STEP_LOCAL:
        return clSetKernelArg(kernel, index, argument->u, NULL);
    case STEP_FLOAT:
        return clSetKernelArg(kernel, index, sizeof argument->f, &argument->f);
    }
    return CL_INVALID_ARG_VALUE;
}

static enum nncl_status bind_all(const struct step_launch *launch,
    const struct step_argument *arguments, size_t count, struct step *step)
{
    for (size_t i = 0; i < count; i++) {
        if (arguments[i].kind == STEP_SIZE && arguments[i].u > STEP_MAX_SIZE)
            return nncl_fail(NNCL_USAGE,
                "the kernel %s counts at most %u, not %" PRIu64 " as in argument %zu",
                launch->kernel, (unsigned)STEP_MAX_SIZE, arguments[i].u, i);
        cl_int error = bind(step->kernel, (cl_uint)i, &arguments[i]);
        if (error != CL_SUCCESS)
            return nncl_fail_while(opencl_result(step->device, error, "clSetKernelArg"),
                "argument %zu of the kernel %s in cl/%s.cl", i, launch->kernel, launch->program);
    }
    return NNCL_OK;
}

enum nncl_status step_launch(struct nncl_device *device, const struct step_launch *launch,
    const struct step_argument *arguments, size_t count, struct step *step)
{
    struct step made = {.device = device, .label = launch->kernel};
    enum nncl_status status = NNCL_OK;
    const char *options = launch->options ? launch->options : "";
    if (device_is_dry(device)) {
        TRY(opencl_want(opencl_device(device)->stands_for, launch->program, options));
        *step = made;
        return NNCL_OK;
    }
    TRY(opencl_kernel(device, launch->program, options, launch->kernel, &made.kernel));
    TRY(bind_all(launch, arguments, count, &made));
    TRY(check_local_memory(&made, launch->kernel));
    set_sizes(launch, &made);
    *step = made;
    return NNCL_OK;
out:
    step_clear(&made);
    return status;
}

static enum nncl_status start(
    struct step *step, const size_t *offset, const size_t *size, cl_event *event)
{
    cl_int error = clEnqueueNDRangeKernel(opencl_device(step->device)->queue, step->kernel,
        step->dimensions, offset, size, step->local[0] ? step->local : NULL, 0, NULL, event);
    if (error == CL_SUCCESS)
        return NNCL_OK;
    return nncl_fail_while(opencl_result(step->device, error, "clEnqueueNDRangeKernel"),
        "the kernel %s with %zux%zux%zu work-items", step->label, size[0], size[1], size[2]);
}

static size_t piece_size(const struct step *step, int dimension, size_t offset)
{
    size_t left = step->global[dimension] - offset, piece = step->piece[dimension];
    return piece && piece < left ? piece : left;
}

static enum nncl_status start_pieces(struct step *step)
{
    enum nncl_status status = NNCL_OK;
    size_t offset[3] = {0, 0, 0}, size[3] = {0, 0, step->global[2]};
    for (; offset[1] < step->global[1] && status == NNCL_OK; offset[1] += size[1]) {
        size[1] = piece_size(step, 1, offset[1]);
        for (offset[0] = 0; offset[0] < step->global[0] && status == NNCL_OK;
             offset[0] += size[0]) {
            size[0] = piece_size(step, 0, offset[0]);
            status = start(step, offset, size, NULL);
        }
    }
    return status;
}

enum nncl_status step_start(struct step *step, cl_event *event)
{
    if (step->call)
        return step->call(step->context, opencl_device(step->device)->queue);
    return step_is_one_launch(step) ? start(step, NULL, step->global, event) : start_pieces(step);
}

enum nncl_status step_enqueue(struct step *step)
{
    return step->device->recorder && step->launch ? record_step(step) : step_start(step, NULL);
}

void step_clear(struct step *step)
{
    if (step->kernel)
        clReleaseKernel(step->kernel);
    if (step->free_context)
        step->free_context(step->context);
    memset(step, 0, sizeof *step);
}

size_t step_group(const struct nncl_device *device, size_t wanted)
{
    const struct nncl_device_info *info = &device->info;
    while (wanted > 1 && ((info->max_work_group && wanted > info->max_work_group) ||
                             (info->max_work_items[0] && wanted > info->max_work_items[0])))
        wanted /= 2;
    return wanted ? wanted : 1;
}
