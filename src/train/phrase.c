/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/phrase.h"

#include <string.h>

#include "base/number.h"

const char *phrase_first(const char *text)
{
    return text + strspn(text, " ");
}

size_t phrase_length(const char *word)
{
    return strcspn(word, " ");
}

const char *phrase_next(const char *word)
{
    return phrase_first(word + phrase_length(word));
}

bool phrase_is(const char *word, const char *name)
{
    const size_t length = phrase_length(word);
    return strlen(name) == length && strncmp(word, name, length) == 0;
}

bool phrase_number(const char *word, size_t *name_length, float *number)
{
    const size_t length = phrase_length(word);
    char digits[NUMBER_SIZE];
    *name_length = strcspn(word, "= ");
    if (*name_length == length || length - *name_length > sizeof digits)
        return false;
    const size_t count = length - *name_length - 1;
    memcpy(digits, word + *name_length + 1, count);
    digits[count] = 0;
    return number_parse(digits, number);
}
