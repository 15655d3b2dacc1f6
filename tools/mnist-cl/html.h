/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces of a web page. */
#ifndef TOOLS_MNIST_CL_HTML_H
#define TOOLS_MNIST_CL_HTML_H

#include <jansson.h>

#include "common/output.h"

/* Adds a text such that it is shown as it is and can end no attribute. */
void html_text(struct output *output, const char *text);

/* Adds a key of a record in words: "compute units" for "compute_units". */
void html_key(struct output *output, const char *key);

/* Adds a JSON value as text: a dash for null, nothing for arrays and objects. */
void html_value(struct output *output, const json_t *value);

/* Adds a table of two columns: keys and values of an object, those that are arrays and objects left
 * out. */
void html_object(struct output *output, const char *caption, const json_t *object);

/* A member that is a number; NaN where there is none. */
double html_number(const json_t *object, const char *key);

/* Adds a number with so many decimals, or a dash for NaN. */
void html_add_number(struct output *output, int digits, double value);

#endif
