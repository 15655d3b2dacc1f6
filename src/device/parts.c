/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "device/parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "device/source.h"

/* A piece of the source text. */
struct word {
    const char *start;
    size_t length;
};

struct words {
    struct word *items;
    size_t count;
};

/* What a part's text defines. */
struct definitions {
    struct words macros, names;
    bool failed;
};

static bool equals(struct word word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.start, text, word.length) == 0;
}

static bool has(const struct words *words, struct word word)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->items[i].length == word.length &&
            memcmp(words->items[i].start, word.start, word.length) == 0)
            return true;
    return false;
}

static void add(struct definitions *definitions, struct words *words, struct word word)
{
    if (has(words, word) || definitions->failed)
        return;
    struct word *more = realloc(words->items, (words->count + 1) * sizeof *more);
    definitions->failed = !more;
    if (!more)
        return;
    words->items = more;
    more[words->count++] = word;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Past blanks, comments, and backslashes at the ends of lines. */
static const char *skip_blanks(const char *at)
{
    for (;;) {
        const char *end = NULL;
        if (isspace((unsigned char)*at) || *at == '\\')
            end = at + 1;
        else if (at[0] == '/' && at[1] == '/')
            end = at + strcspn(at, "\n");
        else if (at[0] == '/' && at[1] == '*')
            end = strstr(at + 2, "*/") ? strstr(at + 2, "*/") + 2 : at + strlen(at);
        if (!end)
            return at;
        at = end;
    }
}

/* Past the brackets that open at `at`. */
static const char *skip_brackets(const char *at)
{
    int depth = 0;
    do {
        depth += (*at == '(') - (*at == ')');
        at += *at != 0;
    } while (depth > 0 && *at);
    return at;
}

/* The next word at or behind `*at`, which goes past it; false at the text's end. `between` tells
 * whether there was a ';' before it. */
static bool next_word(const char **at, struct word *word, bool *between)
{
    const char *c = skip_blanks(*at);
    for (*between = false; *c && !in_word(*c); c = skip_blanks(c)) {
        *between = *between || *c == ';';
        c = *c == '"' ? c + 1 + strcspn(c + 1, "\"\n") : c;
        c += *c != 0;
    }
    word->start = c;
    while (in_word(*c))
        c++;
    word->length = (size_t)(c - word->start);
    *at = c;
    return word->length > 0;
}

/* Finds what `text` defines, whose bytes the definitions point into. */
static void find_definitions(const char *text, struct definitions *definitions)
{
    struct word word, before = {"", 0};
    bool function = false, type = false, semicolon;
    for (const char *at = text; next_word(&at, &word, &semicolon); before = word) {
        const char *next = skip_blanks(at);
        if (type && (semicolon || equals(word, "__attribute__"))) {
            add(definitions, &definitions->names, before);
            type = false;
        }
        if (equals(word, "__attribute__"))
            at = skip_brackets(next);
        else if (equals(before, "define"))
            add(definitions, &definitions->macros, word);
        else if (equals(word, "inline") || equals(word, "kernel"))
            function = true;
        else if (equals(word, "typedef"))
            type = true;
        else if ((equals(before, "struct") && *next == '{') ||
                 (function && *next == '(' && !has(&definitions->macros, word))) {
            add(definitions, &definitions->names, word);
            function = false;
        }
    }
}

/* "-DX=1 -DY" as macros, which are undone with the part's own. */
static void define_options(struct text *text, const char *options, struct definitions *definitions)
{
    for (const char *at = options; *at;) {
        at += strspn(at, " ");
        const size_t length = strcspn(at, " ");
        if (length > 2 && strncmp(at, "-D", 2) == 0) {
            const struct word name = {at + 2, strcspn(at + 2, "= ")};
            const bool valued = at[2 + name.length] == '=';
            const size_t head = 2 + name.length + valued;
            text_append(text, "#define %.*s %.*s\n", (int)name.length, name.start,
                valued ? (int)(length - head) : 1, valued ? at + head : "1");
            add(definitions, &definitions->macros, name);
        }
        at += length;
    }
}

static void append(struct text *text, const struct text *source, const char *options,
    unsigned number, struct definitions *definitions)
{
    const struct words *names = &definitions->names, *macros = &definitions->macros;
    define_options(text, options, definitions);
    for (size_t i = 0; i < names->count; i++)
        if (!has(macros, names->items[i]))
            text_append(text, "#define %.*s %.*s_%u\n", (int)names->items[i].length,
                names->items[i].start, (int)names->items[i].length, names->items[i].start, number);
    text_append(text, "%s\n", source->bytes);
    for (size_t i = 0; i < names->count; i++)
        text_append(text, "#undef %.*s\n", (int)names->items[i].length, names->items[i].start);
    for (size_t i = 0; i < macros->count; i++)
        text_append(text, "#undef %.*s\n", (int)macros->items[i].length, macros->items[i].start);
}

enum nncl_status part_append(
    struct text *text, const char *name, const char *options, unsigned number)
{
    struct text source = {0};
    struct definitions definitions = {0};
    enum nncl_status status = source_append(&source, name);
    if (status == NNCL_OK) {
        find_definitions(source.bytes, &definitions);
        append(text, &source, options, number, &definitions);
        if (definitions.failed || text->failed)
            status = nncl_fail_memory("a kernel's source", source.size);
    }
    free(definitions.names.items);
    free(definitions.macros.items);
    free(source.bytes);
    return status;
}

char *part_kernel(const char *kernel, unsigned number)
{
    return text_format("%s_%u", kernel, number);
}
