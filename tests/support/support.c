/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "support.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/nncl-test-XXXXXX";

struct nncl_device *support_device(void)
{
    const char *selector = getenv("NNCL_TEST_DEVICE"), *required = getenv("NNCL_REQUIRE_DEVICE");
    struct nncl_device *device = NULL;
    enum nncl_status status = nncl_device_open(selector ? selector : "auto", &device);
    if (status == NNCL_NO_DEVICE && !(required && strcmp(required, "1") == 0))
        cr_skip_test("no OpenCL device");
    cr_assert_eq(status, NNCL_OK, "%s", nncl_last_error());
    return device;
}

static void keep_kernel_cache(void)
{
    char path[4096];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache)
        snprintf(path, sizeof path, "%s/pocl/kcache", cache);
    else
        snprintf(path, sizeof path, "%s/.cache/pocl/kcache", home ? home : "/tmp");
    setenv("POCL_CACHE_DIR", path, 0);
}

void support_folder_make(void)
{
    keep_kernel_cache();
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    setenv("HOME", folder, 1);
    setenv("XDG_CACHE_HOME", folder, 1);
    setenv("XDG_DATA_HOME", folder, 1);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

void support_folder_remove(void)
{
    cr_assert_eq(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *support_folder(void)
{
    return folder;
}
