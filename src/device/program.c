/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Programs: built at first use, kept until the device is closed. */
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "device/binary.h"
#include "device/opencl_device.h"
#include "device/source.h"

/* What every kernel is built with: nothing that relaxes the arithmetic. */
static const char build_options[] = "-cl-std=CL1.2";

enum { LOG_LINES = 40 };

struct opencl_program {
    struct opencl_program *next;
    char *key;  /* "name options" */
    char *kept; /* under which it is to be kept; NULL: it is, or is not to be */
    cl_program program;
};

static void program_free(struct opencl_program *entry)
{
    if (entry->program)
        clReleaseProgram(entry->program);
    free(entry->kept);
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
    char *all = text_format("%s %s", build_options, options);
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

static enum nncl_status program_create(struct opencl_device *device, const char *name,
    const char *options, struct opencl_program **entry)
{
    struct text source = {0};
    struct opencl_program *made = calloc(1, sizeof *made);
    enum nncl_status status;
    if (!made)
        return nncl_fail_memory("a program", sizeof *made);
    made->key = text_format("%s.cl%s%s", name, *options ? " " : "", options);
    if (!made->key)
        TRY(nncl_fail_memory("a program's name", strlen(options)));
    TRY(source_append(&source, name));
    TRY(build(device, options, &source, made));
    *entry = made;
    made = NULL;
out:
    if (made)
        program_free(made);
    free(source.bytes);
    return status;
}

static bool key_matches(const char *key, const char *name, const char *options)
{
    size_t length = strlen(name);
    if (strncmp(key, name, length) != 0 || strncmp(key + length, ".cl", 3) != 0)
        return false;
    const char *rest = key + length + 3;
    return *rest == ' ' ? strcmp(rest + 1, options) == 0 : *rest == *options;
}

enum nncl_status opencl_program(
    struct nncl_device *base, const char *name, const char *options, cl_program *program)
{
    struct opencl_device *device = opencl_device(base);
    struct opencl_program *entry = device->programs;
    while (entry && !key_matches(entry->key, name, options))
        entry = entry->next;
    if (!entry) {
        enum nncl_status status = program_create(device, name, options, &entry);
        if (status != NNCL_OK)
            return status;
        entry->next = device->programs;
        device->programs = entry;
    }
    *program = entry->program;
    return NNCL_OK;
}
