/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include <nncl/state.h>

#include "ref/ref.h"

void ref_advance_state(uint32_t batch, uint32_t count, const float *batch_loss, uint32_t *state)
{
    if (state[NNCL_STATE_BAD_STEP] != 0)
        return;
    if (!isfinite(batch_loss[0])) {
        state[NNCL_STATE_BAD_STEP] = 1 + state[NNCL_STATE_STEP];
        return;
    }
    state[NNCL_STATE_STEP] += 1;
    state[NNCL_STATE_POSITION] += batch;
    if (state[NNCL_STATE_POSITION] >= count) {
        state[NNCL_STATE_POSITION] = 0;
        state[NNCL_STATE_EPOCH] += 1;
    }
}
