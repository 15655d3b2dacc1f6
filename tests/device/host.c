/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The `ref` device, which needs no OpenCL. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

#include "device/device.h"

static struct nncl_device *open_ref(void)
{
    struct nncl_device *device = NULL;
    cr_assert_eq(nncl_device_open("ref", &device), NNCL_OK, "%s", nncl_last_error());
    return device;
}

Test(host, is_opened_by_name_and_by_variable)
{
    struct nncl_device *device = open_ref();
    cr_expect(device_is_host(device));
    cr_expect_str_eq(nncl_device_get_info(device)->selector, "ref");
    cr_expect_str_eq(nncl_device_choice(device), "named by the selector \"ref\"");
    nncl_device_close(&device);
    setenv("NNCL_DEVICE", "REF", 1);
    cr_assert_eq(nncl_device_open(NULL, &device), NNCL_OK);
    cr_expect_str_eq(nncl_device_choice(device), "named by $NNCL_DEVICE, \"REF\"");
    nncl_device_close(&device);
    nncl_device_close(&device);
}

Test(host, buffers_are_aligned_memory)
{
    struct nncl_device *device = open_ref();
    struct buffer *buffer = NULL, *part = NULL;
    int back = 0;
    cr_assert_eq(buffer_create(device, 100, &buffer), NNCL_OK);
    cr_expect_eq((uintptr_t)buffer_host(buffer) % 64, 0);
    cr_assert_eq(buffer_zero(buffer), NNCL_OK);
    cr_assert_eq(buffer_write(buffer, 64, &(int){7}, sizeof(int)), NNCL_OK);
    cr_assert_eq(buffer_slice(buffer, 64, 36, &part), NNCL_OK);
    cr_assert_eq(buffer_read(part, 0, &back, sizeof back), NNCL_OK);
    cr_expect_eq(back, 7);
    cr_expect_eq(buffer_create(device, SIZE_MAX / 2, &buffer), NNCL_OUT_OF_MEMORY);
    buffer_free(&part);
    buffer_free(&buffer);
    nncl_device_close(&device);
}

Test(host, reads_later_are_done_at_once)
{
    struct nncl_device *device = open_ref();
    struct buffer *buffer = NULL;
    struct readback *readback = NULL;
    int back = 0;
    cr_assert_eq(buffer_create(device, sizeof back, &buffer), NNCL_OK);
    cr_assert_eq(buffer_write(buffer, 0, &(int){7}, sizeof back), NNCL_OK);
    cr_assert_eq(buffer_read_later(buffer, &back, sizeof back, &readback), NNCL_OK);
    cr_expect(readback_ready(readback));
    cr_assert_eq(readback_wait(&readback), NNCL_OK);
    cr_expect_eq(back, 7);
    cr_expect_eq(nncl_device_host_waits(device), 1, "only the write");
    buffer_free(&buffer);
    nncl_device_close(&device);
}
