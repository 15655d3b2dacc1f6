/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The table of optimizers. */
#ifndef NNCL_OPS_UPDATE_H
#define NNCL_OPS_UPDATE_H

#include "base/text.h"
#include "ops/op.h"

/* A tensor that an optimizer keeps of each parameter. */
struct optimizer_slot {
    const char *name;
    bool squares; /* sums up squares, and so is never negative */
};

struct optimizer {
    const struct op_type *type; /* of its op */
    struct nncl_optimizer_info info;
    struct optimizer_slot slots[NNCL_OPTIMIZER_SLOTS];
};

/* The entry of a kind that there is; NULL stands for the default. */
const struct optimizer *optimizer_of(const struct nncl_optimizer *optimizer);

/* Where a hyperparameter of this name stands; NULL if the optimizer has none. */
float *optimizer_hyperparameter(
    struct nncl_optimizer *optimizer, const char *name, size_t name_length);

/* Appends the names of those it has: "beta1, beta2, epsilon". */
void optimizer_append_names(const struct nncl_optimizer *optimizer, struct text *text);

/* Fills in the defaults of what is 0. Errors: NNCL_USAGE naming what is out of range, or what the
 * optimizer does not have. */
enum nncl_status optimizer_complete(struct nncl_optimizer *optimizer);

#endif
