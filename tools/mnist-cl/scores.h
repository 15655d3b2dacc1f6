/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An evaluation as text and as JSON. */
#ifndef TOOLS_MNIST_CL_SCORES_H
#define TOOLS_MNIST_CL_SCORES_H

#include <jansson.h>

#include <nncl/evaluate.h>

#include "common/output.h"

/* Adds all scores as lines and tables. `names` of the classes may be NULL, here and below. */
void scores_add(
    const struct nncl_evaluation *evaluation, const char *const *names, struct output *output);

/* All scores as an object; NULL when out of memory. */
json_t *scores_json(const struct nncl_evaluation *evaluation, const char *const *names);

#endif
