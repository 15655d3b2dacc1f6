/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An OpenCL driver that misbehaves, as $NNCL_FAKE_DRIVER says: "crash" or "hang" when it is asked
 * for its platforms, "constructor": crash as soon as it is loaded, "devices": fail to list its
 * devices; "gpu": one fine-looking GPU that cannot be opened. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_icd.h>

struct _cl_platform_id {
    const struct _cl_icd_dispatch *dispatch;
};

struct _cl_device_id {
    const struct _cl_icd_dispatch *dispatch;
};

static int acts(const char *as)
{
    const char *act = getenv("NNCL_FAKE_DRIVER");
    return act && strcmp(act, as) == 0;
}

__attribute__((constructor)) static void on_load(void)
{
    if (acts("constructor"))
        abort();
}

static cl_int answer(const void *value, size_t bytes, size_t size, void *to, size_t *size_out)
{
    if (size_out)
        *size_out = bytes;
    if (to && size < bytes)
        return CL_INVALID_VALUE;
    if (to)
        memcpy(to, value, bytes);
    return CL_SUCCESS;
}

static cl_int answer_text(const char *text, size_t size, void *to, size_t *size_out)
{
    return answer(text, strlen(text) + 1, size, to, size_out);
}

static cl_int platform_info(
    cl_platform_id platform, cl_platform_info query, size_t size, void *to, size_t *size_out)
{
    (void)platform;
    switch (query) {
    case CL_PLATFORM_EXTENSIONS:
        return answer_text("cl_khr_icd", size, to, size_out);
    case CL_PLATFORM_ICD_SUFFIX_KHR:
        return answer_text("FAKE", size, to, size_out);
    case CL_PLATFORM_VERSION:
        return answer_text("OpenCL 1.2 fake", size, to, size_out);
    default:
        return answer_text("Fake platform", size, to, size_out);
    }
}

static cl_int device_info(
    cl_device_id device, cl_device_info query, size_t size, void *to, size_t *size_out)
{
    (void)device;
    const cl_device_type type = CL_DEVICE_TYPE_GPU;
    const cl_bool yes = CL_TRUE;
    switch (query) {
    case CL_DEVICE_TYPE:
        return answer(&type, sizeof type, size, to, size_out);
    case CL_DEVICE_AVAILABLE:
    case CL_DEVICE_COMPILER_AVAILABLE:
        return answer(&yes, sizeof yes, size, to, size_out);
    case CL_DEVICE_NAME:
        return answer_text("  Fake GPU ", size, to, size_out);
    case CL_DEVICE_VERSION:
        return answer_text("OpenCL 1.2 fake", size, to, size_out);
    default:
        return CL_INVALID_VALUE;
    }
}

static cl_int device_ids(
    cl_platform_id platform, cl_device_type type, cl_uint size, cl_device_id *ids, cl_uint *count);

static cl_context create_context(const cl_context_properties *properties, cl_uint count,
    const cl_device_id *devices, void (*notify)(const char *, const void *, size_t, void *),
    void *user, cl_int *error)
{
    (void)properties;
    (void)count;
    (void)devices;
    (void)notify;
    (void)user;
    *error = CL_DEVICE_NOT_AVAILABLE;
    return NULL;
}

static const struct _cl_icd_dispatch dispatch = {
    .clGetPlatformInfo = platform_info,
    .clGetDeviceIDs = device_ids,
    .clGetDeviceInfo = device_info,
    .clCreateContext = create_context,
};

static struct _cl_platform_id only_platform = {&dispatch};
static struct _cl_device_id only_device = {&dispatch};

static cl_int device_ids(
    cl_platform_id platform, cl_device_type type, cl_uint size, cl_device_id *ids, cl_uint *count)
{
    (void)platform;
    if (acts("devices"))
        return CL_OUT_OF_HOST_MEMORY;
    if (!(type & CL_DEVICE_TYPE_GPU))
        return CL_DEVICE_NOT_FOUND;
    if (count)
        *count = 1;
    if (size > 0)
        ids[0] = &only_device;
    return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clIcdGetPlatformIDsKHR(
    cl_uint size, cl_platform_id *platforms, cl_uint *count)
{
    if (acts("crash"))
        abort();
    if (acts("hang"))
        pause();
    if (count)
        *count = 1;
    if (size > 0)
        platforms[0] = &only_platform;
    return CL_SUCCESS;
}

CL_API_ENTRY cl_int CL_API_CALL clGetPlatformInfo(
    cl_platform_id platform, cl_platform_info query, size_t size, void *to, size_t *size_out)
{
    return platform_info(platform, query, size, to, size_out);
}

CL_API_ENTRY void *CL_API_CALL clGetExtensionFunctionAddress(const char *name)
{
    void *function = NULL;
    cl_int (*platforms)(cl_uint, cl_platform_id *, cl_uint *) = clIcdGetPlatformIDsKHR;
    if (strcmp(name, "clIcdGetPlatformIDsKHR") == 0)
        memcpy(&function, &platforms, sizeof function); /* C has no such cast */
    return function;
}
