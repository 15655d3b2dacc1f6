/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Versions of the libraries under the device layer. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "device/build_config.h"
#include "device/opencl.h"

const char *nncl_clblast_version(void)
{
    return NNCL_CLBLAST_VERSION;
}

enum { LOADER_VERSION = 2, LOADER_NAME = 3 }; /* of the cl_loader_info extension */

typedef cl_int loader_info_function(cl_uint query, size_t size, void *value, size_t *size_out);

static char loader[256];

/* Looked up as a symbol and not through OpenCL, which would load every driver. */
static void find_loader(void)
{
    char name[64] = "", version[64] = "";
    void *symbol = dlsym(RTLD_DEFAULT, "clGetICDLoaderInfoOCLICD");
    Dl_info file = {0};
    void *address = NULL;
    cl_int (*function)(cl_uint, cl_platform_id *, cl_uint *) = clGetPlatformIDs;
    memcpy(&address, &function, sizeof address);
    if (symbol) {
        loader_info_function *info;
        memcpy(&info, &symbol, sizeof info); /* as dlsym's manual does: C has no such cast */
        info(LOADER_NAME, sizeof name, name, NULL);
        info(LOADER_VERSION, sizeof version, version, NULL);
    }
    if (name[0])
        snprintf(loader, sizeof loader, "%s %s", name, version);
    else if (dladdr(address, &file) && file.dli_fname)
        snprintf(loader, sizeof loader, "%s", file.dli_fname);
    else
        snprintf(loader, sizeof loader, "unknown");
}

const char *nncl_opencl_loader(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_loader);
    return loader;
}
