/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The head of a small network in one launch: its last dense layer, the loss, the way back to the layer
 * before, and the updates of the small parameters. What takes microseconds on one core takes longer in
 * nine launches. N rows (BATCH), K hidden units (HIDDEN) and C classes (CLASSES) are build options; K is
 * a multiple of WIDTH. */
#include "adam.h.cl"
#include "advance_state.h.cl"
#include "batch.h.cl"
#include "bias.h.cl"
#include "metrics.h.cl"
#include "relu.h.cl"
#include "slices.h.cl"
#include "softmax.h.cl"
#include "softmax_xent.h.cl"
#include "vector.h.cl"

#ifndef BATCH
#define BATCH 32
#define HIDDEN 128
#define CLASSES 10
#endif

#define VECTORS ((CLASSES + WIDTH - 1) / WIDTH)
#define TILE (VECTORS * WIDTH) /* classes, and zeros up to whole vectors */
#define ROWS 4                 /* of a register tile */

/* w [K, C] as padded[K][TILE], and turned over as turned[C][K]. */
static inline void pack_weight(global const float *w, float *padded, float *turned)
{
    for (uint i = 0; i < HIDDEN; i++)
        for (uint c = 0; c < TILE; c++)
            padded[i * TILE + c] = c < CLASSES ? w[i * CLASSES + c] : 0.0f;
    for (uint c = 0; c < CLASSES; c++)
        for (uint i = 0; i < HIDDEN; i++)
            turned[c * HIDDEN + i] = w[i * CLASSES + c];
}

/* sum[r] = Σ_i left(r, i) · right[i], right being rows of TILE floats, left(r, i) left[r·row + i·term]. */
static inline void tile_of_rows(floatn sum[ROWS][VECTORS], global const float *left, const uint *row,
    uint term, const float *right, uint count)
{
    for (uint r = 0; r < ROWS; r++)
        for (uint v = 0; v < VECTORS; v++)
            sum[r][v] = SPLAT(0.0f);
    for (uint i = 0; i < count; i++)
        UNROLL(ROWS)
        for (uint r = 0; r < ROWS; r++)
            for (uint v = 0; v < VECTORS; v++)
                sum[r][v] = fma(SPLAT(left[row[r] + i * term]),
                    LOAD_VECTOR(right + i * TILE + v * WIDTH), sum[r][v]);
}

/* logits = h · w + b. h [N, K]; logits [N, C] is assigned. */
static inline void compute_logits(
    global const float *h, const float *padded, global const float *b, global float *logits)
{
    for (uint first = 0; first < BATCH; first += ROWS) {
        floatn sum[ROWS][VECTORS];
        uint row[ROWS];
        for (uint r = 0; r < ROWS; r++)
            row[r] = min(first + r, (uint)BATCH - 1) * HIDDEN;
        tile_of_rows(sum, h, row, 1, padded, HIDDEN);
        for (uint r = 0; r < ROWS && first + r < BATCH; r++) {
            float lanes[TILE];
            for (uint v = 0; v < VECTORS; v++)
                STORE_VECTOR(sum[r][v], lanes + v * WIDTH);
            for (uint c = 0; c < CLASSES; c++)
                logits[(first + r) * CLASSES + c] = FIRST_LANE(bias_forward(SPLAT(lanes[c]), SPLAT(b[c])));
        }
    }
}

/* slope[N][TILE]: the mean loss's gradient by the logits. Adds the batch to the metrics. */
static inline void compute_loss(global const float *logits, global const uint *labels, float *slope,
    global uint *metrics, global float *batch_loss)
{
    struct sum loss = {0.0f, 0.0f};
    uint hits = 0;
    for (uint r = 0; r < BATCH; r++) {
        global const float *x = logits + r * CLASSES;
        float *s = slope + r * TILE;
        const uint largest = row_largest(x, CLASSES), label = labels[r];
        const float maximum = x[largest];
        floatn sums = SPLAT(0.0f);
        for (uint v = 0; v < VECTORS; v++) {
            const floatn e = exp(row_logits(x, v * WIDTH, CLASSES) - maximum);
            STORE_VECTOR(e, s + v * WIDTH);
            sums += e;
        }
        const float sum = sum_lanes(sums);
        for (uint c = 0; c < CLASSES; c++)
            s[c] = xent_gradient(s[c] / sum, c == label ? 1.0f : 0.0f, (float)BATCH);
        loss = sum_add(loss, xent_loss(x, label, CLASSES, maximum, sum));
        hits += largest == label ? 1u : 0u;
    }
    metrics_add(metrics, batch_loss, loss.value - loss.error, hits, BATCH);
}

/* dh = slope · wᵀ where h > 0, else 0; gradient[K]: its sums over the rows. dh [N, K] is assigned. */
static inline void go_back(global const float *h, const float *slope, const float *turned,
    global float *dh, float *gradient)
{
    for (uint j = 0; j < HIDDEN; j += WIDTH) {
        floatn column = SPLAT(0.0f);
        for (uint r = 0; r < BATCH; r++) {
            floatn sum = SPLAT(0.0f);
            UNROLL(CLASSES)
            for (uint c = 0; c < CLASSES; c++)
                sum = fma(SPLAT(slope[r * TILE + c]), LOAD_VECTOR(turned + c * HIDDEN + j), sum);
            sum = relu_gradient(LOAD_VECTOR(h + r * HIDDEN + j), sum);
            STORE_VECTOR(sum, dh + r * HIDDEN + j);
            column += sum;
        }
        STORE_VECTOR(column, gradient + j);
    }
}

/* gradient[K][C] = hᵀ · slope; room for TILE floats behind it. */
static inline void weight_gradient(global const float *h, const float *slope, float *gradient)
{
    for (uint i = 0; i < HIDDEN; i += ROWS) {
        floatn sum[ROWS][VECTORS];
        const uint row[ROWS] = {i, i + 1, i + 2, i + 3};
        tile_of_rows(sum, h, row, HIDDEN, slope, BATCH);
        for (uint r = 0; r < ROWS; r++) /* what is beyond a row's end, the next row overwrites */
            for (uint v = 0; v < VECTORS; v++)
                STORE_VECTOR(sum[r][v], gradient + (i + r) * CLASSES + v * WIDTH);
    }
}

/* gradient[C] = Σ slope over the rows; room for TILE floats. */
static inline void bias_gradient(const float *slope, float *gradient)
{
    for (uint v = 0; v < VECTORS; v++) {
        floatn sum = SPLAT(0.0f);
        for (uint r = 0; r < BATCH; r++)
            sum += LOAD_VECTOR(slope + r * TILE + v * WIDTH);
        STORE_VECTOR(sum, gradient + v * WIDTH);
    }
}

/* Adam's update of n parameters by gradient[n]. */
static inline void update(struct adam adam, const float *gradient, global float *adam_w,
    global float *adam_m, global float *adam_v, uint n)
{
    uint i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        ADAM_EPILOGUE(LOAD_VECTOR, STORE_VECTOR, LOAD_VECTOR(gradient + i), 0, i)
    for (; i < n; i++)
        ADAM_EPILOGUE(LOAD_ELEMENT, STORE_ELEMENT, LOAD_ELEMENT(gradient + i), 0, i)
}

/* What the second work-item does for the next step while the first computes. NEXT is a build option. */
#define FETCHES 1  /* reads the next batch's rows, so that they are near when they are brought together */
#define GATHERS 2  /* brings them together; and the first work-item ends the step */
#ifndef NEXT
#define NEXT 0
#endif
#ifndef SLICES
#define SLICES 0 /* of the update_forward that comes behind */
#endif

#if NEXT == GATHERS
#define GATHER_PARAMETERS                                                                           \
    , global const uint *all_labels, global uchar *next_rows, global uint *next_labels,             \
        global uint *next_state SLICES_PARAMETER
#if SLICES > 0
#define SLICES_PARAMETER , global uint *slices
#else
#define SLICES_PARAMETER
#endif
#else
#define GATHER_PARAMETERS
#endif

#if NEXT != 0
#define NEXT_PARAMETERS                                                                             \
    , global const uchar *source, uint F, uint count, uint seed_low, uint seed_high,                \
        uint shuffle GATHER_PARAMETERS

/* Reads a byte of each cache line of the rows of source [count, F] that are the batch at `place`; changes
 * nothing. These reads wait for memory together, which those of copying do not. */
static inline uint fetch_next(
    struct place place, global const uchar *source, uint F, uint count, uint2 seed, uint shuffle)
{
    enum { LINE = 64 };
    uint sum = 0;
    for (uint first = 0; first < BATCH; first += WIDTH) {
        uint rows[WIDTH];
        rows_at(rows, place.position + first, seed, place.epoch, count, shuffle);
        for (uint i = 0; i < WIDTH; i++)
            for (uint j = 0; j < F; j += LINE)
                sum += source[(size_t)rows[i] * F + j];
    }
    return sum;
}
#else
#define NEXT_PARAMETERS
#endif

/* By one work-item, for h [N, K] = relu(… + hidden) and labels [N]:
 *   logits = h · w + b; metrics and batch_loss by softmax_xent and metrics; slope by its backward;
 *   dh = relu's gradient of slope · wᵀ; and, unless the step is bad, Adam's updates of w [K, C] by
 *   hᵀ · slope, b [C] by Σ slope and the hidden layer's bias [K] by Σ dh.
 * logits [N, C], dh [N, K] and batch_loss [1] are assigned, metrics and the parameters accumulated.
 * With NEXT == GATHERS next_state [8] is assigned what advance_state makes of the state, and, by another
 * work-item, next_rows [N, F] and next_labels [N] the batch that stands there; slices [SLICES], where the
 * next launch is update_forward, may be taken again. */
kernel void head(global const float *h, global const uint *labels, global float *logits,
    global float *dh, global uint *metrics, global float *w, global float *w_m, global float *w_v,
    global float *b, global float *b_m, global float *b_v, global float *hidden,
    global float *hidden_m, global float *hidden_v, global const uint *adam_state,
    global float *adam_batch_loss, float adam_beta1, float adam_beta2, float adam_log_beta1,
    float adam_log_beta2, float adam_epsilon NEXT_PARAMETERS)
{
#if NEXT != 0
    if (get_global_id(0) == 1) {
        const uint2 seed = (uint2)(seed_low, seed_high);
        const struct place next = next_place(adam_state, BATCH, count);
        /* No sum of bytes is that large; but the compiler does not know. */
        if (fetch_next(next, source, F, count, seed, shuffle) == UINT_MAX)
            logits[0] = NAN;
#if NEXT == GATHERS
        const struct drawn from = {source, all_labels, F, count, seed, shuffle};
        for (uint first = 0; first < BATCH; first += WIDTH)
            bring_rows(from, next.position, next.epoch, first, BATCH, next_rows, next_labels);
#endif
    }
#endif
    if (get_global_id(0) != 0)
        return;
    float padded[HIDDEN * TILE], turned[CLASSES * HIDDEN], slope[BATCH * TILE];
    float hidden_gradient[HIDDEN], w_gradient[HIDDEN * CLASSES + TILE], b_gradient[TILE];
    for (uint i = 0; i < BATCH * TILE; i += WIDTH)
        STORE_VECTOR(SPLAT(0.0f), slope + i);
    pack_weight(w, padded, turned);
    compute_logits(h, padded, b, logits);
    compute_loss(logits, labels, slope, metrics, adam_batch_loss);
    go_back(h, slope, turned, dh, hidden_gradient);
#if NEXT == GATHERS
    end_step(adam_state, adam_batch_loss, BATCH, count, next_state);
#if SLICES > 0
    for (uint s = 0; s < SLICES; s++)
        slices[s] &= ~SLICE_TAKEN;
#endif
#endif
    ADAM_SETUP
    weight_gradient(h, slope, w_gradient);
    bias_gradient(slope, b_gradient);
    update(adam, w_gradient, w, w_m, w_v, HIDDEN * CLASSES);
    update(adam, b_gradient, b, b_m, b_v, CLASSES);
    update(adam, hidden_gradient, hidden, hidden_m, hidden_v, HIDDEN);
}
