/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A training step of a network with one hidden layer, in one launch: from the hidden layer's outputs to
 * those of the next step. The hidden layer is cut in SLICES of COLUMNS units, a work-item each. What all
 * of them need, the logits and the loss, each computes for itself: that takes less than a launch. What one
 * writes no other one reads: small tensors are there twice, once as the step finds them, once as it leaves
 * them. Threads seldom end together, and the one that is first makes ready what the step after the next will
 * need of the data. Build options as in head.h.cl, and SLICES and VECTORS. */
#include "advance_state.h.cl"
#define ROWS_SPACE private
#include "head.h.cl"
#include "lists.h.cl"
#include "relu.h.cl"
#include "slices.h.cl"

#ifndef VECTORS
#define VECTORS 4
#endif
#define COLUMNS (VECTORS * WIDTH)

/* slope[N][COLUMNS]: the gradient by the slice's units, before their ReLU; gradient[COLUMNS]: its sums
 * over the rows. h: from the slice's first column on. */
static inline void slice_back(global const float *h, const float *class_slope, const float *turned,
    float *slope, float *gradient)
{
    for (uint j = 0; j < COLUMNS; j += WIDTH) {
        floatn column = SPLAT(0.0f);
        for (uint r = 0; r < BATCH; r++) {
            const floatn sum = relu_gradient(LOAD_VECTOR(h + r * HIDDEN + j),
                slope_back(class_slope + r * CLASS_TILE, turned, COLUMNS, j));
            STORE_VECTOR(sum, slope + r * COLUMNS + j);
            column += sum;
        }
        STORE_VECTOR(column, gradient + j);
    }
}

static inline void copy_floats(global const float *from, global float *to, uint n)
{
    for (uint i = 0; i < n; i++)
        to[i] = from[i];
}

/* A parameter as the step finds it and as it leaves it, which may be the same, and its moments. */
struct parameter {
    global const float *from;
    global float *to, *m, *v;
};

/* Adam's update of n numbers of a parameter, from the one at `first` on; in a bad step they stay. */
static inline void update_parameter(
    bool bad, struct adam adam, const float *gradient, struct parameter p, uint first, uint n)
{
    if (bad)
        copy_floats(p.from + first, p.to + first, n);
    else
        update_small(adam, gradient, p.from + first, p.to + first, p.m + first, p.v + first, n);
}

/* A slice of the first layer's weights, [m][COLUMNS]. */
struct weights {
    global float *w, *m, *v;
};

/* sum[VECTORS] = Σ x · slope[row] over a column's entries. */
static inline void add_rows(global const uint *entries, uint first, uint last, const float *slope, floatn *sum)
{
    floatn own[VECTORS];
    UNROLL(VECTORS)
    for (uint v = 0; v < VECTORS; v++)
        own[v] = SPLAT(0.0f);
    for (uint i = first; i < last; i++) {
        const floatn x = SPLAT(as_float(entries[2 * i + 1]));
        ADD_ROW(own, x, slope + entries[2 * i] * COLUMNS)
    }
    UNROLL(VECTORS)
    for (uint v = 0; v < VECTORS; v++)
        sum[v] = own[v];
}

/* sums[row] += x · w for a column's entries. */
static inline void add_to_rows(global const uint *entries, uint first, uint last, const floatn *w, float *sums)
{
    for (uint i = first; i < last; i++) {
        const floatn x = SPLAT(as_float(entries[2 * i + 1]));
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++) {
            float *sum = sums + entries[2 * i] * COLUMNS + v * WIDTH;
            STORE_VECTOR(fma(x, w[v], LOAD_VECTOR(sum)), sum);
        }
    }
}

/* Adam's update of the slice's part of a row of weights by its gradient; w[VECTORS]: the new weights. In a
 * bad step they stay. */
static inline void update_row(
    bool bad, struct adam adam, const floatn *gradient, struct weights at, size_t row, floatn *w)
{
    UNROLL(VECTORS)
    for (uint v = 0; v < VECTORS; v++) {
        const size_t i = row + v * WIDTH;
        w[v] = LOAD_VECTOR(at.w + i);
        if (bad)
            continue;
        floatn mean = LOAD_VECTOR(at.m + i), square = LOAD_VECTOR(at.v + i);
        w[v] = adam_update(adam, gradient[v], w[v], &mean, &square);
        STORE_VECTOR(mean, at.m + i);
        STORE_VECTOR(square, at.v + i);
        STORE_VECTOR(w[v], at.w + i);
    }
}

/* The first layer's update by the gradient `slope` of its outputs for a batch, and sums[N][COLUMNS], the next
 * batch's rows times the new weights: pixel by pixel, so that each weight is used while it is in a register. */
static inline void first_layer(bool bad, struct adam adam, global const uint *lists,
    global const uint *next_lists, uint m, const float *slope, struct weights weights, float *sums)
{
    global const uint *entries = LIST_ENTRIES(lists, m), *next_entries = LIST_ENTRIES(next_lists, m);
    for (uint i = 0; i < BATCH * COLUMNS; i += WIDTH)
        STORE_VECTOR(SPLAT(0.0f), sums + i);
    for (uint pixel = 0; pixel < m; pixel++) {
        floatn gradient[VECTORS], w[VECTORS];
        add_rows(entries, lists[pixel], lists[pixel + 1], slope, gradient);
        update_row(bad, adam, gradient, weights, (size_t)pixel * COLUMNS, w);
        add_to_rows(next_entries, next_lists[pixel], next_lists[pixel + 1], w, sums);
    }
}

/* h [N, K], from the slice's first column on: relu(sums + bias). */
static inline void store_outputs(const float *sums, global const float *bias, global float *h)
{
    for (uint r = 0; r < BATCH; r++)
        UNROLL(VECTORS)
        for (uint j = 0; j < COLUMNS; j += WIDTH)
            STORE_VECTOR(
                relu_forward(bias_forward(LOAD_VECTOR(sums + r * COLUMNS + j), LOAD_VECTOR(bias + j))),
                h + r * HIDDEN + j);
}

/* For the batch that stands at adam_state in source uchar [count, m] and all_labels [count], and
 * h [N, K] = relu(its rows · adam_w + hidden):
 *   logits = h · w + b; metrics and adam_batch_loss by softmax_xent and metrics; next_state by
 *   advance_state; unless the step is bad, Adam's updates of adam_w [m, K], hidden [K], w [K, C] and b [C],
 *   the last two of which go to next_w and next_b; and
 *   next_h [N, K] = relu(the next batch's rows · adam_w + hidden).
 * What begins with next_ and adam_batch_loss are assigned, the rest accumulated. adam_w and its moments stand
 * slice by slice, [SLICES][m][COLUMNS]; slices and next_slices [SLICES + 1] are words of slices.h.cl; lists
 * holds those of this batch and of the next, and gets those of the one after. Global size: SLICES; K is
 * SLICES * COLUMNS; m is at least PIXELS. */
kernel void fused_step(global const uchar *source, global const uint *all_labels, float scale, uint m,
    uint count, uint seed_low, uint seed_high, uint shuffle, global uint *next_state, global uint *metrics,
    global const float *h, global float *next_h, global const float *w, global float *next_w,
    global float *w_m, global float *w_v, global const float *b, global float *next_b, global float *b_m,
    global float *b_v, global float *hidden, global float *hidden_m, global float *hidden_v,
    global const uint *adam_state, global float *adam_batch_loss, global float *adam_w,
    global float *adam_m, global float *adam_v, float adam_beta1, float adam_beta2, float adam_log_beta1,
    float adam_log_beta2, float adam_epsilon, volatile global uint *slices, global uint *next_slices,
    global uint *lists)
{
    const uint slice = get_global_id(0) < SLICES ? take_slice(slices, next_slices, SLICES) : SLICES;
    if (slice >= SLICES)
        return;
    const uint column = slice * COLUMNS;
    const uint step = adam_state[STATE_STEP];
    global const uint *now = lists_of_step(lists, step, m);
    uint labels[BATCH];
    for (uint r = 0; r < BATCH; r++)
        labels[r] = LIST_LABELS(now, m)[r];

    float padded[HIDDEN * CLASS_TILE], turned[CLASSES * COLUMNS];
    float logits[BATCH * CLASS_TILE], class_slope[BATCH * CLASS_TILE];
    float slope[BATCH * COLUMNS], hidden_gradient[COLUMNS];
    pack_weight(w, padded);
    turn_weight(w + column * CLASSES, COLUMNS, turned);
    compute_logits(h, padded, b, logits);
    const struct head_loss loss = compute_loss(logits, labels, class_slope);
    slice_back(h + column, class_slope, turned, slope, hidden_gradient);

    const float batch_loss = loss.sum / (float)BATCH;
    const bool bad = loss_is_bad(adam_state, batch_loss);
    const struct adam adam = ADAM_OF_STEP;
    const struct parameter last_w = {w, next_w, w_m, w_v}, last_b = {b, next_b, b_m, b_v};
    const struct parameter first_b = {hidden, hidden, hidden_m, hidden_v};
    float w_gradient[COLUMNS * CLASSES + CLASS_TILE], b_gradient[CLASS_TILE];
    weight_gradient(h, column, COLUMNS, class_slope, w_gradient);
    update_parameter(bad, adam, w_gradient, last_w, column * CLASSES, COLUMNS * CLASSES);
    update_parameter(bad, adam, hidden_gradient, first_b, column, COLUMNS);
    if (slice == 0) {
        bias_gradient(class_slope, b_gradient);
        update_parameter(bad, adam, b_gradient, last_b, 0, CLASSES);
        metrics_add(metrics, adam_batch_loss, loss.sum, loss.hits, BATCH);
        end_step(adam_state, batch_loss, BATCH, count, next_state);
    }

    float sums[BATCH * COLUMNS];
    const size_t at = (size_t)column * m;
    const struct weights weights = {adam_w + at, adam_m + at, adam_v + at};
    first_layer(bad, adam, now, lists_of_step(lists, step + 1u, m), m, slope, weights, sums);
    store_outputs(sums, hidden + column, next_h + column);
    if (!take_rest(slices + SLICES, next_slices + SLICES))
        return;
    const struct place after = next_place(next_place(place_of(adam_state), BATCH, count), BATCH, count);
    list_batch(source, all_labels, scale, m, count, (uint2)(seed_low, seed_high), shuffle, after,
        lists_of_step(lists, step + 2u, m));
}

/* packed[SLICES][m][COLUMNS], a slice a work-item: the columns of w [m][K]. With them go the moments of w; no
 * slice of the steps to come is taken; and the first two work-items make the lists of the batch that stands at
 * `state`, and of the next. Global size: SLICES, but at least 2. */
kernel void fused_step_begin(global const uchar *source, global const uint *all_labels, float scale, uint m,
    uint count, uint seed_low, uint seed_high, uint shuffle, global const uint *state, global const float *w,
    global const float *w_m, global const float *w_v, global float *packed, global float *packed_m,
    global float *packed_v, global uint *slices, global uint *lists)
{
    const uint slice = (uint)get_global_id(0);
    if (slice < 2) {
        const struct place here = place_of(state), next = next_place(here, BATCH, count);
        list_batch(source, all_labels, scale, m, count, (uint2)(seed_low, seed_high), shuffle,
            slice == 0 ? here : next, lists_of_step(lists, state[STATE_STEP] + slice, m));
    }
    if (slice >= SLICES)
        return;
    for (uint i = 0; i < m; i++)
        for (uint j = 0; j < COLUMNS; j += WIDTH) {
            const size_t from = (size_t)i * HIDDEN + slice * COLUMNS + j;
            const size_t to = ((size_t)slice * m + i) * COLUMNS + j;
            STORE_VECTOR(LOAD_VECTOR(w + from), packed + to);
            STORE_VECTOR(LOAD_VECTOR(w_m + from), packed_m + to);
            STORE_VECTOR(LOAD_VECTOR(w_v + from), packed_v + to);
        }
    slices[slice] = 0u;
    if (slice == 0)
        slices[SLICES] = 0u;
}

/* And back; and the state, w2 [K, C] and b2 [C], as the last step left them, go where the caller has them,
 * which may be where they are. */
kernel void fused_step_end(global const float *packed, global const float *packed_m,
    global const float *packed_v, uint m, global float *w, global float *w_m, global float *w_v,
    global const uint *last_state, global uint *state, global const float *last_w2, global float *w2,
    global const float *last_b2, global float *b2)
{
    const uint slice = (uint)get_global_id(0);
    if (slice >= SLICES)
        return;
    if (slice == 0) {
        for (uint i = 0; i < STATE_SIZE; i++)
            state[i] = last_state[i];
        copy_floats(last_w2, w2, HIDDEN * CLASSES);
        copy_floats(last_b2, b2, CLASSES);
    }
    for (uint i = 0; i < m; i++)
        for (uint j = 0; j < COLUMNS; j += WIDTH) {
            const size_t from = ((size_t)slice * m + i) * COLUMNS + j;
            const size_t to = (size_t)i * HIDDEN + slice * COLUMNS + j;
            STORE_VECTOR(LOAD_VECTOR(packed + from), w + to);
            STORE_VECTOR(LOAD_VECTOR(packed_m + from), w_m + to);
            STORE_VECTOR(LOAD_VECTOR(packed_v + from), w_v + to);
        }
}
