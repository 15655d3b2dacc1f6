/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char folder[] = "/tmp/nncl-file-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(file, .init = make_folder, .fini = remove_folder);

static void expect_contents(const char *path, const char *expected)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    cr_assert_eq(file_read(path, 1000, &bytes, &size), NNCL_OK, "%s", nncl_last_error());
    cr_expect_eq(size, strlen(expected));
    cr_expect_str_eq((char *)bytes, expected);
    free(bytes);
}

Test(file, write_replaces_and_keeps_mode)
{
    cr_assert_eq(nncl_file_write("a", "old", 3), NNCL_OK);
    cr_assert_eq(chmod("a", 0640), 0);
    cr_assert_eq(nncl_file_write("a", "new one", 7), NNCL_OK);
    expect_contents("a", "new one");
    struct stat info;
    cr_assert_eq(stat("a", &info), 0);
    cr_expect_eq(info.st_mode & 0777, 0640);
}

Test(file, abandoned_writing_leaves_the_old_file)
{
    cr_assert_eq(nncl_file_write("a", "old", 3), NNCL_OK);
    struct nncl_file_writer *writer = NULL;
    cr_assert_eq(nncl_file_writer_open("a", &writer), NNCL_OK);
    cr_assert_eq(nncl_file_writer_append(writer, "half", 4), NNCL_OK);
    nncl_file_writer_abandon(&writer);
    cr_expect_null(writer);
    expect_contents("a", "old");
    cr_expect_eq(system("test $(ls | wc -l) = 1"), 0, "the temporary file is still there");
}

Test(file, links_are_followed)
{
    cr_assert_eq(nncl_file_write("target", "old", 3), NNCL_OK);
    cr_assert_eq(symlink("target", "link"), 0);
    cr_assert_eq(nncl_file_write("link", "new", 3), NNCL_OK);
    expect_contents("target", "new");
    struct stat info;
    cr_assert_eq(lstat("link", &info), 0);
    cr_expect(S_ISLNK(info.st_mode));
}

Test(file, links_to_what_is_not_there_yet_are_followed)
{
    cr_assert_eq(mkdir("inner", 0700), 0);
    cr_assert_eq(symlink("new", "inner/link"), 0);
    cr_assert_eq(nncl_file_write("inner/link", "new", 3), NNCL_OK, "%s", nncl_last_error());
    expect_contents("inner/new", "new");
    struct stat info;
    cr_assert_eq(lstat("inner/link", &info), 0);
    cr_expect(S_ISLNK(info.st_mode));
    cr_assert_eq(symlink("no/such/folder", "dangling"), 0);
    cr_expect_eq(nncl_file_write("dangling", "x", 1), NNCL_FAILED);
}

Test(file, one_file_by_two_names_is_seen)
{
    cr_expect(nncl_file_same("absent", "./absent"));
    cr_expect_not(nncl_file_same("absent", "other"));
    cr_assert_eq(nncl_file_write("a", "x", 1), NNCL_OK);
    cr_assert_eq(symlink("a", "link"), 0);
    cr_expect(nncl_file_same("./a", "link"));
    cr_expect_not(nncl_file_same("/dev/null", "/dev/null"));
}

Test(file, devices_are_written_in_place)
{
    cr_expect_eq(nncl_file_write("/dev/null", "x", 1), NNCL_OK);
    cr_expect_eq(nncl_file_write("/dev/full", "x", 1), NNCL_FAILED);
    cr_expect(strstr(nncl_last_error(), "No space left"), "%s", nncl_last_error());
    struct stat info;
    cr_assert_eq(stat("/dev/full", &info), 0);
    cr_expect(S_ISCHR(info.st_mode));
}

Test(file, failures_name_the_path)
{
    cr_expect_eq(nncl_file_write("no/such/folder", "x", 1), NNCL_FAILED);
    cr_expect(strstr(nncl_last_error(), "no/such/folder"), "%s", nncl_last_error());
    uint8_t *bytes = NULL;
    size_t size;
    cr_expect_eq(file_read("missing", 10, &bytes, &size), NNCL_BAD_DATA);
    cr_assert_eq(nncl_file_write("large", "12345678901", 11), NNCL_OK);
    cr_expect_eq(file_read("large", 10, &bytes, &size), NNCL_BAD_DATA);
    cr_expect_null(bytes);
}

Test(file, folders_follow_the_xdg_variables)
{
    char *path = NULL;
    setenv("XDG_DATA_HOME", folder, 1);
    cr_assert_eq(nncl_data_path("m.safetensors", true, &path), NNCL_OK);
    cr_expect(strncmp(path, folder, strlen(folder)) == 0, "%s", path);
    cr_expect(strstr(path, "/nncl/m.safetensors"), "%s", path);
    nncl_free(path);
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    cr_expect_eq(nncl_data_path("x", false, &path), NNCL_FAILED);
}
