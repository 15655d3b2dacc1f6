/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Charts as inline SVG. Colours come from the page's style: classes "train" and "validation". */
#ifndef TOOLS_MNIST_CL_CHART_H
#define TOOLS_MNIST_CL_CHART_H

#include <jansson.h>
#include <stddef.h>

#include "common/output.h"

/* A curve over the epochs. */
struct chart_series {
    const char *name, *style; /* style: its class */
    const char *key;          /* of the number in each epoch's object */
};

struct chart {
    const char *title;
    const struct chart_series *series;
    size_t series_count;
};

/* Adds curves over an array of epochs; nothing where no epoch has any of the numbers. */
void chart_add(struct output *output, const struct chart *chart, const json_t *epochs);

/* Adds accuracy over confidence for the bins of a calibration. */
void chart_add_calibration(struct output *output, const json_t *bins);

#endif
