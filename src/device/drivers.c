/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "device/drivers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "device/child.h"
#include "device/list.h"
#include "device/machine.h"
#include "device/opencl.h"

enum { PATIENCE = 10 /* seconds */, MAX_VERDICT = 1 << 16 };

static const char *const loader_variables[] = {
    "OCL_ICD_FILENAMES", "OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"};

enum { LOADER_VARIABLES = sizeof loader_variables / sizeof *loader_variables };

/* ---- What a set of drivers is known by ---- */

static void sign_file(struct text *text, const char *path)
{
    struct stat info = {0};
    stat(path, &info);
    text_append(text, "%s %lld %lld\n", path, (long long)info.st_size, (long long)info.st_mtime);
}

/* A library's own file, where it is found without asking the dynamic linker. */
static void sign_library(const struct machine *machine, struct text *text, const char *library)
{
    const char *folder = *library == '/' ? "" : machine_library_folder(machine, library);
    char *path = folder ? text_format("%s%s%s", folder, *folder ? "/" : "", library) : NULL;
    sign_file(text, path ? path : library);
    free(path);
}

/* Everything that decides which code the loader runs. */
static void sign(const struct machine *machine, const struct icd_list *list, struct text *text)
{
    sign_file(text, machine->loader);
    for (size_t i = 0; machine_variables[i]; i++) {
        const char *value = getenv(machine_variables[i]);
        text_append(text, "%s=%s\n", machine_variables[i], value ? value : "");
    }
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].file)
            sign_file(text, list->items[i].file);
        sign_library(machine, text, list->items[i].library);
    }
}

/* Whether the set of this signature was found good before; `path` is where that is noted. */
static bool known_good(const char *path, const struct text *signature)
{
    uint8_t *bytes = NULL;
    size_t size;
    bool good = file_exists(path) && file_read(path, MAX_VERDICT, &bytes, &size) == NNCL_OK &&
                size == signature->size && memcmp(bytes, signature->bytes, size) == 0;
    free(bytes);
    return good;
}

/* ---- Folders of .icd files for the loader ---- */

/* Puts a driver into a folder as number `index`; the loader takes both kinds of .icd. */
static bool folder_add(const char *folder, const struct icd *icd, size_t index)
{
    char *path = text_format("%s/%03zu.icd", folder, index);
    bool done =
        path && (icd->file ? symlink(icd->file, path) == 0
                           : nncl_file_write(path, icd->library, strlen(icd->library)) == NNCL_OK);
    free(path);
    return done;
}

static void folder_remove(const char *folder, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *path = text_format("%s/%03zu.icd", folder, i);
        if (path)
            unlink(path);
        free(path);
    }
    rmdir(folder);
}

/* The loader must see `folder` and nothing else. */
static void point_loader_at(const char *folder)
{
    for (int i = 0; i < LOADER_VARIABLES; i++)
        unsetenv(loader_variables[i]);
    setenv("OCL_ICD_VENDORS", folder, 1);
}

/* ---- Trying ---- */

/* In the child: all that listing devices does. `user` is the loader's folder, or NULL. */
static void enumerate(void *user, int output)
{
    (void)output;
    struct nncl_device_list list = {0};
    if (user)
        point_loader_at(user);
    devices_enumerate(&list);
}

static bool try_drivers(char *folder, char end[80])
{
    char nothing[2];
    return child_run(enumerate, folder, PATIENCE, nothing, sizeof nothing, end);
}

/* Tries each driver alone; the good ones stay in `folder`. */
static void sort_out(const struct icd_list *list, char *folder)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct icd *icd = &list->items[i];
        char alone[] = "/tmp/nncl-driver-XXXXXX", end[80] = "";
        if (!mkdtemp(alone))
            return;
        folder_add(alone, icd, 0);
        if (try_drivers(alone, end))
            folder_add(folder, icd, i);
        else
            nncl_log(NNCL_LOG_WARNING,
                "the OpenCL driver %s %s while it was loaded and is left out; remove or rename %s "
                "to silence this",
                icd->library, end, icd->file ? icd->file : icd->library);
        folder_remove(alone, 1);
    }
}

static void load(void)
{
    cl_uint count;
    clGetPlatformIDs(0, NULL, &count);
}

/* Has the loader load only the drivers that are good when tried alone. The environment is as before
 * afterwards: the loader reads it once. */
static void load_good_ones(const struct icd_list *list)
{
    char folder[] = "/tmp/nncl-drivers-XXXXXX";
    char *before[LOADER_VARIABLES] = {0};
    if (!mkdtemp(folder))
        return;
    sort_out(list, folder);
    for (int i = 0; i < LOADER_VARIABLES; i++) {
        const char *value = getenv(loader_variables[i]);
        before[i] = value ? strdup(value) : NULL;
    }
    point_loader_at(folder);
    load();
    for (int i = 0; i < LOADER_VARIABLES; i++) {
        if (before[i])
            setenv(loader_variables[i], before[i], 1);
        else
            unsetenv(loader_variables[i]);
        free(before[i]);
    }
    folder_remove(folder, list->count);
}

static void try_and_load(
    const struct icd_list *list, const char *path, const struct text *signature)
{
    char end[80] = "";
    if (!try_drivers(NULL, end)) {
        nncl_log(NNCL_LOG_DEBUG, "loading the OpenCL drivers %s; each is tried alone", end);
        load_good_ones(list);
    } else if (path && nncl_file_write(path, signature->bytes, signature->size) != NNCL_OK) {
        nncl_log(NNCL_LOG_DEBUG, "not noted that the drivers are good: %s", nncl_last_error());
    }
}

/* A loader of another name is a debugger's that brings its own device. */
static bool loads_drivers(const struct machine *machine)
{
    const char *slash = strrchr(machine->loader, '/');
    return strncmp(slash ? slash + 1 : machine->loader, "libOpenCL", strlen("libOpenCL")) == 0;
}

static void load_carefully(void)
{
    const struct machine machine = machine_here();
    struct icd_list list = {0};
    struct text signature = {0};
    char *path = NULL;
    if (loads_drivers(&machine) && icd_list_find(&machine, &list) == NNCL_OK && list.count > 0) {
        sign(&machine, &list, &signature);
        cache_path("drivers-known-good", &path);
        if (!signature.failed && !(path && known_good(path, &signature)))
            try_and_load(&list, path, &signature);
    }
    free(path);
    free(signature.bytes);
    icd_list_free(&list);
}

void drivers_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_carefully);
}
