/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The results of a sweep, ranked by validation. */
#ifndef TOOLS_MNIST_CL_SWEEP_TABLE_H
#define TOOLS_MNIST_CL_SWEEP_TABLE_H

#include <stdbool.h>

#include "common/output.h"
#include "mnist-cl/sweep_text.h"

/* What a training of a sweep gave; starts as {0}. */
struct sweep_result {
    size_t run;
    bool ended, good;
    int status; /* of its process, once it has ended */
    double begin, seconds;
    double val_accuracy, val_loss; /* if it is good */
    json_t *record;                /* as in the folder of runs; NULL: it came to none */
    char words[256];               /* why it is not good */
};

/* Sets what follows from status and record. */
void sweep_result_settle(struct sweep_result *result);

/* Negative if `one` is to stand before `other`: more accurate in validation, or else with less
 * loss, or else earlier; what is not good comes last. */
int sweep_compare(const struct sweep_result *one, const struct sweep_result *other);

/* Tells of a training that has ended, the `ended`-th one to do so. */
void sweep_say(const struct grid *grid, const struct sweep_result *result, size_t ended);

/* Prints the table and the accuracy on the test set of the best model. Returns an exit status. */
int sweep_print(const struct grid *grid, const struct sweep_result *results);

/* Writes it as JSON. Returns an exit status. */
int sweep_write_json(const struct grid *grid, const struct sweep_result *results, const char *name,
    const char *path);

#endif
