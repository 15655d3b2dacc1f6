/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Passes: their batches, and what they keep on a device. */
#include "train/pass.h"

#include <string.h>

#include <nncl/program.h>

#include "base/status.h"
#include "device/device.h"
#include "plan/pipeline.h"
#include "plan/plan.h"
#include "train/pass_batch.h"
#include "train/schedule.h"

/* Steps that train on data that stay on the device may be pipelined. Their kernel computes the
 * products itself, which whoever names a provider wants to come from that one. */
static enum nncl_status create_pipeline(struct pass *pass, const struct pass_recipe *recipe)
{
    const struct nncl_plan_options options = {.gemm = recipe->gemm};
    const struct pass_batch *full = &pass->full;
    const bool forced = recipe->gemm && strcmp(recipe->gemm, "auto") != 0;
    if (recipe->purpose != PASS_TRAIN || pass->feeder || recipe->options->accumulate > 1 || forced)
        return NNCL_OK;
    return pipeline_create(
        pass->device, full->list, full->bindings, full->binding_count, &options, &pass->pipeline);
}

static enum nncl_status create_tensors(struct pass *pass, const struct pass_recipe *recipe)
{
    enum nncl_status status = NNCL_OK;
    const uint64_t seed = recipe->purpose == PASS_TRAIN ? recipe->options->seed : 0;
    const struct nncl_shape state = {1, {NNCL_STATE_SIZE}}, metrics = {1, {NNCL_METRICS_SIZE}};
    TRY(nncl_tensor_create(pass->device, NNCL_UINT32, &state, &pass->state));
    TRY(nncl_tensor_create(pass->device, NNCL_UINT32, &metrics, &pass->metrics));
    if (recipe->data->piece) {
        TRY(nncl_tensor_create(pass->device, NNCL_UINT32, &state, &pass->place));
        TRY(feeder_create(recipe->data, seed, recipe->purpose == PASS_TRAIN, &pass->feeder));
    }
out:
    return status;
}

/* Which part of the data has the rows of a step. */
static unsigned part_of(const struct pass *pass, uint32_t step)
{
    return step / pass->piece_steps % 2;
}

const struct nncl_plan *pass_plan(const struct pass *pass)
{
    return pass->pipeline ? pass->pipeline : pass->full.plan;
}

const struct pass_batch *pass_batch_of(const struct pass *pass, uint32_t step)
{
    if (step + 1 == pass->steps && pass->last.plan)
        return &pass->last;
    return part_of(pass, step) == 0 ? &pass->full : &pass->other;
}

static enum nncl_status create_batch(struct pass *pass, const struct pass_recipe *recipe,
    size_t rows, unsigned part, struct pass_batch *batch)
{
    enum nncl_status status = pass_batch_create(pass, recipe, rows, part, batch);
    return status == NNCL_OK ? pass_batch_plan(pass, batch) : status;
}

enum nncl_status pass_create(
    struct nncl_device *device, const struct pass_recipe *recipe, struct pass *pass)
{
    enum nncl_status status = NNCL_OK;
    uint32_t rows = recipe->data->rows;
    size_t batch = recipe->batch < rows ? recipe->batch : rows, rest = rows % batch;
    *pass = (struct pass){.device = device,
        .phase = recipe->purpose == PASS_TRAIN ? NNCL_PHASE_TRAIN : NNCL_PHASE_EVAL,
        .rows = rows,
        .steps = (uint32_t)((rows + batch - 1) / batch),
        .gemm = recipe->gemm};
    if (recipe->purpose == PASS_TRAIN)
        TRY(schedule_choose(recipe->options, pass->steps, &pass->schedule));
    TRY(create_tensors(pass, recipe));
    pass->piece_steps = recipe->data->piece ? recipe->data->piece / (uint32_t)batch : pass->steps;
    TRY(pass_batch_create(pass, recipe, batch, 0, &pass->full));
    TRY(create_pipeline(pass, recipe));
    if (!pass->pipeline)
        TRY(pass_batch_plan(pass, &pass->full));
    if (pass->piece_steps < pass->steps)
        TRY(create_batch(pass, recipe, batch, 1, &pass->other));
    if (rest > 0)
        TRY(create_batch(pass, recipe, rest, part_of(pass, pass->steps - 1), &pass->last));
    TRY(pass_reset(pass));
out:
    return status;
}

void pass_free(struct pass *pass)
{
    nncl_error_hold();
    if (pass->full.plan || pass->pipeline)
        (void)nncl_device_finish(pass->device); /* after a failure steps may still be under way */
    nncl_error_restore();
    feeder_free(&pass->feeder);
    nncl_plan_free(&pass->pipeline);
    pass_batch_free(&pass->full);
    pass_batch_free(&pass->other);
    pass_batch_free(&pass->last);
    nncl_tensor_free(&pass->state);
    nncl_tensor_free(&pass->place);
    nncl_tensor_free(&pass->metrics);
}

enum nncl_status pass_reset(struct pass *pass)
{
    uint32_t state[NNCL_STATE_SIZE] = {0};
    pass->epoch = 0;
    const float rate = nncl_schedule_rate(&pass->schedule, 0, 0);
    memcpy(&state[NNCL_STATE_LEARNING_RATE], &rate, sizeof rate);
    return nncl_tensor_write(pass->state, state);
}

enum nncl_status pass_set_rate(struct pass *pass, float rate)
{
    return buffer_write(
        pass->state->buffer, NNCL_STATE_LEARNING_RATE * sizeof(uint32_t), &rate, sizeof rate);
}

enum nncl_status pass_run_full(struct pass *pass, uint32_t steps)
{
    enum nncl_status status = NNCL_OK;
    if (pass->pipeline)
        return pipeline_run(pass->pipeline, steps);
    for (uint32_t i = 0; i < steps && status == NNCL_OK; i++)
        status = nncl_plan_run(pass->full.plan);
    return status;
}

/* Puts the state at its start, with a learning rate of 0. */
static enum nncl_status zero_state(struct pass *pass)
{
    enum nncl_status status = buffer_zero(pass->state->buffer);
    return status == NNCL_OK && pass->place ? buffer_zero(pass->place->buffer) : status;
}

/* Seconds that some full steps take, each from the start. */
static enum nncl_status time_steps(struct pass *pass, unsigned steps, double *seconds)
{
    enum nncl_status status = NNCL_OK;
    const double begin = nncl_clock();
    for (unsigned i = 0; i < steps; i++) {
        TRY(zero_state(pass));
        TRY(pass_run_full(pass, 1));
    }
    TRY(nncl_device_finish(pass->device));
    *seconds = nncl_clock() - begin;
out:
    return status;
}

enum { MOST_PLANS = 4 };

/* The plans there are; returns their number. */
static size_t plans_of(const struct pass *pass, struct nncl_plan *plans[MOST_PLANS])
{
    struct nncl_plan *const all[MOST_PLANS] = {
        pass->full.plan, pass->pipeline, pass->other.plan, pass->last.plan};
    size_t count = 0;
    for (size_t i = 0; i < MOST_PLANS; i++)
        if (all[i])
            plans[count++] = all[i];
    return count;
}

uint32_t pass_launches(const struct pass *pass)
{
    struct nncl_plan *plans[MOST_PLANS];
    size_t launches = 0;
    for (size_t i = plans_of(pass, plans); i-- > 0;)
        launches += plans[i]->step_count;
    return (uint32_t)launches;
}

enum nncl_status pass_launch_once(struct pass *pass, bool (*done)(void *user), void *user)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_plan *plans[MOST_PLANS];
    const size_t count = plans_of(pass, plans);
    for (size_t i = 0; i < count; i++) {
        TRY(zero_state(pass));
        TRY(plan_run_singly(plans[i], done, user));
    }
out:
    return status;
}

enum nncl_status pass_warm_up(struct pass *pass)
{
    enum { TIMED_STEPS = 5 };
    enum nncl_status status = NNCL_OK;
    const struct pass_batch *const others[] = {&pass->other, &pass->last};
    double seconds;
    for (size_t i = 0; i < 2; i++) {
        if (!others[i]->plan)
            continue;
        TRY(zero_state(pass));
        TRY(nncl_plan_run(others[i]->plan));
    }
    TRY(time_steps(pass, 1, &seconds)); /* the first may take longer */
    TRY(time_steps(pass, 1, &pass->step_seconds));
    if (pass->step_seconds < 0.05) { /* fast enough to look closer */
        TRY(time_steps(pass, TIMED_STEPS, &seconds));
        pass->step_seconds = seconds / TIMED_STEPS;
    }
out:
    return status;
}
