/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a training is asked for: the options of "mnist-cl train", and which of them go together. */
#ifndef TOOLS_MNIST_CL_TRAIN_OPTIONS_H
#define TOOLS_MNIST_CL_TRAIN_OPTIONS_H

#include <nncl/nncl.h>

#include "common/options.h"
#include "mnist-cl/resume.h"
#include "mnist-cl/stopping.h"
#include "mnist-cl/sweep.h"
#include "mnist-cl/train_data.h"
#include "mnist-cl/watch.h"

/* Texts are NULL and numbers 0 where an option was not given and has no value of its own. */
struct train_options {
    const char *device, *gemm, *conv;
    uint64_t memory_limit; /* bytes */
    struct train_data_options data;
    const char *augment;
    struct nncl_augmentation augmentation; /* read from `augment` */

    const char *network, *hidden, *initialiser;
    uint64_t epochs, batch_size, accumulate, seed;
    const char *optimizer, *schedule, *loss;
    double momentum, weight_decay, clip_norm, clip_value, ema_decay;
    double learning_rate, label_smoothing;
    struct stopping stopping;

    const char *save_path, *json_path, *runs_folder;
    const char *checkpoint_path, *resume_path;
    uint64_t checkpoint_every; /* steps; 0: an epoch */
    struct sweep sweep;
    struct watch watch;
    bool quiet, verbose, only_plan;
};

/* Those of this process, and the table that the command line sets them by. */
extern struct train_options train_options;
extern const struct option train_option_table[];

/* Completes train_options: with a checkpoint by its settings, else by a preset's for what the
 * command line lacks, and by the optimizer's learning rate. Says so if options contradict each
 * other. Opens `resume`, which the caller closes, after a failure, too. Returns an exit status. */
int train_options_settle(struct resume *resume);

#endif
