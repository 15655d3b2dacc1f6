/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The kernels' sources as text: no double anywhere, and each kernel and op among those broken on
 * purpose. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/check.h>

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
    char *text = source_read(folder, name);
    strip(text);
    const char *found = find_double(text);
    cr_expect_null(found, "cl/%s: %.30s", name, found);
    free(text);
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

static bool has_damage(const char *kernel)
{
    for (size_t i = 0; i < DAMAGES; i++)
        if (strcmp(damages[i].kernel, kernel) == 0)
            return true;
    return false;
}

static void expect_damages(void *user, const char *folder, const char *file)
{
    (void)user;
    char *text = source_read(folder, file), kernel[64];
    for (const char *next = text; (next = next_kernel(next, kernel));)
        cr_expect(has_damage(kernel), "no damage for the kernel %s of %s", kernel, file);
    free(text);
}

/* A kernel that broken.c does not break would never be seen to be checked. */
Test(sources, every_kernel_has_its_damage)
{
    each_source(expect_damages, NULL);
}

/* Of a name such as "matmul+bias (vector)": the first op, behind which others or a provider follow.
 */
static size_t first_op(const char *name)
{
    return strcspn(name, " +,");
}

static bool op_has_damage(const char *op)
{
    const size_t length = first_op(op);
    for (size_t i = 0; i < DAMAGES; i++)
        if (damages[i].op && first_op(damages[i].op) == length &&
            strncmp(damages[i].op, op, length) == 0)
            return true;
    return false;
}

/* An op whose check has never failed may have one that cannot. */
Test(sources, every_op_has_its_damage)
{
    for (size_t i = 0; i < nncl_check_op_count(); i++)
        cr_expect(
            op_has_damage(nncl_check_op_name(i)), "no damage for the op %s", nncl_check_op_name(i));
}
