/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "model/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/status.h"

/* Where `from` goes on behind spaces, ends of lines and comments; *line_end gets the first end of a
 * line that was passed, NULL if none was. */
static const char *skip_blank(const char *from, const char **line_end)
{
    *line_end = NULL;
    for (;;) {
        from += strspn(from, " \t\r");
        if (*from == '#')
            from += strcspn(from, "\n");
        if (*from != '\n')
            return from;
        if (!*line_end)
            *line_end = from;
        from++;
    }
}

/* Settles on what stands at or behind `from`. `fresh`: there is nothing to separate yet. */
static void words_settle(struct words *words, const char *from, bool fresh)
{
    const char *line_end;
    words->start = skip_blank(from, &line_end);
    words->comma = *words->start == ',';
    if (line_end && !fresh && *words->start && !words->comma) {
        words->start = line_end;
        words->comma = true;
    }
    words->length = words->comma ? 1 : strcspn(words->start, " \t\r\n,#");
    words->number += !words->comma && words->length > 0;
}

struct words words_first(const char *source, const char *text, const struct nncl_shape *reaching)
{
    struct words words = {.text = text, .source = source, .reaching = *reaching};
    words_settle(&words, text, true);
    return words;
}

void words_next(struct words *words)
{
    words_settle(words, words->start + words->length, words->comma);
}

bool words_at(const struct words *words, const char *word)
{
    return !words->comma && strlen(word) == words->length &&
           memcmp(words->start, word, words->length) == 0;
}

bool words_flag(struct words *words, const char *word)
{
    const bool stands = words_at(words, word);
    if (stands)
        words_next(words);
    return stands;
}

bool words_at_comma(const struct words *words)
{
    return words->comma;
}

bool words_at_end(const struct words *words)
{
    return words->length == 0;
}

bool words_at_number(const struct words *words)
{
    const char *start = words->start + (*words->start == '-' || *words->start == '+');
    return !words->comma && ((*start >= '0' && *start <= '9') || *start == '.');
}

enum nncl_status words_count(struct words *words, const char *what, uint32_t *value)
{
    if (!count_parse(words->start, words->length, value))
        return words_fail(words, "expected %s, a whole number from 1 to 2147483647", what);
    words_next(words);
    return NNCL_OK;
}

enum nncl_status words_sizes(struct words *words, const char *what, uint32_t sizes[2])
{
    const char *times = memchr(words->start, 'x', words->length);
    size_t first = times ? (size_t)(times - words->start) : words->length;
    bool good = count_parse(words->start, first, &sizes[0]);
    sizes[1] = sizes[0];
    if (good && times)
        good = count_parse(times + 1, words->length - first - 1, &sizes[1]);
    if (!good)
        return words_fail(words, "expected %s, such as 2 or 3x5", what);
    words_next(words);
    return NNCL_OK;
}

enum nncl_status words_number(
    struct words *words, const char *what, double low, double high, float *value)
{
    char number[NUMBER_SIZE] = "";
    if (!words->comma && words->length < sizeof number)
        memcpy(number, words->start, words->length);
    if (!number_parse(number, value) || (double)*value < low || (double)*value > high)
        return words_fail(words, "expected %s, a number from %g to %g", what, low, high);
    words_next(words);
    return NNCL_OK;
}

enum nncl_status words_named_number(
    struct words *words, const char *name, double low, double high, float *value)
{
    if (!words_at(words, name))
        return NNCL_OK;
    char what[SHOWN_SIZE];
    snprintf(what, sizeof what, "the number behind %s", name);
    words_next(words);
    return words_number(words, what, low, high, value);
}

/* The column of the word's first byte in its line, both counted from 1; *line gets 0 if the text
 * has only one. */
static size_t find_column(const struct words *words, size_t *line)
{
    const char *begin = words->text, *end;
    *line = 1;
    while ((end = memchr(begin, '\n', (size_t)(words->start - begin)))) {
        begin = end + 1;
        ++*line;
    }
    if (!strchr(words->text, '\n'))
        *line = 0;
    return (size_t)(words->start - begin) + 1;
}

/* Where in the text: `word 3 ("rleu", column 11)`, or `word 3 ("rleu", line 2, column 1)`. */
static void place_append(struct text *text, const struct words *words)
{
    size_t line, column = find_column(words, &line);
    char word[SHOWN_SIZE], at[64] = "";
    if (line)
        snprintf(at, sizeof at, "line %zu, ", line);
    if (words->number == 0)
        text_append(text, "its beginning (%scolumn %zu)", at, column);
    else if (words_at_end(words))
        text_append(text, "the end (behind word %zu, %scolumn %zu)", words->number, at, column);
    else if (words_at_comma(words))
        text_append(text, "the %s behind word %zu (%scolumn %zu)",
            *words->start == ',' ? "comma" : "end of the line", words->number, at, column);
    else
        text_append(text, "word %zu (\"%s\", %scolumn %zu)", words->number,
            text_shown(word, words->start, words->length), at, column);
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
        nncl_fail(status, "%s, at %s: %s; the shape that reaches this layer is %s", words->source,
            place.bytes, reason, shape.bytes);
    free(place.bytes);
    free(shape.bytes);
    return status;
}

void text_append_number(struct text *text, float value)
{
    char number[NUMBER_SIZE];
    if (number_format_short(value, number) == NNCL_OK)
        text_append(text, " %s", number);
    else
        text->failed = true;
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
