/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* For libraries that are preloaded to stand between a program and OpenCL. */
#ifndef NNCL_TESTS_CL_PRELOAD_H
#define NNCL_TESTS_CL_PRELOAD_H

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* The function that the one called `name` here hides, into the pointer at `function`. */
static inline void find_next(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        abort();
    memcpy(function, &found, sizeof found); /* ISO C knows no conversion of the two */
}

/* Declares `original`, the function that this library's own of that name hides. */
#define NEXT(name)                                                                                 \
    __typeof__(&name) original;                                                                    \
    find_next(#name, &original)

#endif
