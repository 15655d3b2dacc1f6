/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Versions of the libraries under the device layer. */
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS /* clGetExtensionFunctionAddress */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/build_config.h"
#include "device/child.h"
#include "device/machine.h"
#include "device/opencl.h"

const char *nncl_clblast_version(void)
{
    return NNCL_CLBLAST_VERSION;
}

enum { LOADER_VERSION = 2, LOADER_NAME = 3, PATIENCE = 5 /* seconds */ };

typedef cl_int loader_info_function(cl_uint query, size_t size, void *value, size_t *size_out);

static char loader[256];

/* Asks the loader (extension cl_loader_info) in a child process that has no drivers, since asking
 * makes it load them. */
static void ask_loader(void *user, int output)
{
    char name[64] = "", version[64] = "";
    loader_info_function *info = NULL;
    (void)user;
    setenv("OCL_ICD_VENDORS", "/nonexistent", 1);
    void *symbol = clGetExtensionFunctionAddress("clGetICDLoaderInfoOCLICD");
    memcpy(&info, &symbol, sizeof info); /* as dlsym's manual does: C has no such cast */
    if (!info || info(LOADER_NAME, sizeof name, name, NULL) != CL_SUCCESS ||
        info(LOADER_VERSION, sizeof version, version, NULL) != CL_SUCCESS)
        return;
    dprintf(output, "%s %s", name, version);
}

static void find_loader(void)
{
    char end[80];
    child_run(ask_loader, NULL, PATIENCE, loader, sizeof loader, end);
    if (!loader[0])
        snprintf(loader, sizeof loader, "%s",
            *machine_here().loader ? machine_here().loader : "unknown");
}

const char *nncl_opencl_loader(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_loader);
    return loader;
}
