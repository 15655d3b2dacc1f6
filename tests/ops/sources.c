/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The kernels' sources: OpenCL C 1.2 without warnings, and no double anywhere. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "device/opencl.h"
#include "support.h"

TestSuite(sources, .init = support_folder_make, .fini = support_folder_remove);

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && strcmp(name + length - end_length, end) == 0;
}

/* Calls `visit` with the name of each file of cl/ that ends in ".cl". */
static void each_source(void (*visit)(void *user, const char *folder, const char *name), void *user)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/cl", getenv("NNCL_SOURCE_DIR"));
    DIR *directory = opendir(folder);
    cr_assert_not_null(directory, "%s", folder);
    size_t seen = 0;
    for (struct dirent *entry; (entry = readdir(directory));)
        if (ends_in(entry->d_name, ".cl")) {
            visit(user, folder, entry->d_name);
            seen++;
        }
    closedir(directory);
    cr_expect_gt(seen, 15);
}

/* Options under which kernels are built; files that need others stand first. */
static const struct {
    const char *file, *options[8];
} variants[] = {
    {"gather.cl", {"-DWIDTH=4 -DSOURCE=uchar", "-DWIDTH=16 -DSOURCE=uchar",
                      "-DWIDTH=8 -DSOURCE=float", "-DWIDTH=8 -DSOURCE=uint"}},
    {"gemm_vector.cl",
        {"-DROWS=4 -DWIDTH=1 -DVECTORS=1 -DTRANSPOSE_A=0",
            "-DROWS=4 -DWIDTH=2 -DVECTORS=1 -DTRANSPOSE_A=1",
            "-DROWS=4 -DWIDTH=4 -DVECTORS=1 -DTRANSPOSE_A=0",
            "-DROWS=4 -DWIDTH=8 -DVECTORS=2 -DTRANSPOSE_A=1",
            "-DROWS=4 -DWIDTH=16 -DVECTORS=4 -DTRANSPOSE_A=0 -DEPILOGUE_0=BIAS -DEPILOGUE_1=RELU",
            "-DROWS=4 -DWIDTH=1 -DVECTORS=1 -DTRANSPOSE_A=0 -DEPILOGUE_0=RELU_BACKWARD",
            "-DROWS=4 -DWIDTH=16 -DVECTORS=4 -DTRANSPOSE_A=1 -DEPILOGUE_0=ADAM -DSTORES_RESULT=0"}},
    {"bias.cl", {"-DWIDTH=4", "-DWIDTH=8 -DEPILOGUE_0=ADAM -DSTORES_RESULT=0",
                    "-DWIDTH=16 -DEPILOGUE_0=RELU"}},
    {"metrics.cl", {"-DGROUP=1", "-DGROUP=256"}},
    {NULL, {"", "-DWIDTH=4", "-DWIDTH=8", "-DWIDTH=16"}},
};

static void build(void *user, const char *folder, const char *name)
{
    (void)folder;
    if (ends_in(name, ".h.cl"))
        return;
    size_t row = 0;
    while (variants[row].file && strcmp(variants[row].file, name) != 0)
        row++;
    char program_name[64];
    snprintf(program_name, sizeof program_name, "%.*s", (int)(strlen(name) - strlen(".cl")), name);
    for (const char *const *options = variants[row].options; *options; options++) {
        char strict[256];
        cl_program program;
        snprintf(strict, sizeof strict, "-Werror %s", *options);
        cr_expect_eq(
            opencl_program(user, program_name, strict, &program), NNCL_OK, "%s", nncl_last_error());
    }
}

Test(sources, build_without_warnings)
{
    struct nncl_device *device = support_device();
    each_source(build, device);
    nncl_device_close(&device);
}

/* Overwrites comments and strings with blanks. */
static void strip(char *text)
{
    for (char *c = text; *c; c++) {
        const char *end = NULL;
        if (strncmp(c, "/*", 2) == 0)
            end = strstr(c, "*/") + 2;
        else if (strncmp(c, "//", 2) == 0)
            end = c + strcspn(c, "\n");
        else if (*c == '"')
            end = c + 1 + strcspn(c + 1, "\"");
        while (end && c < end)
            *c++ = ' ';
    }
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Whether a preprocessing number is a floating constant without the suffix f. */
static bool is_double(const char *number, size_t length)
{
    bool hexadecimal = length > 1 && (number[1] == 'x' || number[1] == 'X'), floating = false;
    for (size_t i = 0; i < length; i++)
        floating = floating || number[i] == '.' ||
                   (hexadecimal ? strchr("pP", number[i]) : strchr("eE", number[i]));
    return floating && number[length - 1] != 'f' && number[length - 1] != 'F';
}

static size_t number_length(const char *number)
{
    size_t length = 1;
    while (in_word(number[length]) || number[length] == '.' ||
           (strchr("+-", number[length]) && number[length] && strchr("eEpP", number[length - 1])))
        length++;
    return length;
}

/* The first double constant or use of the type, or NULL. */
static const char *find_double(const char *text)
{
    for (const char *c = text; *c;) {
        bool starts_number =
            isdigit((unsigned char)*c) || (*c == '.' && isdigit((unsigned char)c[1]));
        size_t length = 1;
        if (starts_number) {
            length = number_length(c);
            if (is_double(c, length))
                return c;
        } else if (in_word(*c)) {
            while (in_word(c[length]))
                length++;
            if (strncmp(c, "double", 6) == 0 || (length >= 4 && strncmp(c, "half", length) == 0))
                return c;
        }
        c += length;
    }
    return NULL;
}

static void look_for_double(void *user, const char *folder, const char *name)
{
    (void)user;
    char path[4096 + 256];
    uint8_t *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &size), NNCL_OK, "%s", nncl_last_error());
    strip((char *)bytes);
    const char *found = find_double((const char *)bytes);
    cr_expect_null(found, "cl/%s: %.30s", name, found);
    free(bytes);
}

Test(sources, hold_no_double)
{
    each_source(look_for_double, NULL);
}

Test(sources, the_search_finds_doubles)
{
    static const char *const doubles[] = {
        "x = 1.0;", "x * .5", "1e-7 + x", "1. / x", "0x1p-3", "double x", "double4 x"};
    static const char *const floats[] = {
        "x = 1.0f;", "x * .5f", "1e-7f + x", "x.s0", "0x1p-3f", "0xCD9E8D57u", "v4 + 3u", "0xe5"};
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++)
        cr_expect_not_null(find_double(doubles[i]), "%s", doubles[i]);
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++)
        cr_expect_null(find_double(floats[i]), "%s", floats[i]);
}
