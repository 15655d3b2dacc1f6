/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which drivers the OpenCL loader will find, read from files alone. */
#include "device/machine.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/status.h"
#include "device/opencl.h"

const char *const machine_variables[] = {"OCL_ICD_VENDORS", "OCL_ICD_FILENAMES",
    "OPENCL_VENDOR_PATH", "OPENCL_LAYERS", "RUSTICL_ENABLE", "POCL_DEVICES", "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "ONEAPI_DEVICE_SELECTOR",
    "LD_LIBRARY_PATH", "CONDA_PREFIX", NULL};

struct machine machine_here(void)
{
    struct machine machine = {"", ""};
    void *address = NULL;
    cl_int (*function)(cl_uint, cl_platform_id *, cl_uint *) = clGetPlatformIDs;
    memcpy(&address, &function, sizeof address); /* C has no cast from function to object */
    Dl_info file;
    if (dladdr(address, &file) && file.dli_fname)
        machine.loader = file.dli_fname;
    return machine;
}

const char *machine_library_folder(const struct machine *machine, const char *library)
{
    static const char *const folders[] = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64", "/usr/lib", "/usr/lib/x86_64-linux-gnu/nvidia/current", "/usr/lib/wsl/lib",
        "/usr/local/lib", "/opt/rocm/lib"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = text_format("%s%s/%s", machine->root, folders[i], library);
        bool found = path && file_exists(path);
        free(path);
        if (found)
            return folders[i];
    }
    return NULL;
}

/* Takes both strings over, also on failure. */
static enum nncl_status add(struct icd_list *list, char *file, char *library)
{
    struct icd *grown = NULL;
    if (library)
        grown = realloc(list->items, (list->count + 1) * sizeof *grown);
    if (!grown) {
        free(file);
        free(library);
        return nncl_fail_memory("the list of drivers", (list->count + 1) * sizeof *grown);
    }
    list->items = grown;
    grown[list->count++] = (struct icd){file, library};
    return NNCL_OK;
}

/* The library that an .icd file names: its first line. */
static char *read_icd(const char *path)
{
    uint8_t *bytes = NULL;
    size_t size;
    if (file_read(path, 4096, &bytes, &size) != NNCL_OK)
        return strdup("");
    char *line = (char *)bytes;
    line[strcspn(line, "\r\n")] = 0;
    for (size_t length = strlen(line); length > 0 && line[length - 1] == ' ';)
        line[--length] = 0;
    return line;
}

bool text_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

/* Adds each .icd file of `folder` in the order of names; none if there is no such folder. */
static enum nncl_status add_folder(struct icd_list *list, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    enum nncl_status status = NNCL_OK;
    for (int i = 0; i < count; i++) {
        if (status == NNCL_OK && text_ends_with(entries[i]->d_name, ".icd")) {
            char *path = text_format("%s/%s", folder, entries[i]->d_name);
            status = add(list, path, path ? read_icd(path) : NULL);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* Adds the libraries of a list separated by colons. */
static enum nncl_status add_libraries(struct icd_list *list, const char *names)
{
    enum nncl_status status = NNCL_OK;
    while (*names && status == NNCL_OK) {
        size_t length = strcspn(names, ":");
        if (length > 0)
            status = add(list, NULL, strndup(names, length));
        names += length + (names[length] == ':');
    }
    return status;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* conda's loader looks in its own folder. NULL if the loader is not conda's. */
static char *conda_folder(const struct machine *machine)
{
    const char *prefix = variable("CONDA_PREFIX");
    bool inside = prefix && strncmp(machine->loader, prefix, strlen(prefix)) == 0;
    return inside ? text_format("%s/etc/OpenCL/vendors", prefix) : NULL;
}

enum nncl_status icd_list_find(const struct machine *machine, struct icd_list *list)
{
    const char *files = variable("OCL_ICD_FILENAMES"), *vendors = variable("OCL_ICD_VENDORS");
    if (!vendors)
        vendors = variable("OPENCL_VENDOR_PATH");
    list->place = files ? strdup(files) : vendors ? strdup(vendors) : conda_folder(machine);
    if (!list->place)
        list->place = text_format("%s/etc/OpenCL/vendors", machine->root);
    if (!list->place)
        return nncl_fail_memory("the list of drivers", strlen(machine->root));
    if (!files && vendors && text_ends_with(vendors, ".icd"))
        return add(list, strdup(vendors), read_icd(vendors));
    if (files || (vendors && strstr(vendors, ".so")))
        return add_libraries(list, list->place);
    return add_folder(list, list->place);
}

void icd_list_free(struct icd_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].file);
        free(list->items[i].library);
    }
    free(list->items);
    free(list->place);
    *list = (struct icd_list){0};
}
