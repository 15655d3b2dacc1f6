/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A command's options in a checkpoint, and back. */
#ifndef TOOLS_MNIST_CL_RESUME_H
#define TOOLS_MNIST_CL_RESUME_H

#include <nncl/nncl.h>

#include "common/output.h"

struct option;

/* A training that goes on; starts as {0}. */
struct resume {
    struct nncl_checkpoint *checkpoint;
    json_t *settings; /* what texts in the options' variables live in */
    char *note;       /* for the checkpoints to come */
};

/* Reads the checkpoint, says where the training goes on, and sets every option that was not given
 * on the command line to what the training had; one that was given must not contradict. Returns an
 * exit status. */
int resume_open(struct resume *resume, const char *path, const struct option *options);

/* Makes the note for checkpoints of a training with these options. Returns an exit status. */
int resume_note(struct resume *resume, const struct option *options);

void resume_close(struct resume *resume);

#endif
