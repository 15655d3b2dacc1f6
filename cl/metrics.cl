/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Loss and hits, added up. N rows of the batch; loss, predicted, labels [N]. */

#include "metrics.h.cl"

#ifndef GROUP
#define GROUP 64 /* the most work-items a group may have: a build option */
#endif

/* metrics += (Σ_i loss[i], Σ_i [predicted[i] = labels[i]], N), batch_loss = Σ_i loss[i] / N. One
 * work-group: each work-item adds up every local-size-th row, then a tree adds up the work-items, so
 * the order depends on nothing but N and the group's size. metrics is accumulated, batch_loss [1]
 * assigned. */
kernel void metrics(global const float *loss, global const uint *predicted,
    global const uint *labels, global uint *metrics, global float *batch_loss, uint N)
{
    local float sums[GROUP];
    local uint hits[GROUP];
    const uint item = get_local_id(0), items = get_local_size(0);
    struct sum sum = {0.0f, 0.0f};
    uint correct = 0;
    for (uint i = item; i < N; i += items) {
        sum = sum_add(sum, loss[i]);
        correct += predicted[i] == labels[i] ? 1u : 0u;
    }
    sums[item] = sum.value - sum.error;
    hits[item] = correct;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint left = items; left > 1u;) {
        const uint half_up = (left + 1u) / 2u;
        if (item < left / 2u) {
            sums[item] += sums[item + half_up];
            hits[item] += hits[item + half_up];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        left = half_up;
    }
    if (get_global_id(0) != 0)
        return;
    metrics_add(metrics, batch_loss, sums[0], hits[0], N);
}
