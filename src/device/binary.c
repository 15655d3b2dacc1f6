/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "device/binary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/version.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "device/list.h"

/* A file is the key with its NUL, the hash of the program, and the program. */
enum { LARGEST_FILE = 16 << 20, MOST_KEPT = 64 << 20 };

static const char prefix[] = "program-", ending[] = ".bin";

/* 64-bit FNV-1a. */
static uint64_t hash_of(const void *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    return hash;
}

char *binary_key(const struct opencl_device *device, const char *options, const char *source)
{
    const struct nncl_device_info *info = &device->base.info;
    if (info->kind != NNCL_DEVICE_CPU || device_is_emulator(info) ||
        strcmp(info->platform, "Portable Computing Language") == 0)
        return NULL;
    return text_format("a compiled program\ndevice: %s\nplatform: %s\ndriver: %s\nversion: %s\n"
                       "nncl: %s\noptions: %s\n%s",
        info->name, info->platform, info->driver, info->version, nncl_version(), options, source);
}

static char *path_of(const char *key)
{
    char *name = text_format("%s%016" PRIx64 "%s", prefix, hash_of(key, strlen(key)), ending);
    char *path = NULL;
    if (name && cache_path(name, &path) != NNCL_OK)
        nncl_log(NNCL_LOG_DEBUG, "programs are not kept: %s", nncl_last_error());
    free(name);
    return path;
}

/* The program inside a file's bytes; NULL if the file is another key's or damaged. */
static const uint8_t *find_binary(
    const uint8_t *bytes, size_t size, const char *key, size_t *binary_size)
{
    const size_t head = strlen(key) + 1;
    uint64_t hash;
    if (size <= head + sizeof hash || memcmp(bytes, key, head) != 0)
        return NULL;
    memcpy(&hash, bytes + head, sizeof hash);
    const uint8_t *binary = bytes + head + sizeof hash;
    *binary_size = size - head - sizeof hash;
    return hash_of(binary, *binary_size) == hash ? binary : NULL;
}

static cl_program make_program(
    struct opencl_device *device, const uint8_t *binary, size_t size, const char *options)
{
    cl_int error, state = CL_SUCCESS;
    cl_program program =
        clCreateProgramWithBinary(device->context, 1, &device->id, &size, &binary, &state, &error);
    if (error == CL_SUCCESS && state == CL_SUCCESS &&
        clBuildProgram(program, 1, &device->id, options, NULL, NULL) == CL_SUCCESS)
        return program;
    if (error == CL_SUCCESS)
        clReleaseProgram(program);
    return NULL;
}

cl_program binary_load(struct opencl_device *device, const char *key, const char *options)
{
    char *path = path_of(key);
    uint8_t *bytes = NULL;
    size_t size = 0, binary_size = 0;
    cl_program program = NULL;
    if (path && file_exists(path) && file_read(path, LARGEST_FILE, &bytes, &size) == NNCL_OK) {
        const uint8_t *binary = find_binary(bytes, size, key, &binary_size);
        if (binary)
            program = make_program(device, binary, binary_size, options);
        if (!program)
            nncl_log(NNCL_LOG_DEBUG, "%s is of no use; the program is built anew", path);
    }
    free(bytes);
    free(path);
    return program;
}

/* The file's bytes for a program; NULL if the driver does not give it away. */
static uint8_t *pack(const char *key, cl_program program, size_t *size)
{
    const size_t head = strlen(key) + 1;
    size_t binary_size = 0;
    uint64_t hash;
    cl_int error =
        clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof binary_size, &binary_size, NULL);
    if (error != CL_SUCCESS || binary_size == 0 || binary_size > LARGEST_FILE / 2)
        return NULL;
    *size = head + sizeof hash + binary_size;
    uint8_t *bytes = malloc(*size);
    uint8_t *binary = bytes ? bytes + head + sizeof hash : NULL;
    if (!bytes || clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) !=
                      CL_SUCCESS) {
        free(bytes);
        return NULL;
    }
    hash = hash_of(binary, binary_size);
    memcpy(bytes, key, head);
    memcpy(bytes + head, &hash, sizeof hash);
    return bytes;
}

void binary_save(const char *key, cl_program program)
{
    size_t size = 0;
    uint8_t *bytes = pack(key, program, &size);
    char *path = bytes ? path_of(key) : NULL;
    nncl_error_hold();
    if (path && nncl_file_write(path, bytes, size) == NNCL_OK)
        cache_bound(ending, MOST_KEPT);
    else if (path)
        nncl_log(NNCL_LOG_DEBUG, "a program is not kept: %s", nncl_last_error());
    nncl_error_restore();
    free(path);
    free(bytes);
}
