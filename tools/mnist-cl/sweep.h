/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl train --sweep: one training for each combination of settings, each in a process of its
 * own, so that one that fails or crashes does not end the others. */
#ifndef TOOLS_MNIST_CL_SWEEP_H
#define TOOLS_MNIST_CL_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"

struct sweep {
    const char *text, *devices; /* --sweep, --sweep-devices; NULL: not given */
    uint64_t draws;             /* --sweep-random; 0: all */
};

#define SWEEP_OPTIONS(sweep)                                                                       \
    {.name = "sweep",                                                                              \
        .kind = OPTION_TEXT,                                                                       \
        .value = &(sweep).text,                                                                    \
        .argument = "TEXT",                                                                        \
        .help = "train with all combinations: \"lr=1e-2,1e-3 hidden=64,128 seed=1..3\""},          \
        {.name = "sweep-random",                                                                   \
            .kind = OPTION_WHOLE,                                                                  \
            .value = &(sweep).draws,                                                               \
            .argument = "N",                                                                       \
            .help = "with N of them, drawn by the seed",                                           \
            .minimum = 1,                                                                          \
            .maximum = 1e4},                                                                       \
    {                                                                                              \
        .name = "sweep-devices", .kind = OPTION_TEXT, .value = &(sweep).devices,                   \
        .argument = "SEL[,SEL...]", .help = "compute on these, a training on each at a time"       \
    }

/* What the command line says beside the sweep. */
struct sweep_order {
    const struct option *options; /* of train: those given go to each training */
    double validation_split;
    uint64_t seed;
    const char *save_path; /* where the best model goes */
    const char *json_path, *runs_folder;
    bool quiet;
};

/* Fails if the options do not go together. Returns an exit status. */
int sweep_check(const struct sweep *sweep);

/* Does all trainings and prints the table. Returns an exit status. */
int sweep_run(const struct sweep *sweep, const struct sweep_order *order);

/* The sweep to which this process belongs, and the number of its training there; NULL: none. */
const char *sweep_of_this(uint64_t *number);

#endif
