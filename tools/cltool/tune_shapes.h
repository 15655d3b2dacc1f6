/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What "cltool tune" is told to tune, and its hidden other half. */
#ifndef TOOLS_CLTOOL_TUNE_SHAPES_H
#define TOOLS_CLTOOL_TUNE_SHAPES_H

#include <nncl/tune.h>

/* The word by which "cltool tune" calls cltool to measure one set of parameters. */
#define TUNE_WORKER "tune-worker"

/* Answers a request. Returns the exit status. */
int tune_work(const char *request);

struct tune_shapes {
    struct nncl_tune_shape *shapes; /* free all with tune_shapes_free */
    size_t count;
    struct nncl_tune_convolution *convolutions;
    size_t convolution_count;
};

/* Sizes "M,N,K", "M,N,K,ta,tb", several separated by colons; anything else is the path of a saved
 * model, in whose training batches have `batch` rows. Returns the exit status, with a message. */
int tune_shapes_get(const char *text, size_t batch, struct tune_shapes *shapes);
void tune_shapes_free(struct tune_shapes *shapes);

/* "90", "90s" or "2m" as seconds, from 1 to 1e6; false for anything else. */
bool tune_parse_budget(const char *text, double *seconds);

#endif
