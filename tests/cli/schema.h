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
#define EVALUATION_SCHEMA                                                                          \
    "{'loss': 'number', 'accuracy': 'number', 'rows': 'integer', 'top': {'k': 'integer', "         \
    "'accuracy': 'number'}, 'classes': [{'class': 'integer', '?label': 'string', " SCORE_KEYS      \
    "}], 'macro': {" SCORE_KEYS "}, 'weighted': {" SCORE_KEYS                                      \
    "}, 'confusion': [['integer']], 'calibration': {'expected_error': 'number', 'bins': "          \
    "[{'confidence': 'number', 'accuracy': 'number', 'rows': 'integer'}]}}"
#define SCORE_KEYS                                                                                 \
    "'precision': 'number', 'recall': 'number', 'f1': 'number', 'auc': 'number|null', "            \
    "'rows': 'integer'"
extern const char *const evaluation_schema;

#endif
