/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Loss and hits, added up. N rows of the batch; loss, predicted, labels [N]. */

#ifndef GROUP
#define GROUP 64 /* the most work-items a group may have: a build option */
#endif

/* Words of metrics, uint [4], as enum nncl_metrics in nncl/ops.h. */
#define METRICS_LOSS 0
#define METRICS_LOSS_ERROR 1
#define METRICS_CORRECT 2
#define METRICS_ROWS 3

/* A float sum and what rounding has added to it so far. */
struct sum {
    float value, error;
};

/* Compensated summation (Kahan 1965, "Further remarks on reducing truncation errors"). */
static inline struct sum sum_add(struct sum sum, float term)
{
    const float corrected = term - sum.error;
    struct sum next;
    next.value = sum.value + corrected;
    next.error = (next.value - sum.value) - corrected;
    return next;
}

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
    sum.value = as_float(metrics[METRICS_LOSS]);
    sum.error = as_float(metrics[METRICS_LOSS_ERROR]);
    sum = sum_add(sum, sums[0]);
    metrics[METRICS_LOSS] = as_uint(sum.value);
    metrics[METRICS_LOSS_ERROR] = as_uint(sum.error);
    metrics[METRICS_CORRECT] += hits[0];
    metrics[METRICS_ROWS] += N;
    batch_loss[0] = sums[0] / (float)N;
}
