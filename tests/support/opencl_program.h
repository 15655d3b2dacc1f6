/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For tests of how programs are built. */
#ifndef NNCL_TESTS_OPENCL_PROGRAM_H
#define NNCL_TESTS_OPENCL_PROGRAM_H

#include <criterion/criterion.h>

#include "device/opencl.h"

/* The program that a kernel of cl/<name>.cl is of; the device keeps it. */
static inline cl_program opencl_program_of(
    struct nncl_device *device, const char *name, const char *options, const char *kernel)
{
    cl_kernel made = NULL;
    cl_program program = NULL;
    cr_assert_eq(
        opencl_kernel(device, name, options, kernel, &made), NNCL_OK, "%s", nncl_last_error());
    cr_assert_eq(
        clGetKernelInfo(made, CL_KERNEL_PROGRAM, sizeof program, &program, NULL), CL_SUCCESS);
    clReleaseKernel(made);
    return program;
}

#endif
