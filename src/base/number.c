/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

/* Puts the calling thread into the C locale; returns the one to go back to, 0 on failure. */
static locale_t c_locale_enter(locale_t *c_locale)
{
    *c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return *c_locale ? uselocale(*c_locale) : (locale_t)0;
}

static void c_locale_leave(locale_t c_locale, locale_t before)
{
    uselocale(before);
    freelocale(c_locale);
}

enum nncl_status number_format(float value, char text[NUMBER_SIZE])
{
    locale_t c_locale, before = c_locale_enter(&c_locale);
    if (!before)
        return nncl_fail_memory("the C locale", NUMBER_SIZE);
    snprintf(text, NUMBER_SIZE, "%.9g", (double)value);
    c_locale_leave(c_locale, before);
    return NNCL_OK;
}

enum nncl_status number_format_short(float value, char text[NUMBER_SIZE])
{
    locale_t c_locale, before = c_locale_enter(&c_locale);
    if (!before)
        return nncl_fail_memory("the C locale", NUMBER_SIZE);
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, NUMBER_SIZE, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    c_locale_leave(c_locale, before);
    return NNCL_OK;
}

bool number_parse(const char *text, float *value)
{
    size_t length = strspn(text, "+-.0123456789eE");
    locale_t c_locale, before;
    if (length == 0 || text[length] || !(before = c_locale_enter(&c_locale)))
        return false;
    char *end;
    float number = strtof(text, &end);
    c_locale_leave(c_locale, before);
    if (end != text + length || !isfinite(number))
        return false;
    *value = number;
    return true;
}

bool count_parse(const char *text, size_t length, uint32_t *value)
{
    if (length < 1 || length > 10 || text[0] == '0')
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = 10 * number + (uint64_t)(text[i] - '0');
    }
    if (number > INT32_MAX)
        return false;
    *value = (uint32_t)number;
    return true;
}
