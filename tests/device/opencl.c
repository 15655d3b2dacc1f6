/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Buffers, programs and steps on the device under test. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "device/step.h"
#include "opencl_program.h"
#include "support.h"

static struct nncl_device *device;

static void open_device(void)
{
    support_folder_make();
    setenv("NNCL_CL_DIR", support_folder(), 1);
    device = support_device();
}

static void close_device(void)
{
    nncl_device_close(&device);
    cr_expect_null(device);
    support_folder_remove();
}

TestSuite(opencl, .init = open_device, .fini = close_device);

static void put(const char *path, const char *text)
{
    cr_assert_eq(nncl_file_write(path, text, strlen(text)), NNCL_OK);
}

Test(opencl, buffers_carry_bytes)
{
    struct buffer *buffer = NULL;
    const char text[] = "0123456789";
    char back[11] = "";
    cr_assert_eq(buffer_create(device, 11, &buffer), NNCL_OK, "%s", nncl_last_error());
    cr_assert_eq(buffer_write(buffer, 0, text, 11), NNCL_OK);
    cr_assert_eq(buffer_read(buffer, 3, back, 4), NNCL_OK);
    cr_expect_str_eq(back, "3456");
    cr_assert_eq(buffer_zero(buffer), NNCL_OK);
    cr_assert_eq(buffer_read(buffer, 0, back, 11), NNCL_OK);
    cr_expect_arr_eq(back, ((char[11]){0}), 11);
    cr_expect_eq(nncl_device_host_waits(device), 3);
    cr_expect_eq(buffer_read(buffer, 8, back, 4), NNCL_USAGE);
    cr_expect_eq(buffer_write(buffer, 12, text, 0), NNCL_USAGE);
    buffer_free(&buffer);
    cr_expect_null(buffer);
}

/* Whether or not the device shares the host's memory. */
Test(opencl, shared_buffers_carry_bytes)
{
    struct buffer *whole = NULL, *part = NULL;
    const size_t alignment = nncl_device_get_info(device)->base_alignment;
    const char text[] = "0123456789";
    char back[11] = "";
    cr_assert_eq(buffer_create_shared(device, 2 * alignment, &whole), NNCL_OK);
    cr_assert_eq(buffer_slice(whole, alignment, alignment, &part), NNCL_OK);
    cr_expect_eq(part->host != NULL, whole->host != NULL);
    cr_assert_eq(buffer_write_later(part, text, 11), NNCL_OK);
    cr_assert_eq(buffer_read(whole, alignment + 3, back, 4), NNCL_OK);
    cr_expect_str_eq(back, "3456");
    cr_assert_eq(buffer_zero(part), NNCL_OK);
    cr_assert_eq(buffer_read(part, 0, back, 11), NNCL_OK);
    cr_expect_arr_eq(back, ((char[11]){0}), 11);
    cr_expect_eq(nncl_device_host_waits(device), 2);
    cr_expect_eq(buffer_write_later(part, text, alignment + 1), NNCL_USAGE);
    buffer_free(&part);
    buffer_free(&whole);
}

Test(opencl, slices_are_parts)
{
    struct buffer *whole = NULL, *part = NULL;
    const size_t alignment = nncl_device_get_info(device)->base_alignment;
    float *values = calloc(1, 4 * alignment);
    float got = 0;
    cr_assert_eq(buffer_create(device, 4 * alignment, &whole), NNCL_OK);
    values[alignment / sizeof *values] = 42;
    cr_assert_eq(buffer_write(whole, 0, values, 4 * alignment), NNCL_OK);
    cr_assert_eq(buffer_slice(whole, alignment, alignment, &part), NNCL_OK);
    cr_assert_eq(buffer_read(part, 0, &got, sizeof got), NNCL_OK);
    cr_expect_eq(got, 42);
    cr_expect_eq(buffer_slice(whole, alignment + 1, 4, &part), NNCL_USAGE);
    cr_expect_eq(buffer_slice(whole, alignment, 4 * alignment, &part), NNCL_USAGE);
    buffer_free(&part);
    buffer_free(&whole);
    free(values);
}

Test(opencl, reading_later_does_not_count_when_ready)
{
    struct buffer *buffer = NULL;
    struct readback *readback = NULL;
    int back = 1;
    cr_assert_eq(buffer_create(device, sizeof back, &buffer), NNCL_OK);
    cr_assert_eq(buffer_zero(buffer), NNCL_OK);
    cr_assert_eq(buffer_read_later(buffer, &back, sizeof back, &readback), NNCL_OK);
    while (!readback_ready(readback))
        ;
    cr_assert_eq(readback_wait(&readback), NNCL_OK);
    cr_expect_null(readback);
    cr_expect_eq(back, 0);
    cr_expect_eq(nncl_device_host_waits(device), 0);
    cr_assert_eq(nncl_device_finish(device), NNCL_OK);
    cr_expect_eq(nncl_device_host_waits(device), 1);
    buffer_free(&buffer);
}

Test(opencl, too_large_a_buffer_names_both_sizes)
{
    struct buffer *buffer = NULL;
    char limit[32];
    cr_assert_eq(buffer_create(device, (size_t)1 << 62, &buffer), NNCL_OUT_OF_MEMORY);
    snprintf(limit, sizeof limit, "%llu",
        (unsigned long long)nncl_device_get_info(device)->max_allocation);
    cr_expect_not_null(strstr(nncl_last_error(), "4611686018427387904"));
    cr_expect_not_null(strstr(nncl_last_error(), limit), "%s", nncl_last_error());
    cr_expect_null(buffer);
}

/* Launches `axpy` of $NNCL_CL_DIR/test.cl on 5 elements. */
static enum nncl_status launch_axpy(struct buffer *x, struct buffer *y, size_t group)
{
    struct step step = {0};
    const struct step_argument arguments[] = {
        ARG_BUFFER(x), ARG_BUFFER(y), ARG_FLOAT(2), ARG_UINT(5)};
    const struct step_launch launch = {.program = "test",
        .kernel = "axpy",
        .options = "-DOFFSET=1.0f",
        .dimensions = 1,
        .global = {5},
        .local = {group}};
    enum nncl_status status = step_launch(device, &launch, arguments, 4, &step);
    if (status == NNCL_OK) {
        cr_expect_eq(step.local[0] ? step.global[0] % step.local[0] : 0, 0);
        status = step_enqueue(&step);
    }
    step_clear(&step);
    return status;
}

static const char axpy[] = "#include \"twice.h.cl\"\n"
                           "kernel void axpy(global const float *x, global float *y, float a,\n"
                           "    uint n)\n"
                           "{\n"
                           "    uint i = get_global_id(0);\n"
                           "    if (i < n)\n"
                           "        y[i] = twice(a) * x[i] + OFFSET;\n"
                           "}\n";

Test(opencl, kernels_run_with_any_group)
{
    put("test.cl", axpy);
    put("twice.h.cl", "inline float twice(float a)\n{\n    return 2.0f * a;\n}\n");
    const float values[5] = {1, 2, 3, 4, 5};
    const size_t groups[] = {0, 1, 4, 7, 1 << 20};
    for (int i = 0; i < 5; i++) {
        struct buffer *x = NULL, *y = NULL;
        float result[5] = {0};
        cr_assert_eq(buffer_create(device, sizeof values, &x), NNCL_OK);
        cr_assert_eq(buffer_create(device, sizeof values, &y), NNCL_OK);
        cr_assert_eq(buffer_write(x, 0, values, sizeof values), NNCL_OK);
        cr_assert_eq(launch_axpy(x, y, groups[i]), NNCL_OK, "%s", nncl_last_error());
        cr_assert_eq(buffer_read(y, 0, result, sizeof result), NNCL_OK);
        cr_expect_arr_eq(result, ((float[]){5, 9, 13, 17, 21}), sizeof result);
        buffer_free(&x);
        buffer_free(&y);
    }
}

Test(opencl, a_build_log_names_file_and_line)
{
    put("test.cl", axpy);
    put("twice.h.cl", "\n\nfloat twice(float a) { return undeclared; }\n");
    cr_assert_eq(launch_axpy(NULL, NULL, 1), NNCL_BUILD_FAILED);
    cr_expect_not_null(strstr(nncl_last_error(), "cl/twice.h.cl:3"), "%s", nncl_last_error());
    put("twice.h.cl", "inline float twice(float a) { return a; }\n");
    put("test.cl", "#include \"twice.h.cl\"\n\nkernel void axpy() { wrong; }\n");
    cr_assert_eq(launch_axpy(NULL, NULL, 1), NNCL_BUILD_FAILED);
    cr_expect_not_null(strstr(nncl_last_error(), "cl/test.cl:3"), "%s", nncl_last_error());
}

Test(opencl, missing_files_kernels_and_arguments_are_named)
{
    put("test.cl", "kernel void other(global float *x) { x[0] = 1.0f; }\n");
    cr_expect_eq(launch_axpy(NULL, NULL, 1), NNCL_FAILED);
    cr_expect_not_null(strstr(nncl_last_error(), "CL_INVALID_KERNEL_NAME"));
    cr_expect_not_null(strstr(nncl_last_error(), "axpy"));
    put("test.cl", "#include \"absent.h.cl\"\n");
    cl_kernel kernel;
    cr_expect_eq(opencl_kernel(device, "test", "-DX", "axpy", &kernel), NNCL_BUILD_FAILED);
    cr_expect_not_null(strstr(nncl_last_error(), "absent.h.cl"));
    cr_expect_eq(opencl_kernel(device, "nothing", "", "axpy", &kernel), NNCL_BUILD_FAILED);
    cr_expect_not_null(strstr(nncl_last_error(), "nothing.cl"));
}

Test(opencl, a_program_is_built_once_per_options)
{
    put("test.cl", "kernel void other(global float *x) { x[0] = 1.0f; }\n");
    const cl_program first = opencl_program_of(device, "test", "", "other"),
                     again = opencl_program_of(device, "test", "", "other"),
                     different = opencl_program_of(device, "test", "-DX", "other");
    cr_expect_eq(first, again);
    cr_expect_neq(first, different);
}

Test(opencl, tensors_are_zero_and_keep_their_shape)
{
    struct nncl_tensor *tensor = NULL;
    const struct nncl_shape shape = {2, {3, 5}};
    float values[15];
    cr_assert_eq(nncl_tensor_create(device, NNCL_FLOAT32, &shape, &tensor), NNCL_OK);
    cr_assert_eq(nncl_tensor_read(tensor, values), NNCL_OK);
    for (int i = 0; i < 15; i++)
        cr_expect_eq(values[i], 0);
    cr_expect_eq(nncl_tensor_shape(tensor)->size[1], 5);
    cr_expect_eq(nncl_tensor_type(tensor), NNCL_FLOAT32);
    nncl_tensor_free(&tensor);
    const struct nncl_shape none = {2, {3, 0}}, huge = {2, {SIZE_MAX, 2}};
    cr_expect_eq(nncl_tensor_create(device, NNCL_FLOAT32, &none, &tensor), NNCL_USAGE);
    cr_expect_eq(nncl_tensor_create(device, NNCL_FLOAT32, &huge, &tensor), NNCL_USAGE);
}

Test(opencl, pretended_limits_hold)
{
    struct nncl_device *small = NULL;
    setenv("NNCL_PRETEND", "work_group=2,local_memory=1024,allocation=4096", 1);
    cr_assert_eq(nncl_device_open(nncl_device_get_info(device)->selector, &small), NNCL_OK);
    const struct nncl_device_info *info = nncl_device_get_info(small);
    cr_expect_eq(info->max_work_group, 2);
    cr_expect_eq(info->local_memory, 1024);
    cr_expect_eq(step_group(small, 64), 2);
    struct buffer *buffer = NULL;
    cr_expect_eq(buffer_create(small, 4097, &buffer), NNCL_OUT_OF_MEMORY);
    nncl_device_close(&small);
    setenv("NNCL_PRETEND", "work_group=many", 1);
    cr_expect_eq(nncl_device_open("auto", &small), NNCL_USAGE);
}
