/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

Test(number, floats_come_back_with_the_same_bits)
{
    static const float values[] = {0, -0.0f, 1, -1, 1 / 255.0f, 0.1f, 16777216, 123456.789f,
        FLT_MAX, FLT_MIN, FLT_TRUE_MIN, -3.4e38f, 1.17549421e-38f};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[NUMBER_SIZE];
        float back;
        cr_assert_eq(number_format(values[i], text), NNCL_OK);
        cr_assert(number_parse(text, &back), "%s", text);
        cr_expect_eq(memcmp(&back, &values[i], sizeof back), 0, "%s", text);
    }
}

Test(number, only_plain_decimals_are_numbers)
{
    static const char *const wrong[] = {"", " 1", "1 ", "1,5", "0x10", "inf", "nan", "1e", "1e5x",
        "1e39", "-1e39", "--1", "1.2.3", ".", "1\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        float value;
        cr_expect_not(number_parse(wrong[i], &value), "\"%s\"", wrong[i]);
    }
    float value = 0;
    cr_assert(number_parse("-1.5e-3", &value));
    cr_expect_eq(value, -1.5e-3f);
}

Test(number, short_forms_give_the_number_back)
{
    static const float numbers[] = {0.01f, 1, 0.2f, 1.5f, -2.5e-7f, 1 / 3.0f, 16777216};
    static const char *const texts[] = {
        "0.01", "1", "0.2", "1.5", "-2.5e-07", "0.33333334", "16777216"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[NUMBER_SIZE];
        float value;
        cr_assert_eq(number_format_short(numbers[i], text), NNCL_OK);
        cr_expect_str_eq(text, texts[i]);
        cr_expect(number_parse(text, &value) && value == numbers[i], "%s", text);
    }
}

Test(number, counts_are_strict)
{
    static const char *const wrong[] = {
        "", "0", "01", "+1", "-1", "1 ", "1.0", "2147483648", "99999999999", "1x", "٣"};
    uint32_t value = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_expect_not(count_parse(wrong[i], strlen(wrong[i]), &value), "\"%s\"", wrong[i]);
    cr_assert(count_parse("2147483647", 10, &value));
    cr_expect_eq(value, 2147483647u);
    cr_assert(count_parse("28x28", 2, &value));
    cr_expect_eq(value, 28u);
}
