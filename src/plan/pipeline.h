/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pipelined training steps, for small networks on CPUs, where a launch costs as much as the work of
 * some ops. A fused step of five launches,
 *
 *     batch   forward   head   update   end        (of the step state)
 *
 * is rotated: a training step begins where the one before has already done its forward product,
 *
 *     head + end + next batch   update   next forward
 *
 * so that one launch both ends a step and gathers for the next, and another both updates the first
 * layer and multiplies with it (with wide vectors, where each compute unit has a share of the
 * layer; elsewhere these stay two). A run of such steps begins with a batch and a forward product
 * of its own, the lead; what its last step gathered is not used, so that a run leaves what the same
 * steps one by one leave. Every sum is made in the same order as there: results are the same, bit
 * for bit.
 *
 * No launch reads what another of its work-items writes: batch, labels and state are there twice,
 * and steps use them in turn. So steps come in pairs, and the state is the caller's again behind
 * each pair. */
#ifndef NNCL_PLAN_PIPELINE_H
#define NNCL_PLAN_PIPELINE_H

#include <stdint.h>

#include "plan/plan.h"

enum { PIPELINE_TENSORS = 4 }; /* that pipeline_list adds to a list */

/* Rewrites a fused list into the launches of a first step, those of a second, and the lead. *round:
 * launches of a step; 0: the list is none that can be pipelined, and stays as it was. `tensors` of
 * the list has room for PIPELINE_TENSORS more. */
enum nncl_status pipeline_list(
    struct nncl_op_list *list, const struct nncl_device *device, size_t *round);

/* As nncl_plan_create; *plan is NULL if the list cannot be pipelined here. The plan's launches are
 * those of one step. Only pipeline_run runs it. */
enum nncl_status pipeline_create(struct nncl_device *device, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count, const struct nncl_plan_options *options,
    struct nncl_plan **plan);

/* Enqueues `pairs` times two training steps, as nncl_plan_run does one. */
enum nncl_status pipeline_run(struct nncl_plan *plan, uint32_t pairs);

#endif
