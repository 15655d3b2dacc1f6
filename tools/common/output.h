/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Putting together what a program prints: text, aligned columns, JSON. */
#ifndef TOOLS_COMMON_OUTPUT_H
#define TOOLS_COMMON_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text that grows; starts as {0}. Once memory runs out `failed` is set and additions do nothing.
 * Free `bytes` with free(). */
struct output {
    char *bytes; /* NUL-terminated once something was added */
    size_t size;
    bool failed;
};

void output_add(struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints the text to stdout and frees it. Returns the exit status: 0, or 6 with a message. */
int output_print(struct output *output);

/* "512 KiB", "15.6 GiB". */
void output_add_bytes(struct output *output, uint64_t bytes);

/* Columns as wide as their widest cell, two spaces apart. */
struct table;

/* `right`: which columns are aligned to the right, one bit each. NULL when out of memory. */
struct table *table_create(unsigned columns, unsigned right);

/* Adds the next cell, row by row. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the table to `output` and frees it; NULL marks `output` as failed. */
void table_finish(struct table **table, struct output *output);

/* A string for JSON; what is not UTF-8 in a driver's text becomes '?'. */
json_t *json_text(const char *text);

/* A number for JSON; null where it is not finite. */
json_t *json_number(double value);

/* The value as text with a final newline, dropping the reference; NULL when out of memory or if the
 * value is NULL. Free with free(). */
char *json_format(json_t *value);

/* Prints the value to stdout and drops the reference; NULL means that memory ran out.
 * Returns the exit status: 0, or 6 with a message. */
int json_print(json_t *value);

#endif
