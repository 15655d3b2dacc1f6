/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What validation decides in a training: which epoch is the best, and when it ends early. All of it
 * follows from the epochs' results, so a training that goes on counts them again. */
#ifndef NNCL_TRAIN_BEST_H
#define NNCL_TRAIN_BEST_H

#include <nncl/train.h>

struct best {
    bool any; /* there is one */
    uint32_t epoch;
    double value;    /* its result */
    double mark;     /* the result that a later one must better by more than min_delta … */
    uint32_t waited; /* … and how many epochs have not */
    bool ended;      /* they were enough */
};

/* Whether what the options, their defaults filled in, say of the best epoch can be followed.
 * Errors: NNCL_USAGE. */
enum nncl_status best_check(const struct nncl_fit_options *options, bool validates);

/* Takes an epoch that is done into account, and fills in what its results mean. */
void best_add(
    struct best *best, const struct nncl_fit_options *options, struct nncl_fit_progress *epoch);

#endif
