/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is shown and remembered of a training while it runs. */
#ifndef TOOLS_MNIST_CL_PROGRESS_H
#define TOOLS_MNIST_CL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include <nncl/nncl.h>

struct progress {
    const struct nncl_device *device;
    bool quiet;                       /* no line per epoch, no bar */
    bool live;                        /* stderr can show a bar */
    struct nncl_fit_progress *epochs; /* those done */
    size_t epoch_count;
    bool failed;     /* out of memory: not all epochs are kept */
    bool stopped;    /* an interrupt ended the training */
    bool began;      /* the first step was enqueued */
    bool told_build; /* that kernels take long to build */
    double build_begin;
    uint64_t waits_before, host_waits; /* of the host for the device, within epochs */
};

void progress_start(struct progress *progress, const struct nncl_device *device, bool quiet);

/* Has the epochs that were done before a checkpoint among those kept; NULL: none. */
void progress_resume(struct progress *progress, const struct nncl_checkpoint *checkpoint);

/* An nncl_fit_callback whose user is a struct progress: draws the bar on stderr, prints a line per
 * epoch to stdout, and ends the fit after an interrupt. */
bool progress_update(void *user, const struct nncl_fit_progress *now);

/* Takes the bar away and frees what was kept. */
void progress_finish(struct progress *progress);

#endif
