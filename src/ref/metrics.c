/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <nncl/state.h>

#include "ref/ref.h"

void ref_metrics(size_t n, const float *loss, const uint32_t *predicted, const uint32_t *labels,
    uint32_t *metrics, float *batch_loss)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)loss[i];
        metrics[NNCL_METRICS_CORRECT] += predicted[i] == labels[i];
    }
    metrics[NNCL_METRICS_ROWS] += (uint32_t)n;
    batch_loss[0] = (float)(sum / (double)n);

    /* The two words stand for their difference: the sum as rounded, and what rounding added. */
    double total = (double)ref_float(metrics[NNCL_METRICS_LOSS]) -
                   (double)ref_float(metrics[NNCL_METRICS_LOSS_ERROR]) + sum;
    float rounded = (float)total;
    metrics[NNCL_METRICS_LOSS] = ref_bits(rounded);
    metrics[NNCL_METRICS_LOSS_ERROR] = ref_bits((float)((double)rounded - total));
}
