/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A bad driver does not take the others down. Its partner is whatever the system has. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nncl/log.h>

#include "base/file.h"
#include "base/text.h"
#include "device/list.h"
#include "support.h"

static struct text said;

static void note(void *user, enum nncl_log_level level, const char *line)
{
    (void)user;
    if (level == NNCL_LOG_WARNING)
        text_append(&said, "%s\n", line);
}

/* The loader sees the system's drivers and the fake one, which comes first. */
static void make_drivers(void)
{
    support_folder_make();
    nncl_log_set(note, NULL, NNCL_LOG_DEBUG);
    const char *library = getenv("NNCL_FAKE_ICD");
    cr_assert_not_null(library);
    cr_assert_eq(mkdir("vendors", 0700), 0);
    cr_assert_eq(nncl_file_write("vendors/000.icd", library, strlen(library)), NNCL_OK);
    cr_assert_eq(system("ln -s /etc/OpenCL/vendors/*.icd vendors/"), 0);
    char *path = text_format("%s/vendors", support_folder());
    setenv("OCL_ICD_VENDORS", path, 1);
    free(path);
}

TestSuite(drivers, .init = make_drivers, .fini = support_folder_remove, .timeout = 60);

static bool has_platform(const struct nncl_device_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->records[i].info.platform, name) == 0)
            return true;
    return false;
}

/* Lists the devices: those of the system must be there, the fake one must be `there` or not. */
static struct nncl_device_list *list_devices(const char *act, bool there)
{
    struct nncl_device_list *list = NULL;
    setenv("NNCL_FAKE_DRIVER", act, 1);
    cr_assert_eq(nncl_device_list_create(&list), NNCL_OK, "%s", nncl_last_error());
    cr_expect_eq(has_platform(list, "Fake platform"), there);
    if (getenv("NNCL_REQUIRE_DEVICE"))
        cr_expect_gt(list->count, (size_t)there, "the system's devices are gone");
    return list;
}

static void expect_left_out(const char *act, const char *how)
{
    struct nncl_device_list *list = list_devices(act, false);
    cr_assert_not_null(said.bytes);
    cr_expect_not_null(strstr(said.bytes, how), "%s", said.bytes);
    cr_expect_not_null(strstr(said.bytes, "vendors/000.icd"), "%s", said.bytes);
    cr_expect_not_null(strstr(getenv("OCL_ICD_VENDORS"), support_folder()), "not put back");
    cr_expect_not(file_exists("nncl/drivers-known-good"));
    nncl_device_list_free(&list);
}

Test(drivers, one_that_crashes_is_left_out)
{
    expect_left_out("crash", "crashed (Aborted)");
}

Test(drivers, one_that_crashes_on_loading_is_left_out)
{
    expect_left_out("constructor", "crashed (Aborted)");
}

Test(drivers, one_that_hangs_is_left_out)
{
    expect_left_out("hang", "gave no answer within 10 s");
}

Test(drivers, one_that_fails_is_warned_of)
{
    struct nncl_device_list *list = list_devices("devices", false);
    cr_assert_not_null(said.bytes);
    cr_expect_not_null(strstr(said.bytes, "Fake platform"));
    cr_expect_not_null(strstr(said.bytes, "CL_OUT_OF_HOST_MEMORY"), "%s", said.bytes);
    nncl_device_list_free(&list);
}

Test(drivers, good_ones_are_remembered)
{
    struct nncl_device_list *list = list_devices("gpu", true);
    cr_expect(file_exists("nncl/drivers-known-good"));
    cr_expect_null(said.bytes);
    nncl_device_list_free(&list);
}

Test(drivers, missing_answers_are_missing_fields)
{
    struct nncl_device_list *list = list_devices("gpu", true);
    const struct nncl_device_info *info = nncl_device_list_get(list, 0);
    cr_expect_str_eq(info->selector, "gpu0");
    cr_expect_str_eq(info->name, "Fake GPU");
    cr_expect_str_eq(info->driver, "");
    cr_expect_eq(info->compute_units, 0);
    cr_expect(info->eligible);
    nncl_device_list_free(&list);
}

Test(drivers, auto_passes_over_a_device_that_does_not_open)
{
    struct nncl_device_list *list = list_devices("gpu", true);
    size_t count = nncl_device_list_count(list);
    struct nncl_device *device = NULL;
    nncl_device_list_free(&list);
    cr_expect_eq(nncl_device_open("gpu0", &device), NNCL_DEVICE_LOST);
    cr_expect_not_null(strstr(nncl_last_error(), "CL_DEVICE_NOT_AVAILABLE"));
    if (count == 1)
        cr_skip_test("no OpenCL device but the fake one");
    cr_assert_eq(nncl_device_open("auto", &device), NNCL_OK, "%s", nncl_last_error());
    cr_expect_not_null(
        strstr(nncl_device_choice(device), "gpu0 did not open"), "%s", nncl_device_choice(device));
    cr_expect_not_null(strstr(said.bytes, "gpu0 (Fake GPU) does not open"), "%s", said.bytes);
    nncl_device_close(&device);
}
