/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Adding a batch to the metrics. */

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

/* metrics += (loss, hits, N) of a batch with the summed loss `loss`; batch_loss = loss / N. */
static inline void metrics_add(
    global uint *metrics, global float *batch_loss, float loss, uint hits, uint N)
{
    struct sum sum;
    sum.value = as_float(metrics[METRICS_LOSS]);
    sum.error = as_float(metrics[METRICS_LOSS_ERROR]);
    sum = sum_add(sum, loss);
    metrics[METRICS_LOSS] = as_uint(sum.value);
    metrics[METRICS_LOSS_ERROR] = as_uint(sum.error);
    metrics[METRICS_CORRECT] += hits;
    metrics[METRICS_ROWS] += N;
    batch_loss[0] = loss / (float)N;
}
