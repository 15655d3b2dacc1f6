/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* OpenCL's error codes by name, and the status each of them becomes. */
#include "base/status.h"
#include "device/opencl.h"

struct error_entry {
    cl_int code;
    const char *name;
    enum nncl_status status;
};

#define ENTRY(code, status)                                                                        \
    {                                                                                              \
        code, #code, NNCL_##status                                                                 \
    }

/* Codes of extensions, whose headers may be missing, stand by number. */
static const struct error_entry errors[] = {
    ENTRY(CL_SUCCESS, OK),
    ENTRY(CL_DEVICE_NOT_FOUND, NO_DEVICE),
    ENTRY(CL_DEVICE_NOT_AVAILABLE, DEVICE_LOST),
    ENTRY(CL_COMPILER_NOT_AVAILABLE, BUILD_FAILED),
    ENTRY(CL_MEM_OBJECT_ALLOCATION_FAILURE, OUT_OF_MEMORY),
    ENTRY(CL_OUT_OF_RESOURCES, OUT_OF_MEMORY),
    ENTRY(CL_OUT_OF_HOST_MEMORY, OUT_OF_MEMORY),
    ENTRY(CL_PROFILING_INFO_NOT_AVAILABLE, FAILED),
    ENTRY(CL_MEM_COPY_OVERLAP, FAILED),
    ENTRY(CL_IMAGE_FORMAT_MISMATCH, FAILED),
    ENTRY(CL_IMAGE_FORMAT_NOT_SUPPORTED, FAILED),
    ENTRY(CL_BUILD_PROGRAM_FAILURE, BUILD_FAILED),
    ENTRY(CL_MAP_FAILURE, FAILED),
    ENTRY(CL_MISALIGNED_SUB_BUFFER_OFFSET, FAILED),
    ENTRY(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, FAILED),
    ENTRY(CL_COMPILE_PROGRAM_FAILURE, BUILD_FAILED),
    ENTRY(CL_LINKER_NOT_AVAILABLE, BUILD_FAILED),
    ENTRY(CL_LINK_PROGRAM_FAILURE, BUILD_FAILED),
    ENTRY(CL_DEVICE_PARTITION_FAILED, FAILED),
    ENTRY(CL_KERNEL_ARG_INFO_NOT_AVAILABLE, FAILED),
    ENTRY(CL_INVALID_VALUE, FAILED),
    ENTRY(CL_INVALID_DEVICE_TYPE, FAILED),
    ENTRY(CL_INVALID_PLATFORM, FAILED),
    ENTRY(CL_INVALID_DEVICE, FAILED),
    ENTRY(CL_INVALID_CONTEXT, FAILED),
    ENTRY(CL_INVALID_QUEUE_PROPERTIES, FAILED),
    /* Our queues are valid as long as the device works: drivers say this after a kernel crashed. */
    ENTRY(CL_INVALID_COMMAND_QUEUE, DEVICE_LOST),
    ENTRY(CL_INVALID_HOST_PTR, FAILED),
    ENTRY(CL_INVALID_MEM_OBJECT, FAILED),
    ENTRY(CL_INVALID_IMAGE_FORMAT_DESCRIPTOR, FAILED),
    ENTRY(CL_INVALID_IMAGE_SIZE, FAILED),
    ENTRY(CL_INVALID_SAMPLER, FAILED),
    ENTRY(CL_INVALID_BINARY, BUILD_FAILED),
    ENTRY(CL_INVALID_BUILD_OPTIONS, BUILD_FAILED),
    ENTRY(CL_INVALID_PROGRAM, FAILED),
    ENTRY(CL_INVALID_PROGRAM_EXECUTABLE, FAILED),
    ENTRY(CL_INVALID_KERNEL_NAME, FAILED),
    ENTRY(CL_INVALID_KERNEL_DEFINITION, FAILED),
    ENTRY(CL_INVALID_KERNEL, FAILED),
    ENTRY(CL_INVALID_ARG_INDEX, FAILED),
    ENTRY(CL_INVALID_ARG_VALUE, FAILED),
    ENTRY(CL_INVALID_ARG_SIZE, FAILED),
    ENTRY(CL_INVALID_KERNEL_ARGS, FAILED),
    ENTRY(CL_INVALID_WORK_DIMENSION, FAILED),
    ENTRY(CL_INVALID_WORK_GROUP_SIZE, FAILED),
    ENTRY(CL_INVALID_WORK_ITEM_SIZE, FAILED),
    ENTRY(CL_INVALID_GLOBAL_OFFSET, FAILED),
    ENTRY(CL_INVALID_EVENT_WAIT_LIST, FAILED),
    ENTRY(CL_INVALID_EVENT, FAILED),
    ENTRY(CL_INVALID_OPERATION, FAILED),
    ENTRY(CL_INVALID_GL_OBJECT, FAILED),
    ENTRY(CL_INVALID_BUFFER_SIZE, OUT_OF_MEMORY),
    ENTRY(CL_INVALID_MIP_LEVEL, FAILED),
    ENTRY(CL_INVALID_GLOBAL_WORK_SIZE, FAILED),
    ENTRY(CL_INVALID_PROPERTY, FAILED),
    ENTRY(CL_INVALID_IMAGE_DESCRIPTOR, FAILED),
    ENTRY(CL_INVALID_COMPILER_OPTIONS, BUILD_FAILED),
    ENTRY(CL_INVALID_LINKER_OPTIONS, BUILD_FAILED),
    ENTRY(CL_INVALID_DEVICE_PARTITION_COUNT, FAILED),
    ENTRY(CL_INVALID_PIPE_SIZE, FAILED),
    ENTRY(CL_INVALID_DEVICE_QUEUE, FAILED),
    ENTRY(CL_INVALID_SPEC_ID, FAILED),
    ENTRY(CL_MAX_SIZE_RESTRICTION_EXCEEDED, FAILED),
    {-1001, "CL_PLATFORM_NOT_FOUND_KHR", NNCL_NO_DEVICE},
    {-1057, "CL_DEVICE_PARTITION_FAILED_EXT", NNCL_FAILED},
    {-1058, "CL_INVALID_PARTITION_COUNT_EXT", NNCL_FAILED},
    {-1059, "CL_INVALID_PARTITION_NAME_EXT", NNCL_FAILED},
    {-1138, "CL_INVALID_COMMAND_BUFFER_KHR", NNCL_FAILED},
    {-1139, "CL_INVALID_SYNC_POINT_WAIT_LIST_KHR", NNCL_FAILED},
    {-1140, "CL_INCOMPATIBLE_COMMAND_QUEUE_KHR", NNCL_FAILED},
    {-9999, "NVIDIA's code for an invalid memory access by a kernel", NNCL_DEVICE_LOST},
};

static const struct error_entry *find_error(cl_int code)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code)
            return &errors[i];
    static const struct error_entry unknown = {0, "unknown OpenCL error", NNCL_FAILED};
    return &unknown;
}

const char *opencl_error_name(cl_int error)
{
    return find_error(error)->name;
}

static const char *advice(enum nncl_status status)
{
    switch (status) {
    case NNCL_OUT_OF_MEMORY:
        return "; use a smaller batch, model or data set, or another device";
    case NNCL_DEVICE_LOST:
        return "; the device or its driver has stopped working: try again, or another device";
    default:
        return "";
    }
}

enum nncl_status opencl_result(struct nncl_device *device, cl_int error, const char *call)
{
    if (error == CL_SUCCESS)
        return NNCL_OK;
    const struct error_entry *entry = find_error(error);
    return nncl_fail(entry->status, "%s failed on %s: %s (%d)%s", call, device->info.name,
        entry->name, (int)error, advice(entry->status));
}
