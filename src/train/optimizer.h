/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The optimizer that a training's options ask for. */
#ifndef NNCL_TRAIN_OPTIMIZER_H
#define NNCL_TRAIN_OPTIMIZER_H

#include <nncl/train.h>

#include "ops/update.h"

/* Which one it is, complete. Errors: NNCL_USAGE saying what the options have wrong. */
enum nncl_status optimizer_choose(
    const struct nncl_fit_options *options, struct nncl_optimizer *optimizer);

#endif
