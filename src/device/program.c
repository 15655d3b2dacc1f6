/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Programs: built at first use, kept until the device is closed. Those that are known to be needed
 * are built as one: PoCL takes 0.15 s for each, most of it to read OpenCL's own declarations. */
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "device/binary.h"
#include "device/opencl_device.h"
#include "device/parts.h"
#include "device/source.h"

/* What every kernel is built with: nothing that relaxes the arithmetic. */
static const char build_options[] = "-cl-std=CL1.2";

/* Some drivers tell on stderr how many warnings there were, to a user who can do nothing about
 * them; the tests ask for errors in their place. */
static const char *without_warnings(const char *options)
{
    return strstr(options, "-Werror") ? "" : " -w";
}

enum { LOG_LINES = 40, MOST_PARTS = 256 };

struct opencl_program {
    struct opencl_program *next;
    char *key;           /* "name.cl options" */
    char *name;          /* "name" */
    const char *options; /* in the key */
    char *kept;          /* under which it is to be kept; NULL: it is, or is not to be */
    unsigned part;       /* of a program with several; 0: it is all of its own */
    cl_program program;  /* NULL: wanted, but not built yet */
};

static void program_free(struct opencl_program *entry)
{
    if (entry->program)
        clReleaseProgram(entry->program);
    free(entry->kept);
    free(entry->name);
    free(entry->key);
    free(entry);
}

void opencl_programs_free(struct opencl_program **programs)
{
    while (*programs) {
        struct opencl_program *next = (*programs)->next;
        if ((*programs)->kept)
            binary_save((*programs)->kept, (*programs)->program);
        program_free(*programs);
        *programs = next;
    }
}

/* The first lines of the build log, to be freed; NULL if there is none. */
static char *build_log(struct opencl_device *device, cl_program program)
{
    size_t size = 0;
    if (clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) !=
            CL_SUCCESS ||
        size == 0)
        return NULL;
    char *log = calloc(size + 1, 1);
    if (!log)
        return NULL;
    clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    char *end = log;
    for (int line = 0; line < LOG_LINES && *end; line++)
        end += strcspn(end, "\n") + (end[strcspn(end, "\n")] == '\n');
    *end = 0;
    return log;
}

static enum nncl_status build_failure(
    struct opencl_device *device, const char *key, cl_program program, cl_int error)
{
    enum nncl_status status = opencl_result(&device->base, error, "clBuildProgram");
    if (status != NNCL_BUILD_FAILED)
        return nncl_fail_while(status, "building cl/%s", key);
    char *log = build_log(device, program);
    status =
        nncl_fail(status, "cl/%s does not build on %s (driver %s): %s (%d); the compiler says:\n%s",
            key, device->base.info.name, device->base.info.driver, opencl_error_name(error),
            (int)error, log && *log ? log : "(nothing)");
    free(log);
    return status;
}

static enum nncl_status build(struct opencl_device *device, const char *options,
    struct text *source, struct opencl_program *entry)
{
    char *all = text_format("%s%s %s", build_options, without_warnings(options), options);
    if (!all)
        return nncl_fail_memory("build options", strlen(options));
    const char *text = source->bytes;
    cl_int error;
    double start = nncl_clock();
    entry->kept = binary_key(device, all, text);
    entry->program = entry->kept ? binary_load(device, entry->kept, all) : NULL;
    if (entry->program) {
        nncl_log(NNCL_LOG_DEBUG, "cl/%s for %s was kept", entry->key, device->base.info.name);
        free(entry->kept);
        entry->kept = NULL;
        free(all);
        return NNCL_OK;
    }
    entry->program = clCreateProgramWithSource(device->context, 1, &text, &source->size, &error);
    enum nncl_status status = opencl_result(&device->base, error, "clCreateProgramWithSource");
    if (status == NNCL_OK) {
        error = clBuildProgram(entry->program, 1, &device->id, all, NULL, NULL);
        if (error != CL_SUCCESS)
            status = build_failure(device, entry->key, entry->program, error);
    }
    if (status == NNCL_OK)
        nncl_log(NNCL_LOG_DEBUG, "built cl/%s for %s in %.3f s", entry->key, device->base.info.name,
            nncl_clock() - start);
    free(all);
    return status;
}

/* Adds a program that is not built yet. */
static enum nncl_status program_add(struct opencl_device *device, const char *name,
    const char *options, struct opencl_program **entry)
{
    struct opencl_program *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("a program", sizeof *made);
    made->key = text_format("%s.cl%s%s", name, *options ? " " : "", options);
    made->name = strdup(name);
    if (!made->key || !made->name) {
        program_free(made);
        return nncl_fail_memory("a program's name", strlen(options));
    }
    made->options = made->key + strlen(made->key) - strlen(options);
    made->next = device->programs;
    device->programs = *entry = made;
    return NNCL_OK;
}

/* Builds a program of its own. */
static enum nncl_status build_alone(struct opencl_device *device, struct opencl_program *entry)
{
    struct text source = {0};
    enum nncl_status status = source_append(&source, entry->name);
    if (status == NNCL_OK)
        status = build(device, entry->options, &source, entry);
    free(source.bytes);
    if (status != NNCL_OK && entry->program) {
        clReleaseProgram(entry->program);
        entry->program = NULL;
    }
    return status;
}

/* Appends what is wanted and not built yet to one text, and counts it. */
static enum nncl_status append_parts(
    struct opencl_device *device, struct text *source, unsigned *count)
{
    enum nncl_status status = NNCL_OK;
    for (struct opencl_program *entry = device->programs; entry; entry = entry->next) {
        entry->part = entry->program ? entry->part : 0;
        if (entry->program || *count == MOST_PARTS)
            continue;
        entry->part = ++*count;
        TRY(part_append(source, entry->name, entry->options, entry->part));
        nncl_log(NNCL_LOG_DEBUG, "cl/%s is built with others", entry->key);
    }
out:
    return status;
}

/* Gives each part its program. */
static enum nncl_status share(struct opencl_device *device, struct opencl_program *whole)
{
    enum nncl_status status = NNCL_OK;
    for (struct opencl_program *entry = device->programs; entry; entry = entry->next) {
        if (entry->program || entry->part == 0)
            continue;
        TRY(opencl_result(&device->base, clRetainProgram(whole->program), "clRetainProgram"));
        entry->program = whole->program;
        entry->kept = whole->kept; /* by one of them */
        whole->kept = NULL;
    }
out:
    return status;
}

/* Builds all that is wanted as one program. What the compiler does not take as such is left to be
 * built alone, where a failure names its file. */
static enum nncl_status build_together(struct opencl_device *device)
{
    struct text source = {0};
    char several[] = "* (the above)";
    struct opencl_program whole = {.key = several};
    unsigned count = 0;
    enum nncl_status status;
    nncl_error_hold();
    TRY(append_parts(device, &source, &count));
    if (count > 1)
        TRY(build(device, "", &source, &whole));
    if (whole.program)
        TRY(share(device, &whole));
out:
    if (status != NNCL_OK)
        nncl_log(NNCL_LOG_DEBUG, "programs are built one by one: %s", nncl_last_error());
    nncl_error_restore();
    if (whole.program)
        clReleaseProgram(whole.program);
    free(whole.kept);
    free(source.bytes);
    return status;
}

static void forget_wanted(struct opencl_device *device, const struct opencl_program *but)
{
    for (struct opencl_program **at = &device->programs; *at;) {
        struct opencl_program *entry = *at;
        if (entry->program || entry == but) {
            at = &entry->next;
            continue;
        }
        *at = entry->next;
        program_free(entry);
    }
}

static bool key_matches(const char *key, const char *name, const char *options)
{
    size_t length = strlen(name);
    if (strncmp(key, name, length) != 0 || strncmp(key + length, ".cl", 3) != 0)
        return false;
    const char *rest = key + length + 3;
    return *rest == ' ' ? strcmp(rest + 1, options) == 0 : *rest == *options;
}

static struct opencl_program *find(
    struct opencl_device *device, const char *name, const char *options)
{
    struct opencl_program *entry = device->programs;
    while (entry && !key_matches(entry->key, name, options))
        entry = entry->next;
    return entry;
}

/* The program, built if it is not yet. */
static enum nncl_status get(struct opencl_device *device, const char *name, const char *options,
    struct opencl_program **program)
{
    enum nncl_status status = NNCL_OK;
    struct opencl_program *entry = find(device, name, options);
    if (entry && !entry->program && build_together(device) != NNCL_OK)
        forget_wanted(device, entry);
    if (!entry)
        TRY(program_add(device, name, options, &entry));
    if (!entry->program) {
        entry->part = 0;
        status = build_alone(device, entry);
        if (status != NNCL_OK)
            forget_wanted(device, NULL);
        TRY(status);
    }
    *program = entry;
out:
    return status;
}

void opencl_want_none(struct nncl_device *base)
{
    forget_wanted(opencl_device(base), NULL);
}

enum nncl_status opencl_want(struct nncl_device *base, const char *name, const char *options)
{
    struct opencl_program *entry = find(opencl_device(base), name, options);
    return entry ? NNCL_OK : program_add(opencl_device(base), name, options, &entry);
}

static enum nncl_status create_kernel(struct nncl_device *base, const struct opencl_program *entry,
    const char *kernel, cl_kernel *made)
{
    char *own = entry->part ? part_kernel(kernel, entry->part) : NULL;
    if (entry->part && !own)
        return nncl_fail_memory("a kernel's name", strlen(kernel));
    cl_int error;
    *made = clCreateKernel(entry->program, own ? own : kernel, &error);
    free(own);
    if (error != CL_SUCCESS)
        return nncl_fail_while(opencl_result(base, error, "clCreateKernel"),
            "the kernel %s in cl/%s.cl", kernel, entry->name);
    return NNCL_OK;
}

/* Some drivers count the local memory of all kernels of a program for each of them. */
static bool exceeds_local_memory(const struct nncl_device *base, cl_kernel kernel)
{
    cl_ulong bytes = 0;
    return base->info.local_memory > 0 &&
           clGetKernelWorkGroupInfo(kernel, ((const struct opencl_device *)base)->id,
               CL_KERNEL_LOCAL_MEM_SIZE, sizeof bytes, &bytes, NULL) == CL_SUCCESS &&
           bytes > base->info.local_memory;
}

/* Builds a program that was built with others once more, by itself. */
static enum nncl_status build_apart(struct opencl_device *device, struct opencl_program *entry)
{
    clReleaseProgram(entry->program);
    free(entry->kept);
    entry->kept = NULL;
    entry->program = NULL;
    entry->part = 0;
    return build_alone(device, entry);
}

enum nncl_status opencl_kernel(struct nncl_device *base, const char *name, const char *options,
    const char *kernel, cl_kernel *made)
{
    enum nncl_status status = NNCL_OK;
    struct opencl_program *entry;
    TRY(get(opencl_device(base), name, options, &entry));
    TRY(create_kernel(base, entry, kernel, made));
    if (entry->part && exceeds_local_memory(base, *made)) {
        clReleaseKernel(*made);
        *made = NULL;
        TRY(build_apart(opencl_device(base), entry));
        TRY(create_kernel(base, entry, kernel, made));
    }
out:
    return status;
}
