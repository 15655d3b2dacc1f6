/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces of the head of a small network, its last dense layer and the loss: what one work-item computes
 * for N rows (BATCH), K hidden units (HIDDEN) and C classes (CLASSES), which are build options; K is a
 * multiple of WIDTH. */
#include "adam.h.cl"
#include "bias.h.cl"
#include "metrics.h.cl"
#include "softmax_xent.h.cl"
#include "vector.h.cl"

#ifndef BATCH
#define BATCH 32
#define HIDDEN 128
#define CLASSES 10
#endif

#define CLASS_VECTORS ((CLASSES + WIDTH - 1) / WIDTH)
#define CLASS_TILE (CLASS_VECTORS * WIDTH) /* classes, and what fills up the last vector */
#define TILE_ROWS 4                        /* of a register tile */

/* The batch's loss, summed over its rows, and how many of them are predicted right. */
struct head_loss {
    float sum;
    uint hits;
};

/* w [K, C] as padded[K][CLASS_TILE], with zeros. */
static inline void pack_weight(global const float *w, float *padded)
{
    for (uint i = 0; i < HIDDEN; i++)
        UNROLL(CLASS_TILE)
        for (uint c = 0; c < CLASS_TILE; c++)
            padded[i * CLASS_TILE + c] = c < CLASSES ? w[i * CLASSES + c] : 0.0f;
}

/* turned[C][count]: `count` rows of w, turned over. */
static inline void turn_weight(global const float *w, uint count, float *turned)
{
    for (uint i = 0; i < count; i++)
        UNROLL(CLASSES)
        for (uint c = 0; c < CLASSES; c++)
            turned[c * count + i] = w[i * CLASSES + c];
}

/* to[r · stride …] = Σ_i left(r, i) · right[i] + start, right being rows of CLASS_TILE floats, left(r, i)
 * left[row[r] + i · term], for the first `rows` of TILE_ROWS rows. */
static inline void tile_of_rows(global const float *left, const uint *row, uint term, const float *right,
    uint count, const float *start, float *to, uint stride, uint rows)
{
    floatn sum[TILE_ROWS][CLASS_VECTORS];
    global const float *from[TILE_ROWS];
    UNROLL(TILE_ROWS)
    for (uint r = 0; r < TILE_ROWS; r++) {
        from[r] = left + row[r];
        UNROLL(CLASS_VECTORS)
        for (uint v = 0; v < CLASS_VECTORS; v++)
            sum[r][v] = SPLAT(0.0f);
    }
    for (uint i = 0; i < count; i++) {
        floatn near[CLASS_VECTORS];
        UNROLL(CLASS_VECTORS)
        for (uint v = 0; v < CLASS_VECTORS; v++)
            near[v] = LOAD_VECTOR(right + i * CLASS_TILE + v * WIDTH);
        UNROLL(TILE_ROWS)
        for (uint r = 0; r < TILE_ROWS; r++) {
            const floatn x = SPLAT(from[r][i * term]);
            UNROLL(CLASS_VECTORS)
            for (uint v = 0; v < CLASS_VECTORS; v++)
                sum[r][v] = fma(x, near[v], sum[r][v]);
        }
    }
    UNROLL(TILE_ROWS)
    for (uint r = 0; r < TILE_ROWS; r++)
        if (r < rows)
            UNROLL(CLASS_VECTORS)
            for (uint v = 0; v < CLASS_VECTORS; v++)
                STORE_VECTOR(bias_forward(sum[r][v], LOAD_VECTOR(start + v * WIDTH)), to + r * stride + v * WIDTH);
}

/* logits[N][CLASS_TILE] = h · w + b, and -∞, whose exponential is 0, behind a row's end. */
static inline void compute_logits(
    global const float *h, const float *padded, global const float *b, float *logits)
{
    float bias[CLASS_TILE];
    for (uint c = 0; c < CLASS_TILE; c++)
        bias[c] = c < CLASSES ? b[c] : -INFINITY;
    for (uint first = 0; first < BATCH; first += TILE_ROWS) {
        uint row[TILE_ROWS];
        for (uint r = 0; r < TILE_ROWS; r++)
            row[r] = min(first + r, (uint)BATCH - 1) * HIDDEN;
        tile_of_rows(h, row, 1, padded, HIDDEN, bias, logits + first * CLASS_TILE, CLASS_TILE,
            BATCH - first);
    }
}

/* The class of the largest logit, the first of equals. */
static inline uint largest_class(const float *x)
{
    uint largest = 0;
    for (uint c = 1; c < CLASSES; c++)
        largest = x[c] > x[largest] ? c : largest;
    return largest;
}

/* Of a row's logits x[CLASS_TILE], the largest of which is `maximum`: s[CLASS_TILE], the mean loss's
 * gradient by them. Returns Σ_c exp(x[c] - maximum). */
static inline float row_slope(const float *x, float maximum, uint label, float *s)
{
    floatn sums = SPLAT(0.0f);
    UNROLL(CLASS_VECTORS)
    for (uint v = 0; v < CLASS_VECTORS; v++) {
        const floatn e = exp(LOAD_VECTOR(x + v * WIDTH) - maximum);
        STORE_VECTOR(e, s + v * WIDTH);
        sums += e;
    }
    const float sum = sum_lanes(sums), hit = label < CLASSES ? s[label] / sum : 0.0f;
    UNROLL(CLASS_VECTORS)
    for (uint v = 0; v < CLASS_VECTORS; v++)
        STORE_VECTOR(xent_gradient(LOAD_VECTOR(s + v * WIDTH) / sum, SPLAT(0.0f), (float)BATCH),
            s + v * WIDTH);
    if (label < CLASSES)
        s[label] = FIRST_LANE(xent_gradient(SPLAT(hit), SPLAT(1.0f), (float)BATCH));
    return sum;
}

/* slope[N][CLASS_TILE]: the mean loss's gradient by the logits. */
static inline struct head_loss compute_loss(const float *logits, const uint *labels, float *slope)
{
    struct sum loss = {0.0f, 0.0f};
    struct head_loss result = {0.0f, 0u};
    for (uint r = 0; r < BATCH; r++) {
        const float *x = logits + r * CLASS_TILE;
        const uint largest = largest_class(x), label = labels[r];
        const float maximum = x[largest];
        const float sum = row_slope(x, maximum, label, slope + r * CLASS_TILE);
        loss = sum_add(loss, xent_loss(label < CLASSES ? x[label] : NAN, maximum, sum));
        result.hits += largest == label ? 1u : 0u;
    }
    result.sum = loss.value - loss.error;
    return result;
}

/* sum = Σ_c slope[c] · turned[c][j …], turned being C rows of `count`. */
static inline floatn slope_back(const float *slope, const float *turned, uint count, uint j)
{
    floatn sum = SPLAT(0.0f);
    UNROLL(CLASSES)
    for (uint c = 0; c < CLASSES; c++)
        sum = fma(SPLAT(slope[c]), LOAD_VECTOR(turned + c * count + j), sum);
    return sum;
}

/* gradient[count][C] = the columns of h [N, K] from `first` on, turned over, times slope; room for
 * CLASS_TILE floats behind it. count is a multiple of TILE_ROWS. */
static inline void weight_gradient(
    global const float *h, uint first, uint count, const float *slope, float *gradient)
{
    float zeros[CLASS_TILE];
    for (uint c = 0; c < CLASS_TILE; c++)
        zeros[c] = 0.0f;
    for (uint i = 0; i < count; i += TILE_ROWS) {
        uint row[TILE_ROWS];
        for (uint r = 0; r < TILE_ROWS; r++)
            row[r] = first + i + r;
        /* What is beyond a row's end, the next row overwrites. */
        tile_of_rows(h, row, HIDDEN, slope, BATCH, zeros, gradient + i * CLASSES, CLASSES, TILE_ROWS);
    }
}

/* gradient[C] = Σ slope over the rows; room for CLASS_TILE floats. */
static inline void bias_gradient(const float *slope, float *gradient)
{
    UNROLL(CLASS_VECTORS)
    for (uint v = 0; v < CLASS_VECTORS; v++) {
        floatn sum = SPLAT(0.0f);
        for (uint r = 0; r < BATCH; r++)
            sum += LOAD_VECTOR(slope + r * CLASS_TILE + v * WIDTH);
        STORE_VECTOR(sum, gradient + v * WIDTH);
    }
}

#define UPDATE_AT(LOAD, STORE, i)                                                                   \
    {                                                                                               \
        floatn first = LOAD(m + i), second = LOAD(v + i);                                           \
        STORE(adam_update(adam, LOAD(gradient + i), LOAD(from + i), &first, &second), to + i);      \
        STORE(first, m + i);                                                                        \
        STORE(second, v + i);                                                                       \
    }

/* Adam's update by gradient[n] of n parameters at `from`, to `to`, which may be the same. */
static inline void update_small(struct adam adam, const float *gradient, global const float *from,
    global float *to, global float *m, global float *v, uint n)
{
    uint i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        UPDATE_AT(LOAD_VECTOR, STORE_VECTOR, i)
    for (; i < n; i++)
        UPDATE_AT(LOAD_ELEMENT, STORE_ELEMENT, i)
}
