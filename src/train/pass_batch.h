/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The op list of one batch of a pass, with its bindings and its plan. */
#ifndef NNCL_TRAIN_PASS_BATCH_H
#define NNCL_TRAIN_PASS_BATCH_H

#include "train/pass.h"

/* Writes down the ops over `rows` rows of part number `part` of the data. Of the pass there must be
 * the tensors, the number of rows and the schedule. Free with pass_batch_free, after a failure,
 * too.
 */
enum nncl_status pass_batch_create(struct pass *pass, const struct pass_recipe *recipe, size_t rows,
    unsigned part, struct pass_batch *batch);

/* Makes the plan that runs them. */
enum nncl_status pass_batch_plan(struct pass *pass, struct pass_batch *batch);
void pass_batch_free(struct pass_batch *batch);

#endif
