/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Holding JSON against a schema. */
#ifndef TESTS_CLI_SCHEMA_H
#define TESTS_CLI_SCHEMA_H

#include <jansson.h>

/* Parses `text`, which must be one JSON value and nothing else, and holds it against `schema`:
 *   "string", "integer", "number", "boolean", "null", or several joined by "|": a value of that
 * type; [S]: an array of any length, each element as S;
 *   {"key": S, "?key": S, …}: an object of these keys and no others; "?" marks those that may be
 * absent. The calling test fails, naming the place, on any difference. Returns the value; drop the
 * reference. */
json_t *expect_json(const char *text, const char *schema);

/* What `mnist-cl eval --json` prints. */
extern const char *const evaluation_schema;

#endif
