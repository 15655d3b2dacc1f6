/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The end of a training step, by one work-item: no other kernel writes the step state. */
#include "state.h.cl"

/* step += 1, position += batch; at `count` position becomes 0 and epoch += 1. In a bad step bad_step is
 * set to 1 + step, unless it was set before, and all else stays. state uint [8] is updated. */
kernel void advance_state(global const float *batch_loss, global uint *state, uint batch, uint count)
{
    if (get_global_id(0) != 0)
        return;
    if (step_is_bad(state, batch_loss)) {
        if (state[STATE_BAD_STEP] == 0u)
            state[STATE_BAD_STEP] = 1u + state[STATE_STEP];
        return;
    }
    state[STATE_STEP] += 1u;
    const uint position = state[STATE_POSITION] + batch;
    state[STATE_POSITION] = position < count ? position : 0u;
    state[STATE_EPOCH] += position < count ? 0u : 1u;
}
