/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The end of a training step: no other kernel writes the step state, but that of a head that ends its
 * step. */
#include "advance_state.h.cl"

/* state uint [8] is updated. */
kernel void advance_state(global const float *batch_loss, global uint *state, uint batch, uint count)
{
    if (get_global_id(0) == 0)
        end_step(state, batch_loss[0], batch, count, state);
}

/* SCHEDULE, as enum nncl_schedule_kind in nncl/ops.h. */
#define STEP_SCHEDULE 1
#define EXPONENTIAL_SCHEDULE 2
#define COSINE_SCHEDULE 3
#define ONECYCLE_SCHEDULE 4
#ifndef SCHEDULE
#define SCHEDULE STEP_SCHEDULE
#endif

/* From `from` at p = 0 to `to` at p = 1 by half a cosine. */
static inline float half_cosine(float from, float to, float p)
{
    return to + (from - to) * (0.5f * (1.0f + cospi(clamp(p, 0.0f, 1.0f))));
}

/* α of step s in epoch e; the formulas stand in nncl/ops.h. */
static inline float scheduled_rate(uint s, uint e, float rate, float factor, uint every, float warmup,
    float steps, float start, float end)
{
#if SCHEDULE == STEP_SCHEDULE
    return rate * pow(factor, (float)(e / every));
#elif SCHEDULE == EXPONENTIAL_SCHEDULE
    return rate * pow(factor, (float)e);
#elif SCHEDULE == COSINE_SCHEDULE
    if ((float)s < warmup)
        return rate * min((float)(s + 1u) / warmup, 1.0f);
    return rate * half_cosine(1.0f, end, ((float)s - warmup) / max(steps - warmup, 1.0f));
#else
    const float top = warmup - 1.0f;
    if ((float)s < top)
        return rate * half_cosine(start, 1.0f, (float)s / top);
    return rate * half_cosine(1.0f, end, ((float)s - top) / max(steps - warmup, 1.0f));
#endif
}

/* The same as advance_state; and the learning rate becomes that of the step that comes next. */
kernel void schedule(global const float *batch_loss, global uint *state, uint batch, uint count,
    float rate, float factor, uint every, float warmup, float steps, float start, float end)
{
    if (get_global_id(0) != 0)
        return;
    end_step(state, batch_loss[0], batch, count, state);
    if (state[STATE_BAD_STEP] == 0u)
        state[STATE_LEARNING_RATE] = as_uint(scheduled_rate(state[STATE_STEP], state[STATE_EPOCH],
            rate, factor, every, warmup, steps, start, end));
}
