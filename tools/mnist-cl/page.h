/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The page that shows a training. */
#ifndef TOOLS_MNIST_CL_PAGE_H
#define TOOLS_MNIST_CL_PAGE_H

#include <jansson.h>

#include "common/output.h"

/* Adds the whole page for a record as `train --json` writes it; what it lacks is left out. */
void page_add(struct output *output, const json_t *record);

/* Adds what the evaluation in a record tells, and its examples. */
void page_add_results(struct output *output, const json_t *record);

#endif
