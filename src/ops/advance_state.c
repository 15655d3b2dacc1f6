/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The end of a training step. */
#include <stdio.h>

#include "base/status.h"
#include "ops/groups.h"
#include "ref/ref.h"

static enum nncl_status advance_prepare(struct op_site *site)
{
    const struct nncl_advance_state *advance = (const void *)site->op->attributes;
    const struct step_launch launch = {.program = "advance_state",
        .kernel = "advance_state",
        .dimensions = 1,
        .global = {1},
        .local = {1}};
    return op_launch(site, &launch,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_UINT(advance->batch), ARG_UINT(advance->count)));
}

static enum nncl_status schedule_prepare(struct op_site *site)
{
    const struct nncl_advance_state *advance = (const void *)site->op->attributes;
    const struct nncl_schedule *s = &advance->schedule;
    char options[32];
    snprintf(options, sizeof options, "-DSCHEDULE=%d", (int)s->kind);
    const struct step_launch launch = {.program = "advance_state",
        .kernel = "schedule",
        .options = options,
        .dimensions = 1,
        .global = {1},
        .local = {1}};
    return op_launch(site, &launch,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_UINT(advance->batch), ARG_UINT(advance->count), ARG_FLOAT(s->rate),
            ARG_FLOAT(s->factor), ARG_UINT(s->every), ARG_FLOAT(s->warmup),
            ARG_FLOAT((float)s->steps), ARG_FLOAT(s->start), ARG_FLOAT(s->end)));
}

static void advance_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    (void)list;
    const struct nncl_advance_state *advance = (const void *)op->attributes;
    ref_advance_state(advance, arrays[0], arrays[1]);
}

static const struct op_type op_advance_state = {.name = "advance_state",
    .inputs = 1,
    .updates = 1,
    .prepare = advance_prepare,
    .reference = advance_reference};

static const struct op_type op_schedule = {.name = "schedule",
    .inputs = 1,
    .updates = 1,
    .prepare = schedule_prepare,
    .reference = advance_reference};

float nncl_schedule_rate(const struct nncl_schedule *schedule, uint32_t step, uint32_t epoch)
{
    return ref_schedule(schedule, step, epoch);
}

static enum nncl_status check_schedule(const struct nncl_schedule *s)
{
    const bool by_epochs = s->kind == NNCL_STEP || s->kind == NNCL_EXPONENTIAL,
               by_steps = s->kind == NNCL_COSINE || s->kind == NNCL_ONECYCLE;
    if (s->kind == NNCL_CONSTANT)
        return NNCL_OK;
    if (!by_epochs && !by_steps)
        return nncl_fail(NNCL_USAGE, "schedule: there is none of number %d", (int)s->kind);
    if (!(s->rate > 0))
        return nncl_fail(NNCL_USAGE, "schedule: the rate must be above 0, not %g", (double)s->rate);
    if (by_epochs && (!(s->factor > 0) || (s->kind == NNCL_STEP && s->every == 0)))
        return nncl_fail(NNCL_USAGE,
            "schedule: a factor of %g every %u epochs; both must be above 0", (double)s->factor,
            s->kind == NNCL_STEP ? s->every : 1);
    if (by_steps && (!(s->warmup >= 0) || s->warmup > (float)s->steps || s->steps == 0))
        return nncl_fail(NNCL_USAGE, "schedule: %g of %u steps cannot be for warming up",
            (double)s->warmup, s->steps);
    return NNCL_OK;
}

const struct op_type op_next_state = {.name = "advance_state", .inputs = 2, .outputs = 1};

enum nncl_status nncl_op_advance_state(struct nncl_op_list *list,
    const struct nncl_advance_state *advance, nncl_tensor_id batch_loss, nncl_tensor_id state)
{
    const struct op_demand demands[] = {{batch_loss, "batch_loss", NNCL_FLOAT32, SHAPE(1)},
        {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)}};
    enum nncl_status status = op_demand(list, "advance_state", demands, 2);
    if (status != NNCL_OK)
        return status;
    if (advance->batch == 0 || advance->batch > advance->count)
        return nncl_fail(NNCL_USAGE,
            "advance_state: a batch of %u rows cannot come from data of %u rows", advance->batch,
            advance->count);
    status = check_schedule(&advance->schedule);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {batch_loss, state};
    const bool constant = advance->schedule.kind == NNCL_CONSTANT;
    return op_append(
        list, constant ? &op_advance_state : &op_schedule, given, NULL, advance, sizeof *advance);
}
