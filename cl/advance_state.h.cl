/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The end of a training step, by one work-item. */
#include "state.h.cl"

/* Where the rows of a step begin. */
struct place {
    uint position, epoch;
};

static inline struct place place_of(global const uint *state)
{
    const struct place place = {state[STATE_POSITION], state[STATE_EPOCH]};
    return place;
}

/* Where those of the next step do: position += batch; at `count` it becomes 0 and epoch += 1. */
static inline struct place next_place(struct place place, uint batch, uint count)
{
    const uint position = place.position + batch;
    const bool inside = position < count;
    const struct place next = {inside ? position : 0u, place.epoch + (inside ? 0u : 1u)};
    return next;
}

/* step += 1, and the next place. In a bad step bad_step is set to 1 + step, unless it was set before, and
 * all else stays. next uint [8], which may be `state` itself, is assigned. */
static inline void end_step(
    global const uint *state, float batch_loss, uint batch, uint count, global uint *next)
{
    const struct place place = next_place(place_of(state), batch, count);
    const bool bad = loss_is_bad(state, batch_loss);
    for (uint i = 0; i < STATE_SIZE; i++)
        next[i] = state[i];
    if (bad) {
        if (next[STATE_BAD_STEP] == 0u)
            next[STATE_BAD_STEP] = 1u + next[STATE_STEP];
        return;
    }
    next[STATE_STEP] += 1u;
    next[STATE_POSITION] = place.position;
    next[STATE_EPOCH] = place.epoch;
}
