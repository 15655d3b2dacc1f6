/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

void ref_ema(size_t n, float decay, const float *w, const uint32_t *state, const float *batch_loss,
    float *average)
{
    if (!isfinite(batch_loss[0]) || state[NNCL_STATE_BAD_STEP] != 0)
        return;
    const double keep = state[NNCL_STATE_STEP] == 0 ? 0 : (double)decay;
    for (size_t i = 0; i < n; i++)
        average[i] = (float)(keep * (double)average[i] + (1 - keep) * (double)w[i]);
}
