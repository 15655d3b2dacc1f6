/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include <nncl/state.h>

#include "ref/ref.h"

void ref_adam(size_t n, float beta1, float beta2, float epsilon, const float *gradient,
    const uint32_t *state, const float *batch_loss, float *w, float *m, float *v)
{
    if (!isfinite(batch_loss[0]) || state[NNCL_STATE_BAD_STEP] != 0)
        return;
    double t = (double)state[NNCL_STATE_STEP] + 1;
    double alpha = (double)ref_float(state[NNCL_STATE_LEARNING_RATE]);
    double correction1 = -expm1(t * log((double)beta1)); /* 1 - β1^t */
    double correction2 = -expm1(t * log((double)beta2));
    for (size_t i = 0; i < n; i++) {
        double g = (double)gradient[i];
        double first = (double)beta1 * (double)m[i] + (1 - (double)beta1) * g;
        double second = (double)beta2 * (double)v[i] + (1 - (double)beta2) * g * g;
        double step =
            alpha * sqrt(correction2) / correction1 * first / (sqrt(second) + (double)epsilon);
        w[i] = (float)((double)w[i] - step);
        m[i] = (float)first;
        v[i] = (float)second;
    }
}
