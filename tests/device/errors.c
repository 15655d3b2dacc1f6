/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* OpenCL's codes: each has its name and becomes a status. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "device/opencl.h"

static struct nncl_device device = {.info = {.name = "Test device"}};

Test(errors, every_code_of_the_standard_has_a_name)
{
    for (cl_int code = 0; code >= -72; code--) {
        bool defined = code >= -19 || code <= -30; /* the standard leaves a gap */
        const char *name = opencl_error_name(code);
        cr_expect_eq(strncmp(name, "CL_", 3) == 0, defined, "%d is \"%s\"", (int)code, name);
    }
    cr_expect_str_eq(opencl_error_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
    cr_expect_str_eq(opencl_error_name(12345), "unknown OpenCL error");
}

Test(errors, names_are_unique)
{
    for (cl_int a = 0; a >= -72; a--)
        for (cl_int b = a - 1; b >= -72; b--)
            cr_expect(opencl_error_name(a) != opencl_error_name(b) ||
                          strncmp(opencl_error_name(a), "CL_", 3) != 0,
                "%d and %d", (int)a, (int)b);
}

static const struct {
    cl_int code;
    enum nncl_status status;
    const char *name;
} expectations[] = {
    {CL_OUT_OF_RESOURCES, NNCL_OUT_OF_MEMORY, "CL_OUT_OF_RESOURCES"},
    {CL_MEM_OBJECT_ALLOCATION_FAILURE, NNCL_OUT_OF_MEMORY, "CL_MEM_OBJECT_ALLOCATION_FAILURE"},
    {CL_OUT_OF_HOST_MEMORY, NNCL_OUT_OF_MEMORY, "CL_OUT_OF_HOST_MEMORY"},
    {CL_DEVICE_NOT_AVAILABLE, NNCL_DEVICE_LOST, "CL_DEVICE_NOT_AVAILABLE"},
    {CL_INVALID_COMMAND_QUEUE, NNCL_DEVICE_LOST, "CL_INVALID_COMMAND_QUEUE"},
    {CL_BUILD_PROGRAM_FAILURE, NNCL_BUILD_FAILED, "CL_BUILD_PROGRAM_FAILURE"},
    {CL_INVALID_KERNEL_ARGS, NNCL_FAILED, "CL_INVALID_KERNEL_ARGS"},
    {-4242, NNCL_FAILED, "unknown OpenCL error"},
};

Test(errors, a_sentence_names_call_error_number_and_device)
{
    cr_expect_eq(opencl_result(&device, CL_SUCCESS, "clFinish"), NNCL_OK);
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        char number[16];
        snprintf(number, sizeof number, "(%d)", (int)expectations[i].code);
        cr_expect_eq(opencl_result(&device, expectations[i].code, "clFinish"),
            expectations[i].status, "%s", expectations[i].name);
        cr_expect_not_null(strstr(nncl_last_error(), expectations[i].name));
        cr_expect_not_null(strstr(nncl_last_error(), number), "%s", nncl_last_error());
        cr_expect_not_null(strstr(nncl_last_error(), "clFinish failed on Test device"));
    }
}
