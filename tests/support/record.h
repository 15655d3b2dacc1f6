/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a peer's program recorded, as JSON beside the tests. Link with `test_support` and jansson.
 */
#ifndef NNCL_TESTS_RECORD_H
#define NNCL_TESTS_RECORD_H

#include <jansson.h>

/* Reads a file of the source tree, such as "tests/train/score.json"; the test fails if it cannot.
 * Free with json_decref. */
json_t *record_read(const char *name);

#endif
