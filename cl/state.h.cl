/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whether a step must change nothing: its loss is not finite, or an earlier one's was not. */
static inline bool loss_is_bad(global const uint *state, float batch_loss)
{
    return state[STATE_BAD_STEP] != 0u || !isfinite(batch_loss);
}

static inline bool step_is_bad(global const uint *state, global const float *batch_loss)
{
    return loss_is_bad(state, batch_loss[0]);
}
