/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The end of a training step: no other kernel writes the step state, but that of a head that ends its
 * step. */
#include "advance_state.h.cl"

/* state uint [8] is updated. */
kernel void advance_state(global const float *batch_loss, global uint *state, uint batch, uint count)
{
    if (get_global_id(0) == 0)
        end_step(state, batch_loss, batch, count, state);
}
