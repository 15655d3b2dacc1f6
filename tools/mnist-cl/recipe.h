/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a preset says about its training, as options. */
#ifndef TOOLS_MNIST_CL_RECIPE_H
#define TOOLS_MNIST_CL_RECIPE_H

#include <nncl/model.h>

#include "common/options.h"
#include "common/output.h"

/* If `network` names a preset, gives those of `options` that its recipe has a value for that value,
 * unless they stand on the command line, or what they belong to does. Returns an exit status, after
 * a message. */
int recipe_adopt(const char *network, const struct option *options);

/* Appends a recipe's options as one would type them: " --epochs 10 --batch-size 32". */
void recipe_write(const struct nncl_recipe *recipe, struct output *output);

#endif
