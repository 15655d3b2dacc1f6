/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Why there is no (or not the expected) device: what the loader finds, and what would help. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nncl/device.h>

#include "base/file.h"
#include "base/status.h"
#include "device/machine.h"

/* Texts are pasted into bug reports: a user's folder is shown as ~. Appends `path`. */
static void append_path(struct text *text, const char *path)
{
    const char *home = getenv("HOME");
    size_t length = home ? strlen(home) : 0;
    if (length > 1 && strncmp(path, home, length) == 0 && path[length] == '/')
        text_append(text, "~%s", path + length);
    else
        text_append(text, "%s", path);
}

static void diagnose_loader(const struct machine *machine, struct text *text)
{
    text_append(text, "OpenCL loader: ");
    append_path(text, *machine->loader ? machine->loader : "unknown");
    text_append(text, " (%s)\n", nncl_opencl_loader());
}

static void diagnose_variables(struct text *text)
{
    for (size_t i = 0; machine_variables[i]; i++) {
        const char *value = getenv(machine_variables[i]);
        if (!value)
            continue;
        text_append(text, "Set in the environment: %s=", machine_variables[i]);
        append_path(text, value);
        text_append(text, "\n");
    }
}

/* Drivers are never unloaded again: several do not survive it. */
static void describe_driver(const struct icd *icd, struct text *text)
{
    text_append(text, "  ");
    if (icd->file) {
        append_path(text, icd->file);
        text_append(text, ": ");
    }
    if (!*icd->library) {
        text_append(text, "names no library\n");
        return;
    }
    append_path(text, icd->library);
    if (dlopen(icd->library, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE)) {
        text_append(text, " opens\n");
        return;
    }
    const char *error = dlerror();
    text_append(text, " does not open: ");
    append_path(text, error ? error : "unknown error");
    text_append(text, "\n");
}

static void diagnose_drivers(const struct icd_list *list, struct text *text)
{
    text_append(text, "Drivers the loader finds in ");
    append_path(text, list->place);
    text_append(text, ":\n");
    for (size_t i = 0; i < list->count; i++)
        describe_driver(&list->items[i], text);
    if (list->count == 0)
        text_append(text, "  none\n");
}

static bool has_driver(const struct icd_list *list, const char *library)
{
    for (size_t i = 0; i < list->count; i++)
        if (strstr(list->items[i].library, library))
            return true;
    return false;
}

/* NVIDIA's library is often there, in containers above all, without the file that tells of it. */
static void diagnose_nvidia(
    const struct machine *machine, const struct icd_list *list, struct text *text)
{
    const char *folder = machine_library_folder(machine, "libnvidia-opencl.so.1");
    if (!folder || has_driver(list, "libnvidia-opencl.so"))
        return;
    text_append(text,
        "libnvidia-opencl.so.1 is in %s, but no .icd file names it; this adds one:\n"
        "    sudo mkdir -p %s && echo libnvidia-opencl.so.1 | sudo tee %s/nvidia.icd\n",
        folder, list->place, list->place);
}

static void diagnose_rusticl(
    const struct machine *machine, const struct icd_list *list, struct text *text)
{
    bool here = has_driver(list, "RusticlOpenCL") ||
                machine_library_folder(machine, "libRusticlOpenCL.so.1");
    const char *enable = getenv("RUSTICL_ENABLE");
    if (here && !(enable && *enable))
        text_append(text, "Mesa's driver rusticl is here, but shows a GPU only if RUSTICL_ENABLE "
                          "names its driver:\n"
                          "    export RUSTICL_ENABLE=radeonsi,iris\n");
}

/* PoCL's folder of built kernels, to be freed. */
static char *pocl_cache(void)
{
    const char *own = getenv("POCL_CACHE_DIR"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (own && *own)
        return text_format("%s", own);
    if (cache && *cache)
        return text_format("%s/pocl/kcache", cache);
    return home && *home ? text_format("%s/.cache/pocl/kcache", home) : NULL;
}

/* PoCL has no device, and says nothing, where it cannot write its cache. */
static void diagnose_pocl(
    const struct machine *machine, const struct icd_list *list, struct text *text)
{
    if (*machine->root || !has_driver(list, "libpocl"))
        return;
    char *folder = pocl_cache();
    if (folder && (folder_make(folder) != NNCL_OK || access(folder, W_OK) != 0)) {
        text_append(text, "PoCL shows no device, because it cannot write its cache in ");
        append_path(text, folder);
        text_append(text, "; this gives it another folder:\n"
                          "    export POCL_CACHE_DIR=/tmp/pocl-cache\n");
    }
    free(folder);
}

/* PoCL has no device where it cannot read how many processors there are; 3.1 even aborts. */
static void diagnose_sys(
    const struct machine *machine, const struct icd_list *list, struct text *text)
{
    char *folder = text_format("%s/sys/devices/system/cpu", machine->root);
    if (folder && has_driver(list, "libpocl") && access(folder, F_OK) != 0)
        text_append(text, "PoCL shows no device, because /sys is not mounted, as in a bare chroot; "
                          "this mounts it:\n"
                          "    sudo mount -t sysfs sysfs /sys\n");
    free(folder);
}

/* A loader with a folder of its own (conda's) does not see the system's drivers. */
static void diagnose_other_folder(
    const struct machine *machine, const struct icd_list *list, struct text *text)
{
    static const char usual[] = "/etc/OpenCL/vendors";
    if (list->count > 0 || !text_ends_with(list->place, usual))
        return;
    const struct machine system = {machine->root, ""};
    struct icd_list others = {0};
    char *folder = text_format("%s%s", machine->root, usual);
    if (folder && strcmp(folder, list->place) != 0 && icd_list_find(&system, &others) == NNCL_OK &&
        others.count > 0)
        text_append(text,
            "The system's drivers are in %s, where this loader does not look; this makes it:\n"
            "    export OCL_ICD_VENDORS=%s\n",
            usual, usual);
    icd_list_free(&others);
    free(folder);
}

enum nncl_status diagnose_machine(const struct machine *machine, struct text *text)
{
    struct icd_list list = {0};
    enum nncl_status status = icd_list_find(machine, &list);
    if (status == NNCL_OK) {
        diagnose_loader(machine, text);
        diagnose_variables(text);
        diagnose_drivers(&list, text);
        diagnose_other_folder(machine, &list, text);
        diagnose_nvidia(machine, &list, text);
        diagnose_pocl(machine, &list, text);
        diagnose_sys(machine, &list, text);
        diagnose_rusticl(machine, &list, text);
        diagnose_render_nodes(machine, text);
        diagnose_hardware(machine, text);
        text_append(text, "To go on without an OpenCL device: --device ref (plain C, slow)\n");
        if (text->failed)
            status = nncl_fail_memory("the diagnosis", text->size);
    }
    icd_list_free(&list);
    return status;
}

enum nncl_status nncl_device_diagnose(char **text)
{
    const struct machine machine = machine_here();
    struct text made = {0};
    enum nncl_status status = diagnose_machine(&machine, &made);
    if (status == NNCL_OK)
        *text = made.bytes;
    else
        free(made.bytes);
    return status;
}

enum nncl_status fail_without_devices(void)
{
    char *diagnosis = NULL;
    enum nncl_status status = nncl_device_diagnose(&diagnosis);
    if (status == NNCL_OK)
        status = nncl_fail(NNCL_NO_DEVICE, "no OpenCL device was found.\n%s", diagnosis);
    nncl_free(diagnosis);
    return status;
}
