/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The check before a training: one step of the plan about to run, held against the reference. */
#ifndef NNCL_TRAIN_TRIAL_H
#define NNCL_TRAIN_TRIAL_H

#include <nncl/data.h>
#include <nncl/device.h>
#include <nncl/model.h>
#include <nncl/train.h>

/* Trains `model` (which stays as it is) for one step on made-up rows like those of `train`, on the
 * device three times and on the reference once, with the programs and work-groups that training
 * with `options` will use; pictures are mixed but not changed. A batch that would keep the
 * reference busy for more than a moment has fewer rows. Blocks. Errors: NNCL_CHECK_FAILED naming
 * the tensor and both values, and those of making and running a plan. */
enum nncl_status trial_run(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_fit_options *options);

#endif
