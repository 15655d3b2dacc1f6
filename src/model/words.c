/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "model/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/status.h"

static const char spaces[] = " \t\r\n";

/* Settles on what stands at or behind `from`. */
static void words_settle(struct words *words, const char *from)
{
    words->start = from + strspn(from, spaces);
    if (*words->start == ',') {
        words->length = 1;
    } else {
        words->length = strcspn(words->start, " \t\r\n,");
        words->number += words->length > 0;
    }
}

struct words words_first(const char *text, const struct nncl_shape *reaching)
{
    struct words words = {.text = text, .reaching = *reaching};
    words_settle(&words, text);
    return words;
}

void words_next(struct words *words)
{
    words_settle(words, words->start + words->length);
}

bool words_at(const struct words *words, const char *word)
{
    return strlen(word) == words->length && memcmp(words->start, word, words->length) == 0;
}

bool words_at_end(const struct words *words)
{
    return words->length == 0;
}

enum nncl_status words_count(struct words *words, const char *what, uint32_t *value)
{
    if (!count_parse(words->start, words->length, value))
        return words_fail(words, "expected %s, a whole number from 1 to 2147483647", what);
    words_next(words);
    return NNCL_OK;
}

/* Where in the text: `word 3 ("rleu", column 11)`. */
static void place_append(struct text *text, const struct words *words)
{
    size_t column = (size_t)(words->start - words->text) + 1;
    char word[SHOWN_SIZE];
    if (words_at_end(words))
        text_append(text, "the end (behind word %zu, column %zu)", words->number, column);
    else if (words_at(words, ","))
        text_append(text, "the comma behind word %zu (column %zu)", words->number, column);
    else
        text_append(text, "word %zu (\"%s\", column %zu)", words->number,
            text_shown(word, words->start, words->length), column);
}

enum nncl_status words_fail(const struct words *words, const char *format, ...)
{
    char reason[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);

    struct text place = {0}, shape = {0};
    place_append(&place, words);
    shape_append(&shape, &words->reaching);
    enum nncl_status status = NNCL_USAGE;
    if (place.failed || shape.failed)
        status = nncl_fail_memory("a message", place.size + shape.size);
    else
        nncl_fail(status, "network text, at %s: %s; the shape that reaches this layer is %s",
            place.bytes, reason, shape.bytes);
    free(place.bytes);
    free(shape.bytes);
    return status;
}

void shape_append(struct text *text, const struct nncl_shape *shape)
{
    for (unsigned axis = 0; axis < shape->rank; axis++)
        text_append(text, "%s%zu", axis ? ", " : "[", shape->size[axis]);
    text_append(text, "]");
}

const char *text_shown(char buffer[SHOWN_SIZE], const char *text, size_t length)
{
    const size_t room = SHOWN_SIZE - 1;
    size_t count = length < room ? length : room;
    for (size_t i = 0; i < count; i++)
        buffer[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
    if (length > room)
        memcpy(buffer + room - 3, "...", 3);
    buffer[count] = 0;
    return buffer;
}
