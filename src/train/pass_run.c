/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Running passes: the host enqueues ahead and looks at results a few times a second. */
#include <math.h>
#include <string.h>

#include <nncl/program.h>

#include "base/log.h"
#include "base/status.h"
#include "device/device.h"
#include "plan/pipeline.h"
#include "train/pass.h"

/* Two windows are under way at a time, so that the device never waits for the host; both together
 * must be done well within a second, for Ctrl-C. A window of few steps makes the host wait often.
 */
static const double window_seconds = 0.1, longest_window_seconds = 0.3;
enum { WINDOW_STEPS = 128, WINDOWS = PASS_SLOTS };

/* Steps enqueued together, and the reading of their results behind them. */
struct window {
    struct readback *metrics, *state;
    struct pass_sample sample;
    bool copied; /* by the pass's keeper, behind its last step */
};

struct runner {
    struct pass *pass;
    struct window windows[WINDOWS];
    unsigned first, count; /* the windows under way, a ring */
    uint32_t enqueued;     /* steps, those before the run included */
    double begin;          /* when the first window was enqueued */
};

enum nncl_status pass_begin(struct pass *pass)
{
    if (!pass->feeder)
        return NNCL_OK;
    uint32_t place[NNCL_STATE_SIZE] = {0};
    place[NNCL_STATE_POSITION] = pass->first % pass->piece_steps * (uint32_t)pass->full.rows;
    feeder_begin(pass->feeder, pass->epoch, pass->first / pass->piece_steps);
    return pass->first > 0 ? nncl_tensor_write(pass->place, place)
                           : buffer_zero(pass->place->buffer);
}

/* How many of the next steps, `most` or fewer, are pipelined: full batches. */
static uint32_t pipelined_steps(const struct pass *pass, uint32_t step, uint32_t most)
{
    const uint32_t full = pass->last.plan ? pass->steps - 1 : pass->steps;
    if (!pass->pipeline || step >= full)
        return 0;
    return full - step < most ? full - step : most;
}

enum nncl_status pass_enqueue(struct pass *pass, uint32_t step, uint32_t most, uint32_t *done)
{
    enum nncl_status status = NNCL_OK;
    const uint32_t piece = step / pass->piece_steps;
    const uint32_t pipelined = pipelined_steps(pass, step, most);
    *done = pipelined ? pipelined : 1;
    if (pipelined)
        return pipeline_run(pass->pipeline, pipelined);
    if (pass->feeder && (step % pass->piece_steps == 0 || step == pass->first))
        TRY(feeder_enter(pass->feeder, piece));
    TRY(nncl_plan_run(pass_batch_of(pass, step)->plan));
    if (pass->feeder && (step + 1 == pass->steps || (step + 1) % pass->piece_steps == 0))
        TRY(feeder_leave(pass->feeder, piece));
out:
    return status;
}

enum nncl_status pass_look_ahead(struct pass *pass)
{
    return pass->feeder ? feeder_prefetch(pass->feeder) : NNCL_OK;
}

/* How many steps make a window at the speed measured so far. */
static uint32_t window_steps(const struct pass *pass)
{
    double step = pass->step_seconds > 1e-7 ? pass->step_seconds : 1e-7;
    double steps = window_seconds / step;
    if (steps < WINDOW_STEPS && WINDOW_STEPS * step <= longest_window_seconds)
        steps = WINDOW_STEPS;
    return steps < 1 ? 1 : steps > 1e6 ? 1000000 : (uint32_t)steps;
}

/* Steps from `step` of this epoch to the next after which the keeper makes a copy. */
static uint64_t steps_to_copy(const struct pass *pass, uint32_t step)
{
    const uint64_t done = (uint64_t)pass->epoch * pass->steps + step;
    return pass->keeper->every - done % pass->keeper->every;
}

/* Has a window end where the keeper makes a copy. */
static uint32_t end_at_copy(const struct pass *pass, uint32_t step, uint32_t steps, bool *copies)
{
    *copies = false;
    if (!pass->keeper || pass->keeper->every == 0)
        return steps;
    const uint64_t most = steps_to_copy(pass, step);
    *copies = steps >= most;
    return *copies ? (uint32_t)most : steps;
}

static enum nncl_status enqueue_window(struct runner *runner)
{
    enum nncl_status status = NNCL_OK;
    struct pass *pass = runner->pass;
    const unsigned slot = (runner->first + runner->count) % WINDOWS;
    struct window *window = &runner->windows[slot];
    uint32_t left = pass->steps - runner->enqueued, steps = window_steps(pass);
    if (steps > left)
        steps = left;
    steps = end_at_copy(pass, runner->enqueued, steps, &window->copied);
    while (steps > 0) {
        uint32_t done = 0;
        TRY(pass_enqueue(pass, runner->enqueued, steps, &done));
        runner->enqueued += done;
        steps -= done;
    }
    window->sample.steps = runner->enqueued;
    if (window->copied)
        TRY(pass->keeper->copy(pass->keeper->user, slot));
    TRY(buffer_read_later(pass->metrics->buffer, window->sample.metrics,
        sizeof window->sample.metrics, &window->metrics));
    runner->count++; /* from here on there is something to wait for */
    TRY(buffer_read_later(
        pass->state->buffer, window->sample.state, sizeof window->sample.state, &window->state));
    TRY(pass_look_ahead(pass));
out:
    return status;
}

/* Waits for the oldest window. The queue is in order: with the second reading all before are done.
 */
static enum nncl_status finish_window(struct runner *runner, struct pass_sample *sample)
{
    struct window *window = &runner->windows[runner->first];
    runner->first = (runner->first + 1) % WINDOWS;
    runner->count--;
    enum nncl_status state = readback_wait(&window->state);
    enum nncl_status metrics = readback_wait(&window->metrics);
    if (state != NNCL_OK || metrics != NNCL_OK)
        return state != NNCL_OK ? state : metrics;
    double now = nncl_clock();
    /* Over the whole pass: the time between two waits says nothing where the device works while it
     * is enqueued to, as the reference does, or where the host stood still. */
    runner->pass->step_seconds =
        (now - runner->begin) / (window->sample.steps - runner->pass->first);
    *sample = window->sample;
    return NNCL_OK;
}

/* The first failure is the one to report, with its own sentence. */
static void drain(struct runner *runner, struct pass_sample *sample)
{
    nncl_error_hold();
    while (runner->count > 0)
        (void)finish_window(runner, sample);
    nncl_error_restore();
}

/* Where a step takes long, a second window would make Ctrl-C wait for it. */
static unsigned windows_under_way(const struct pass *pass)
{
    return pass->step_seconds > longest_window_seconds ? 1 : WINDOWS;
}

/* What is known before the first window. */
static enum nncl_status begin(struct pass *pass, struct pass_sample *sample)
{
    enum nncl_status status = NNCL_OK;
    *sample = (struct pass_sample){.steps = pass->first};
    if (pass->first > 0) {
        TRY(nncl_tensor_read(pass->metrics, sample->metrics));
        TRY(nncl_tensor_read(pass->state, sample->state));
    } else {
        TRY(buffer_zero(pass->metrics->buffer));
    }
    TRY(pass_begin(pass));
out:
    return status;
}

/* Waits for a window, and does what is to be done with its copy. */
static enum nncl_status take_window(struct runner *runner, struct pass_sample *sample)
{
    enum nncl_status status = NNCL_OK;
    const unsigned slot = runner->first;
    TRY(finish_window(runner, sample));
    if (sample->state[NNCL_STATE_BAD_STEP] != 0)
        TRY(NNCL_NOT_FINITE);
    if (runner->windows[slot].copied)
        TRY(runner->pass->keeper->keep(runner->pass->keeper->user, slot));
out:
    return status;
}

enum nncl_status pass_run(
    struct pass *pass, pass_tick *tick, void *user, struct pass_sample *sample)
{
    enum nncl_status status = NNCL_OK;
    struct runner runner = {.pass = pass, .enqueued = pass->first, .begin = nncl_clock()};
    pass->device->phase = pass->phase;
    TRY(begin(pass, sample));
    while (sample->steps < pass->steps) {
        while (runner.count < windows_under_way(pass) && runner.enqueued < pass->steps)
            TRY(enqueue_window(&runner));
        TRY(take_window(&runner, sample));
        if (tick && !tick(user, sample))
            TRY(nncl_fail(NNCL_INTERRUPTED, "interrupted at the caller's wish"));
    }
    pass->epoch++;
out:
    pass->device->phase = NNCL_PHASE_SETUP;
    drain(&runner, sample);
    pass->first = 0;
    return status;
}

static double float_of(uint32_t bits)
{
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static double mean(double sum, const struct pass_sample *sample)
{
    uint32_t rows = sample->metrics[NNCL_METRICS_ROWS];
    return rows > 0 ? sum / rows : 0;
}

double pass_loss(const struct pass_sample *sample)
{
    double sum = float_of(sample->metrics[NNCL_METRICS_LOSS]);
    return mean(sum - float_of(sample->metrics[NNCL_METRICS_LOSS_ERROR]), sample);
}

double pass_accuracy(const struct pass_sample *sample)
{
    return mean(sample->metrics[NNCL_METRICS_CORRECT], sample);
}

float pass_learning_rate(const struct pass_sample *sample)
{
    float rate;
    memcpy(&rate, &sample->state[NNCL_STATE_LEARNING_RATE], sizeof rate);
    return rate;
}

/* Runs a step again to name the first layer that is not finite. Its rows may have left the device
 * since. */
static enum nncl_status find_layer(
    struct pass *pass, uint32_t epoch, uint32_t step, char name[PLAN_NAME_SIZE])
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_plan_options options = {.gemm = pass->gemm};
    const struct pass_batch *batch = pass_batch_of(pass, step);
    if (pass->feeder) {
        const uint32_t piece = step / pass->piece_steps;
        feeder_begin(pass->feeder, epoch, piece);
        TRY(feeder_enter(pass->feeder, piece));
    }
    TRY(plan_find_nonfinite(
        pass->device, batch->list, batch->bindings, batch->binding_count, &options, name));
out:
    return status;
}

enum nncl_status pass_blame(struct pass *pass, const struct pass_sample *sample, const char *what)
{
    static const char advice[] = "a smaller learning rate may help a training, and checking the "
                                 "device or computing on \"ref\" shows whether it is at fault";
    const uint32_t *state = sample->state;
    char name[PLAN_NAME_SIZE] = "";
    /* The state stands still at the step that failed. */
    uint32_t step = state[NNCL_STATE_POSITION] / (uint32_t)pass->full.rows;
    enum nncl_status status = find_layer(pass, state[NNCL_STATE_EPOCH], step, name);
    if (status == NNCL_DEVICE_LOST)
        return status;
    if (status != NNCL_OK) /* keeping every tensor takes more memory than the pass did */
        nncl_log(NNCL_LOG_WARNING, "the layer cannot be named: %s", nncl_last_error());
    return nncl_fail(NNCL_NOT_FINITE, "%s is not finite at epoch %u, step %u%s%s; %s", what,
        state[NNCL_STATE_EPOCH] + 1, step + 1, name[0] ? ": first in " : "", name, advice);
}
