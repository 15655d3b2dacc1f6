/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a training makes of its validation: --early-stop, --min-delta, --monitor, --keep-best. */
#ifndef TOOLS_MNIST_CL_STOPPING_H
#define TOOLS_MNIST_CL_STOPPING_H

#include <nncl/nncl.h>

#include "common/output.h"
#include "mnist-cl/progress.h"

struct stopping {
    uint64_t patience;
    double min_delta;
    const char *monitor; /* starts as "val_loss" */
    bool keeps_best;
};

/* Its options, as rows of a command's table. */
#define STOPPING_OPTIONS(stopping)                                                                 \
    {.name = "early-stop",                                                                         \
        .kind = OPTION_WHOLE,                                                                      \
        .value = &(stopping).patience,                                                             \
        .argument = "N",                                                                           \
        .help = "end after N epochs in a row without a better validation result",                  \
        .minimum = 1,                                                                              \
        .maximum = 1e6},                                                                           \
        {.name = "min-delta",                                                                      \
            .kind = OPTION_REAL,                                                                   \
            .value = &(stopping).min_delta,                                                        \
            .argument = "X",                                                                       \
            .help = "a result better by no more than X does not end the wait (0)",                 \
            .maximum = 1e9},                                                                       \
        {.name = "monitor",                                                                        \
            .kind = OPTION_TEXT,                                                                   \
            .value = &(stopping).monitor,                                                          \
            .argument = "NAME",                                                                    \
            .help = "the result that counts: val_loss or val_accuracy (val_loss)"},                \
    {                                                                                              \
        .name = "keep-best", .kind = OPTION_FLAG, .value = &(stopping).keeps_best,                 \
        .help = "save the model of the epoch with the best result, not of the last"                \
    }

/* Fails if the options do not go together. Returns an exit status. */
int stopping_check(const struct stopping *stopping);

/* Fails if `option`, being `given`, would decide something by the test set: that is for reporting
 * only, so a part of the training set must validate. Returns an exit status. */
int stopping_needs_split(const char *option, bool given, double validation_split);
int stopping_check_split(const struct stopping *stopping, double validation_split);

/* Sets the fit's options. */
void stopping_set(const struct stopping *stopping, struct nncl_fit_options *options);

/* Says after a training why it ended early, and which epoch's model it gave. */
void stopping_say(const struct stopping *stopping, const struct progress *progress);

/* Adds to a record's options and results. False when out of memory. */
bool stopping_add_options(const struct stopping *stopping, json_t *options);
bool stopping_add_results(
    const struct stopping *stopping, const struct progress *progress, json_t *record);

#endif
