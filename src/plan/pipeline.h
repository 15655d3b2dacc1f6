/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pipelined training steps, for networks with one small hidden layer on CPUs, where a launch costs
 * as much as the work of some ops. A fused step of five launches,
 *
 *     batch   forward   head   update   end        (of the step state)
 *
 * is rotated: a training step begins where the one before has already done its forward product, and
 * all the rest is one launch,
 *
 *     head + end + update + next forward
 *
 * in which each work-item has a slice of the hidden layer (cl/fused_step.cl). A run of such steps
 * begins with the lead: a batch and a forward product of its own, and the first layer's weights are
 * packed slice by slice, so that no two cores work on neighbouring cache lines; its tail puts them
 * back. Steps read batches as lists of what is not 0 (cl/lists.h.cl): the lead makes the first two,
 * and each step that of the one after the next. What the last steps make for later ones is not
 * used, so that a run leaves what the same steps one by one leave. Every sum is made in the same
 * order as there: results are the same, bit for bit.
 *
 * No work-item reads what another one writes: the state, the hidden layer's outputs and the last
 * layer's parameters are there twice, and steps use them in turn. Behind an odd number of steps the
 * tail copies them to where the caller has them. */
#ifndef NNCL_PLAN_PIPELINE_H
#define NNCL_PLAN_PIPELINE_H

#include <stdint.h>

#include "plan/plan.h"

enum { PIPELINE_TENSORS = 10 }; /* that pipeline_list adds to a list */

/* Rewrites a fused list into the lead, a first step, a second one, and the tail; run in this order,
 * each finds what it needs. *round: the launches of a step; 0: the list is none that can be
 * pipelined, and stays as it was. `tensors` of the list has room for PIPELINE_TENSORS more. */
enum nncl_status pipeline_list(
    struct nncl_op_list *list, const struct nncl_device *device, struct plan_round *round);

/* As nncl_plan_create; *plan is NULL if the list cannot be pipelined here. The plan's launches are
 * those of one step. Only pipeline_run runs it. */
enum nncl_status pipeline_create(struct nncl_device *device, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count, const struct nncl_plan_options *options,
    struct nncl_plan **plan);

/* Enqueues `steps` training steps, as nncl_plan_run does one. */
enum nncl_status pipeline_run(struct nncl_plan *plan, uint32_t steps);

#endif
