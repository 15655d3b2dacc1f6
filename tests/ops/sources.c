/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The kernels' sources as text: no double anywhere, and each kernel among those broken on purpose.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "damages.h"
#include "source_files.h"

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

static bool has_damage(const char *kernel, size_t length)
{
    for (size_t i = 0; i < DAMAGES; i++)
        if (strlen(damages[i].kernel) == length && strncmp(damages[i].kernel, kernel, length) == 0)
            return true;
    return false;
}

static void expect_damages(void *user, const char *folder, const char *file)
{
    (void)user;
    static const char word[] = "kernel void ";
    char path[4096 + 256];
    uint8_t *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    cr_assert_eq(file_read(path, 1 << 20, &bytes, &size), NNCL_OK, "%s", nncl_last_error());
    for (const char *next = (const char *)bytes; (next = strstr(next, word));) {
        next += strlen(word);
        int length = (int)strcspn(next, "(");
        cr_expect(has_damage(next, (size_t)length), "no damage for the kernel %.*s of %s", length,
            next, file);
    }
    free(bytes);
}

/* A kernel that broken.c does not break would never be seen to be checked. */
Test(sources, every_kernel_has_its_damage)
{
    each_source(expect_damages, NULL);
}
