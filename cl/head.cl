/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The head of a small network in one launch: its last dense layer, the loss, the way back to the layer
 * before, and the updates of the small parameters. What takes microseconds on one core takes longer in
 * nine launches. */
#include "advance_state.h.cl"
#include "head.h.cl"
#include "permute.h.cl"
#include "relu.h.cl"
#include "rows.h.cl"

/* dh = slope · wᵀ where h > 0, else 0; gradient[K]: its sums over the rows. dh [N, K] is assigned. */
static inline void go_back(global const float *h, const float *slope, const float *turned,
    global float *dh, float *gradient)
{
    for (uint j = 0; j < HIDDEN; j += WIDTH) {
        floatn column = SPLAT(0.0f);
        for (uint r = 0; r < BATCH; r++) {
            const floatn sum = relu_gradient(LOAD_VECTOR(h + r * HIDDEN + j),
                slope_back(slope + r * CLASS_TILE, turned, HIDDEN, j));
            STORE_VECTOR(sum, dh + r * HIDDEN + j);
            column += sum;
        }
        STORE_VECTOR(column, gradient + j);
    }
}

/* With FETCHES a second work-item reads the next batch's rows, so that they are near when they are
 * brought together. */
#ifndef FETCHES
#define FETCHES 0
#endif

#if FETCHES
#define NEXT_PARAMETERS                                                                             \
    , global const uchar *source, uint F, uint count, uint seed_low, uint seed_high, uint shuffle
#else
#define NEXT_PARAMETERS
#endif

/* By one work-item, for h [N, K] = relu(… + hidden) and labels [N]:
 *   logits = h · w + b; metrics and batch_loss by softmax_xent and metrics; slope by its backward;
 *   dh = relu's gradient of slope · wᵀ; and, unless the step is bad, Adam's updates of w [K, C] by
 *   hᵀ · slope, b [C] by Σ slope and the hidden layer's bias [K] by Σ dh.
 * dh [N, K] and batch_loss [1] are assigned, metrics and the parameters accumulated. */
kernel void head(global const float *h, global const uint *labels, global float *dh,
    global uint *metrics, global float *w, global float *w_m, global float *w_v, global float *b,
    global float *b_m, global float *b_v, global float *hidden, global float *hidden_m,
    global float *hidden_v, global const uint *adam_state, global float *adam_batch_loss,
    float adam_beta1, float adam_beta2, float adam_log_beta1, float adam_log_beta2,
    float adam_epsilon NEXT_PARAMETERS)
{
#if FETCHES
    if (get_global_id(0) == 1) {
        uint rows[BATCH + WIDTH];
        const struct place next = next_place(place_of(adam_state), BATCH, count);
        rows_of_batch(rows, next.position, next.epoch, (uint2)(seed_low, seed_high), count, shuffle);
        if (fetch_rows(source, rows, F))
            dh[0] = NAN;
    }
#endif
    if (get_global_id(0) != 0)
        return;
    float padded[HIDDEN * CLASS_TILE], turned[CLASSES * HIDDEN];
    float logits[BATCH * CLASS_TILE], slope[BATCH * CLASS_TILE];
    float hidden_gradient[HIDDEN], w_gradient[HIDDEN * CLASSES + CLASS_TILE], b_gradient[CLASS_TILE];
    uint own_labels[BATCH];
    for (uint r = 0; r < BATCH; r++)
        own_labels[r] = labels[r];
    pack_weight(w, padded);
    turn_weight(w, HIDDEN, turned);
    compute_logits(h, padded, b, logits);
    const struct head_loss loss = compute_loss(logits, own_labels, slope);
    metrics_add(metrics, adam_batch_loss, loss.sum, loss.hits, BATCH);
    go_back(h, slope, turned, dh, hidden_gradient);
    ADAM_SETUP
    weight_gradient(h, 0, HIDDEN, slope, w_gradient);
    bias_gradient(slope, b_gradient);
    update_small(adam, w_gradient, w, w, w_m, w_v, HIDDEN * CLASSES);
    update_small(adam, b_gradient, b, b, b_m, b_v, CLASSES);
    update_small(adam, hidden_gradient, hidden, hidden, hidden_m, hidden_v, HIDDEN);
}
