/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Who uses which tensor, for the rewrites of an op list. Removed ops have no type and use nothing.
 */
#ifndef NNCL_PLAN_USES_H
#define NNCL_PLAN_USES_H

#include "ops/op.h"

/* Whether an op is of the type of this name. */
bool op_is(const struct op *op, const char *name);

/* The tensor that an op and what is folded into it ends in; SIZE_MAX if it only updates others. */
size_t result_of(const struct op *op);

/* How often an op, with what is folded into it, reads or updates a tensor. */
unsigned count_uses(const struct op *op, size_t tensor);

/* The only op that reads `tensor`, if there is exactly one and it reads it once; else the count of
 * ops. */
size_t only_reader(const struct nncl_op_list *list, size_t tensor);

/* Whether `updating`, or what is folded into it, updates a tensor that `op` uses. */
bool updates_any_input_of(const struct op *updating, const struct op *op);

#endif
