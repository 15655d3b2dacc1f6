/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Compiled programs in the cache folder: what is damaged or another's is not taken. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "device/binary.h"
#include "opencl_program.h"
#include "support.h"

static struct nncl_device *device;
static const char *const key = "a key\ndevice: some device\n", *const options = "-cl-std=CL1.2";

static void open_device(void)
{
    support_folder_make();
    device = support_device();
}

static void close_device(void)
{
    nncl_device_close(&device);
    support_folder_remove();
}

TestSuite(binary, .init = open_device, .fini = close_device);

/* Builds a program and keeps it. */
static void keep(void)
{
    binary_save(key, opencl_program_of(device, "advance_state", "", "advance_state"));
}

static bool loads(const char *under)
{
    cl_program program = binary_load(opencl_device(device), under, options);
    cl_int error = CL_INVALID_PROGRAM;
    cl_kernel kernel = program ? clCreateKernel(program, "advance_state", &error) : NULL;
    if (kernel)
        clReleaseKernel(kernel);
    if (program)
        clReleaseProgram(program);
    return error == CL_SUCCESS;
}

/* The one file of programs. */
static char *find_file(void)
{
    char *folder = NULL, **paths = NULL;
    size_t count = 0;
    cr_assert_eq(cache_path("", &folder), NNCL_OK);
    cr_assert_eq(folder_list(folder, ".bin", &paths, &count), NNCL_OK);
    cr_assert_eq(count, 1);
    char *path = paths[0];
    free(paths);
    free(folder);
    return path;
}

Test(binary, what_was_kept_is_found)
{
    cr_expect_not(loads(key));
    keep();
    cr_expect(loads(key));
    cr_expect_not(loads("another key"));
}

Test(binary, damaged_files_are_not_taken)
{
    keep();
    char *path = find_file();
    uint8_t *bytes = NULL;
    size_t size = 0;
    cr_assert_eq(file_read(path, 1 << 24, &bytes, &size), NNCL_OK);
    const size_t places[] = {0, strlen(key) + 2, size / 2, size - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bytes[places[i]] ^= 0x40;
        cr_assert_eq(nncl_file_write(path, bytes, size), NNCL_OK);
        cr_expect_not(loads(key), "damaged at %zu", places[i]);
        bytes[places[i]] ^= 0x40;
    }
    const size_t sizes[] = {0, 1, strlen(key), strlen(key) + 1, strlen(key) + 9, size - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        cr_assert_eq(nncl_file_write(path, bytes, sizes[i]), NNCL_OK);
        cr_expect_not(loads(key), "cut to %zu", sizes[i]);
    }
    keep(); /* in the damaged one's place */
    cr_expect(loads(key));
    free(bytes);
    free(path);
}
