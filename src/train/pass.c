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

/* Steps that train on data that stay on the device may be pipelined. */
static enum nncl_status create_pipeline(struct pass *pass, const struct pass_recipe *recipe)
{
    const struct nncl_plan_options options = {.gemm = recipe->gemm};
    const struct pass_batch *full = &pass->full;
    if (recipe->purpose != PASS_TRAIN || pass->feeder || recipe->options->accumulate > 1)
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
    if (pass->piece_steps < pass->steps)
        TRY(pass_batch_create(pass, recipe, batch, 1, &pass->other));
    if (rest > 0)
        TRY(pass_batch_create(pass, recipe, rest, part_of(pass, pass->steps - 1), &pass->last));
    TRY(pass_reset(pass));
out:
    return status;
}

void pass_free(struct pass *pass)
{
    nncl_error_hold();
    if (pass->full.plan)
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

/* Runs a plan `times` times from the state's start, in which the learning rate is 0. */
static enum nncl_status run_again(struct pass *pass, struct pass_batch *batch, unsigned times)
{
    enum nncl_status status = NNCL_OK;
    for (unsigned i = 0; i < times; i++) {
        TRY(buffer_zero(pass->state->buffer));
        if (pass->place)
            TRY(buffer_zero(pass->place->buffer));
        TRY(nncl_plan_run(batch->plan));
    }
    TRY(nncl_device_finish(pass->device));
out:
    return status;
}

uint32_t pass_launches(const struct pass *pass)
{
    const struct pass_batch *const batches[] = {&pass->full, &pass->other, &pass->last};
    size_t count = 0;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
        count += batches[i]->plan ? batches[i]->plan->step_count : 0;
    return (uint32_t)count;
}

enum nncl_status pass_launch_once(struct pass *pass, bool (*done)(void *user), void *user)
{
    enum nncl_status status = NNCL_OK;
    const struct pass_batch *const batches[] = {&pass->full, &pass->other, &pass->last};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        if (!batches[i]->plan)
            continue;
        TRY(buffer_zero(pass->state->buffer));
        if (pass->place)
            TRY(buffer_zero(pass->place->buffer));
        TRY(plan_run_singly(batches[i]->plan, done, user));
    }
out:
    return status;
}

enum nncl_status pass_warm_up(struct pass *pass)
{
    enum { TIMED_STEPS = 5 };
    enum nncl_status status = NNCL_OK;
    TRY(run_again(pass, &pass->full, 1));
    if (pass->pipeline)
        TRY(pipeline_run(pass->pipeline, 1));
    if (pass->other.plan)
        TRY(run_again(pass, &pass->other, 1));
    if (pass->last.plan)
        TRY(run_again(pass, &pass->last, 1));
    double begin = nncl_clock();
    TRY(run_again(pass, &pass->full, 1));
    pass->step_seconds = nncl_clock() - begin;
    if (pass->step_seconds < 0.05) { /* fast enough to look closer */
        begin = nncl_clock();
        TRY(run_again(pass, &pass->full, TIMED_STEPS));
        pass->step_seconds = (nncl_clock() - begin) / TIMED_STEPS;
    }
out:
    return status;
}
