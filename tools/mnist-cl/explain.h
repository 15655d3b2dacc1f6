/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* --explain: what a step of training launches. */
#ifndef TOOLS_MNIST_CL_EXPLAIN_H
#define TOOLS_MNIST_CL_EXPLAIN_H

#include <jansson.h>
#include <nncl/plan.h>

enum { EXPLAIN_SHAPE_SIZE = 96 };

/* "32x128x784" */
const char *explain_shape(const struct nncl_shape *shape, char text[EXPLAIN_SHAPE_SIZE]);

/* Prints a line per launch and their number to stdout. Returns an exit status. */
int explain_print(const struct nncl_plan *plan);

/* The launches as an array; NULL when out of memory. */
json_t *explain_json(const struct nncl_plan *plan);

#endif
