/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include <nncl/state.h>

#include "ref/ref.h"

/* From `from` at p = 0 to `to` at p = 1. */
static double half_cosine(double from, double to, double p)
{
    const double pi = acos(-1);
    return to + (from - to) * 0.5 * (1 + cos(pi * fmin(fmax(p, 0), 1)));
}

float ref_schedule(const struct nncl_schedule *schedule, uint32_t step, uint32_t epoch)
{
    const double rate = (double)schedule->rate, factor = (double)schedule->factor, s = step;
    const double warmup = (double)schedule->warmup, steps = schedule->steps;
    const double start = (double)schedule->start, end = (double)schedule->end;
    const double rest = fmax(steps - warmup, 1);
    switch (schedule->kind) {
    case NNCL_CONSTANT:
        break;
    case NNCL_STEP:
        return (float)(rate * pow(factor, epoch / schedule->every));
    case NNCL_EXPONENTIAL:
        return (float)(rate * pow(factor, epoch));
    case NNCL_COSINE:
        return (float)(rate * (s < warmup ? fmin((s + 1) / warmup, 1)
                                          : half_cosine(1, end, (s - warmup) / rest)));
    case NNCL_ONECYCLE:
        return (float)(rate * (s < warmup - 1 ? half_cosine(start, 1, s / (warmup - 1))
                                              : half_cosine(1, end, (s - warmup + 1) / rest)));
    }
    return (float)rate;
}

void ref_advance_state(
    const struct nncl_advance_state *advance, const float *batch_loss, uint32_t *state)
{
    if (state[NNCL_STATE_BAD_STEP] != 0)
        return;
    if (!isfinite(batch_loss[0])) {
        state[NNCL_STATE_BAD_STEP] = 1 + state[NNCL_STATE_STEP];
        return;
    }
    state[NNCL_STATE_STEP] += 1;
    state[NNCL_STATE_POSITION] += advance->batch;
    if (state[NNCL_STATE_POSITION] >= advance->count) {
        state[NNCL_STATE_POSITION] = 0;
        state[NNCL_STATE_EPOCH] += 1;
    }
    if (advance->schedule.kind != NNCL_CONSTANT)
        state[NNCL_STATE_LEARNING_RATE] = ref_bits(
            ref_schedule(&advance->schedule, state[NNCL_STATE_STEP], state[NNCL_STATE_EPOCH]));
}
