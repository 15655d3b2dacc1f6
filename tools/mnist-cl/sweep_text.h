/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The text of --sweep: "lr=1e-2,1e-3 hidden=64,(128,64) seed=1..3". */
#ifndef TOOLS_MNIST_CL_SWEEP_TEXT_H
#define TOOLS_MNIST_CL_SWEEP_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "common/options.h"

/* An option and the values it is to have. */
struct axis {
    const struct option *option;
    char **values; /* as on the command line; of a flag: "on" or "off" */
    size_t count;
};

struct grid {
    struct axis *axes;
    size_t count;
    uint64_t *points; /* which combinations of all are run; the last axis changes fastest */
    size_t runs;
};

enum { GRID_RUNS_MOST = 10000 };

/* Reads the text; axes are named like options. Starts from {0}. Says what is wrong with which word
 * and returns an exit status. */
int grid_parse(const char *text, const struct option *options, struct grid *grid);

/* Chooses the points: all, or `some` drawn by `seed` unless that is 0. Returns an exit status. */
int grid_choose(struct grid *grid, uint64_t some, uint64_t seed);

/* The value that an axis has in a run. */
const char *grid_value(const struct grid *grid, size_t run, size_t axis);

/* The axis of this name, or NULL. */
const struct axis *grid_axis(const struct grid *grid, const char *name);

void grid_free(struct grid *grid);

#endif
