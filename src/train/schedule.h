/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The schedule of the learning rate that a training's options ask for. */
#ifndef NNCL_TRAIN_SCHEDULE_H
#define NNCL_TRAIN_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include <nncl/train.h>

/* Whether a schedule goes by the number of epochs, so that it cannot be another later. */
bool schedule_spans(const char *text);

/* The schedule of a training of `steps` steps an epoch, as the device advances it; `options` are
 * complete. Errors: NNCL_USAGE saying what the text has wrong. */
enum nncl_status schedule_choose(
    const struct nncl_fit_options *options, uint32_t steps, struct nncl_schedule *schedule);

/* Reduce on plateau: after each epoch the host looks at the validation loss. */
struct plateau {
    float rate, factor, least, delta;
    uint32_t patience;
    double best;
    uint32_t waited; /* epochs since the best, or since the rate was reduced */
};

/* Begins with the first epoch. *used: whether the options ask for it. */
enum nncl_status plateau_begin(
    const struct nncl_fit_options *options, struct plateau *plateau, bool *used);

/* Takes note of an epoch; true if the rate changes. */
bool plateau_observe(struct plateau *plateau, double val_loss);

#endif
