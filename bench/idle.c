/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The least that an OpenCL program does: opens the first device, builds a kernel of one line,
 * launches it. The host memory it takes at most is the driver's own, from which nncl's is counted.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>

static const char *source = "kernel void one(global float *x) { x[get_global_id(0)] = 1; }";

static int launch(cl_device_id device, cl_context context)
{
    cl_int error;
    size_t count = 64;
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &error);
    cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, 64 * sizeof(float), NULL, &error);
    cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &error);
    if (clBuildProgram(program, 1, &device, "", NULL, NULL) != CL_SUCCESS) {
        fprintf(stderr, "idle: the kernel does not compile\n");
        return 1;
    }
    cl_kernel kernel = clCreateKernel(program, "one", &error);
    clSetKernelArg(kernel, 0, sizeof buffer, &buffer);
    error = clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &count, NULL, 0, NULL, NULL);
    clFinish(queue);
    clReleaseKernel(kernel);
    clReleaseProgram(program);
    clReleaseMemObject(buffer);
    clReleaseCommandQueue(queue);
    return error != CL_SUCCESS;
}

int main(void)
{
    cl_platform_id platform;
    cl_device_id device;
    cl_int error;
    if (clGetPlatformIDs(1, &platform, NULL) != CL_SUCCESS ||
        clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL) != CL_SUCCESS) {
        fprintf(stderr, "idle: no OpenCL device\n");
        return 3;
    }
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &error);
    int status = launch(device, context);
    clReleaseContext(context);
    return status;
}
