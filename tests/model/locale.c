/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A host program in a locale that writes decimal commas: model files are the same. */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nncl/model.h>

#include "base/file.h"
#include "scratch.h"

TestSuite(locale, .init = scratch_enter, .fini = scratch_leave);

static bool comma_locale(void)
{
    return setlocale(LC_ALL, "de_DE.UTF-8") && strcmp(localeconv()->decimal_point, ",") == 0;
}

/* Takes the system's German locale, or makes one in the scratch folder. */
static bool enter_comma_locale(void)
{
    if (comma_locale())
        return true;
    char folder[4096];
    int made = system("localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 >/dev/null 2>&1");
    return made != -1 && getcwd(folder, sizeof folder) && setenv("LOCPATH", folder, 1) == 0 &&
           comma_locale();
}

static void expect_same_file(const char *a, const char *b)
{
    uint8_t *bytes_a = NULL, *bytes_b = NULL;
    size_t size_a = 0, size_b = 0;
    cr_assert_eq(file_read(a, 1 << 20, &bytes_a, &size_a), NNCL_OK);
    cr_assert_eq(file_read(b, 1 << 20, &bytes_b, &size_b), NNCL_OK);
    cr_expect(size_a == size_b && memcmp(bytes_a, bytes_b, size_a) == 0, "%s", bytes_b + 8);
    free(bytes_a);
    free(bytes_b);
}

Test(locale, model_files_have_decimal_points)
{
    struct nncl_model *model = small_model(), *back = NULL;
    cr_assert_eq(nncl_model_save(model, "plain"), NNCL_OK);
    if (!enter_comma_locale())
        cr_skip_test("no locale with a decimal comma, and localedef makes none");
    cr_assert_eq(nncl_model_save(model, "comma"), NNCL_OK, "%s", nncl_last_error());
    expect_same_file("plain", "comma");
    cr_assert_eq(nncl_model_load("comma", &back), NNCL_OK, "%s", nncl_last_error());
    cr_expect_eq(nncl_model_get_input(back)->scale, 0.5f);
    cr_expect_eq(nncl_model_get_input(back)->shift, -0.25f);
    cr_expect_str_eq(localeconv()->decimal_point, ",", "the caller's locale stays");
    nncl_model_free(&model);
    nncl_model_free(&back);
}
