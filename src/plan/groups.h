/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rewrites that make one launch of several ops which are not element-wise (src/ops/groups.h). Each
 * leaves a list alone in which it does not find exactly what its kernel computes. Grouped ops leave
 * gaps: ops without a type. */
#ifndef NNCL_PLAN_GROUPS_H
#define NNCL_PLAN_GROUPS_H

#include "ops/op.h"

/* A batch's order, its features that stay bytes, its labels. */
enum nncl_status group_batch(struct nncl_op_list *list);

/* The last dense layer, the loss, the way back and the updates of small parameters, on CPUs. */
enum nncl_status group_head(struct nncl_op_list *list, const struct nncl_device *device);

#endif
