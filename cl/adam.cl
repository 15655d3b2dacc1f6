/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One step of Adam on n parameters. */
#include "adam.h.cl"

/* w, m, v ← Adam's update by the gradient g, as in adam.h.cl; nothing changes in a bad step. All three
 * are accumulated. */
kernel void adam(global const float *g, global const uint *state, global const float *batch_loss,
    global float *w, global float *m, global float *v, uint n, float beta1, float beta2,
    float log_beta1, float log_beta2, float epsilon, uint span)
{
    if (step_is_bad(state, batch_loss))
        return;
    const struct adam adam = {adam_rate(state, log_beta1, log_beta2), beta1, beta2, epsilon};
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH) {
        floatn first = load_vector(0, m + i), second = load_vector(0, v + i);
        store_vector(adam_update(adam, load_vector(0, g + i), load_vector(0, w + i), &first, &second),
            0, w + i);
        store_vector(first, 0, m + i);
        store_vector(second, 0, v + i);
    }
    for (; i < range.last; i++) {
        floatn first = SPLAT(m[i]), second = SPLAT(v[i]);
        w[i] = adam_update(adam, SPLAT(g[i]), SPLAT(w[i]), &first, &second).s0;
        m[i] = first.s0;
        v[i] = second.s0;
    }
}
