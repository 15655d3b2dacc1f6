/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Getting a driver's compiler ready beside other work: PoCL takes half a second at a process's
 * first build to read its library of built-in functions. */
#include <pthread.h>
#include <signal.h>

#include "device/opencl_device.h"

/* The library is read for a program that is not in the driver's cache; nothing else of it matters.
 */
static void *get_ready(void *user)
{
    struct opencl_device *device = user;
    const char *source = "kernel void ready(global float *x) { *x = exp(*x); }\n";
    cl_int error;
    cl_program program = clCreateProgramWithSource(device->context, 1, &source, NULL, &error);
    if (error != CL_SUCCESS)
        return NULL;
    clBuildProgram(program, 1, &device->id, "-cl-std=CL1.2", NULL, NULL);
    clReleaseProgram(program);
    return NULL;
}

/* Signals are for the caller's threads. */
static bool start(struct opencl_device *device)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&device->compiler, NULL, get_ready, device);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

void nncl_device_ready_compiler(struct nncl_device *base)
{
    struct opencl_device *device = opencl_device(base);
    if (device_is_host(base) || device_is_dry(base) || device_is_emulator(&base->info) ||
        device->readies)
        return;
    device->readies = start(device);
}

void opencl_compiler_wait(struct opencl_device *device)
{
    if (device->readies)
        pthread_join(device->compiler, NULL);
    device->readies = false;
}
