/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "common/output.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/status.h>

#include "common/messages.h"

/* ---- Text ---- */

static void add(struct output *output, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *bytes = length < 0 ? NULL : realloc(output->bytes, output->size + (size_t)length + 1);
    if (!bytes) {
        output->failed = true;
        return;
    }
    vsnprintf(bytes + output->size, (size_t)length + 1, format, arguments);
    output->bytes = bytes;
    output->size += (size_t)length;
}

void output_add(struct output *output, const char *format, ...)
{
    if (output->failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    add(output, format, arguments);
    va_end(arguments);
}

int output_print(struct output *output)
{
    int status = NNCL_OK;
    if (output->failed)
        status = message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the output");
    else if (output->size > 0)
        fwrite(output->bytes, 1, output->size, stdout); /* checked by message_finish */
    message_flush(); /* a run that is ended by a signal has shown what it found */
    free(output->bytes);
    *output = (struct output){0};
    return status;
}

void output_add_bytes(struct output *output, uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
        value /= 1024;
    bool whole = floor(value) == value || value >= 100;
    output_add(output, whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

/* ---- Tables ---- */

struct table {
    unsigned columns, right;
    size_t count;       /* cells so far */
    struct output text; /* all cells, each with its NUL */
};

struct table *table_create(unsigned columns, unsigned right)
{
    struct table *table = calloc(1, sizeof *table);
    if (table) {
        table->columns = columns;
        table->right = right;
    }
    return table;
}

void table_cell(struct table *table, const char *format, ...)
{
    if (!table || table->text.failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    add(&table->text, format, arguments);
    va_end(arguments);
    table->text.size += !table->text.failed; /* keep the NUL */
    table->count++;
}

/* Columns on a terminal, counting the first byte of each UTF-8 sequence. */
static size_t display_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void measure(const struct table *table, size_t *widths)
{
    const char *cell = table->text.bytes;
    for (size_t i = 0; i < table->count; i++) {
        size_t width = display_width(cell);
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
        cell += strlen(cell) + 1;
    }
}

static void add_rows(const struct table *table, const size_t *widths, struct output *output)
{
    const char *cell = table->text.bytes;
    size_t pending = 0; /* spaces, written only in front of something */
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns, width = display_width(cell);
        size_t padding = widths[column] - width;
        bool right = table->right >> column & 1;
        if (right)
            pending += padding;
        if (width > 0) {
            output_add(output, "%*s%s", (int)pending, "", cell);
            pending = 0;
        } else {
            padding = right ? 0 : widths[column];
        }
        pending += (right ? 0 : padding) + 2;
        if (column + 1 == table->columns) {
            output_add(output, "\n");
            pending = 0;
        }
        cell += strlen(cell) + 1;
    }
}

void table_finish(struct table **table, struct output *output)
{
    struct table *t = *table;
    *table = NULL;
    size_t *widths = t ? calloc(t->columns, sizeof *widths) : NULL;
    if (widths && !t->text.failed) {
        measure(t, widths);
        add_rows(t, widths, output);
    } else {
        output->failed = true;
    }
    free(widths);
    if (t)
        free(t->text.bytes);
    free(t);
}

/* ---- JSON ---- */

json_t *json_text(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    char *copy = malloc(strlen(text) + 1);
    if (!copy)
        return NULL;
    for (size_t i = 0;; i++) {
        copy[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
        if (!text[i])
            break;
    }
    value = json_string(copy);
    free(copy);
    return value;
}

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

char *json_format(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(value);
    size_t length = text ? strlen(text) : 0;
    char *longer = text ? realloc(text, length + 2) : NULL;
    if (longer)
        memcpy(longer + length, "\n", 2);
    else
        free(text);
    return longer;
}

int json_print(json_t *value)
{
    char *text = json_format(value);
    if (!text)
        return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the JSON output");
    fputs(text, stdout); /* checked by message_finish */
    free(text);
    return NNCL_OK;
}
