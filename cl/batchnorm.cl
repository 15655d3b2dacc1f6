/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Batch normalisation by channel. M values of each of C channels: x, y, dx, dy [M, C], w, b, dw, db,
 * running mean and variance [C]; statistics [3, C] are mean, variance and inverse = 1/√(variance + ε) of a
 * batch. */
#include "columns.h.cl"
#include "epilogue.h.cl"
#include "state.h.cl"

/* The mean of the part's rows, and the sum of squared distances from it: two passes, so that a large mean
 * costs no precision. */
#define MOMENTS(LOAD, STORE, j)                                                                     \
    {                                                                                               \
        floatn sum = SPLAT(0.0f), squares = SPLAT(0.0f);                                            \
        for (uint i = part.top; i < part.bottom; i++)                                               \
            sum += LOAD(x + (size_t)i * C + j);                                                     \
        const floatn mean = sum / SPLAT((float)(part.bottom - part.top));                           \
        for (uint i = part.top; i < part.bottom; i++) {                                             \
            const floatn distance = LOAD(x + (size_t)i * C + j) - mean;                             \
            squares = fma(distance, distance, squares);                                             \
        }                                                                                           \
        STORE(mean, to + j);                                                                        \
        STORE(squares, to + C + j);                                                                 \
    }

/* parts [P, 2, C] is assigned. */
kernel void batchnorm_moments(
    global const float *x, global float *parts, uint M, uint C, uint rows, uint span)
{
    const struct part part = part_of_item(M, C, rows, span);
    if (part.top == part.bottom)
        return;
    global float *to = part_sums(parts, part, rows, C);
    EACH_COLUMN(part.left, part.right, MOMENTS)
}

/* Moments of parts together: the squared distances from the common mean are those from each part's own plus
 * the parts' distances (Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance"). */
#define STATISTICS(LOAD, STORE, j)                                                                  \
    {                                                                                               \
        floatn mean = SPLAT(0.0f), squares = SPLAT(0.0f);                                           \
        for (uint p = 0; p < P; p++)                                                                \
            mean += LOAD(parts + (size_t)p * 2u * C + j) * SPLAT(rows_of(p, rows, M) / (float)M);   \
        for (uint p = 0; p < P; p++) {                                                              \
            const floatn distance = LOAD(parts + (size_t)p * 2u * C + j) - mean;                    \
            squares += LOAD(parts + (size_t)p * 2u * C + C + j);                                    \
            squares = fma(distance * distance, SPLAT(rows_of(p, rows, M)), squares);                \
        }                                                                                           \
        const floatn variance = squares / SPLAT((float)M);                                          \
        STORE(mean, statistics + j);                                                                \
        STORE(variance, statistics + C + j);                                                        \
        STORE(batchnorm_inverse(variance, epsilon), statistics + 2u * C + j);                       \
    }

static inline float rows_of(uint p, uint rows, uint M)
{
    return (float)min(rows, M - p * rows);
}

/* statistics are assigned. */
kernel void batchnorm_statistics(global const float *parts, global float *statistics, uint M, uint C,
    uint rows, float epsilon, uint span)
{
    const struct range range = range_of_item(C, span);
    const uint P = (M - 1) / rows + 1;
    EACH_COLUMN(range.first, range.last, STATISTICS)
}

#define NORMALISE(LOAD, STORE, j)                                                                   \
    {                                                                                               \
        floatn value = batchnorm_forward(LOAD(x + (size_t)i * C + j), LOAD(statistics + j),         \
            LOAD(statistics + 2u * C + j), LOAD(w + j), LOAD(b + j));                               \
        EPILOGUE(LOAD, STORE, value, j, (size_t)i * C + j)                                          \
        if (STORES_RESULT)                                                                          \
            STORE(value, y + (size_t)i * C + j);                                                    \
    }

/* y = w · (x - mean) · inverse + b. y is assigned. */
kernel void batchnorm(global const float *x, global const float *w, global const float *b,
    global const float *statistics, global float *y, uint M, uint C, uint rows,
    uint span EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct part part = part_of_item(M, C, rows, span);
    for (uint i = part.top; i < part.bottom; i++)
        EACH_COLUMN(part.left, part.right, NORMALISE)
}

#define INFER(LOAD, STORE, j)                                                                       \
    {                                                                                               \
        floatn value = LOAD(x + (size_t)i * C + j);                                                 \
        BATCHNORM_EPILOGUE(LOAD, STORE, value, j, 0)                                                \
        STORE(value, y + (size_t)i * C + j);                                                        \
    }

/* The same with running statistics. y is assigned. */
kernel void batchnorm_inference(global const float *x, global const float *batchnorm_w,
    global const float *batchnorm_b, global const float *batchnorm_mean,
    global const float *batchnorm_variance, global float *y, float batchnorm_epsilon, uint M, uint C,
    uint rows, uint span)
{
    const struct part part = part_of_item(M, C, rows, span);
    for (uint i = part.top; i < part.bottom; i++)
        EACH_COLUMN(part.left, part.right, INFER)
}

#define BACKWARD_SUMS(LOAD, STORE, j)                                                               \
    {                                                                                               \
        const floatn mean = LOAD(statistics + j);                                                   \
        floatn products = SPLAT(0.0f), sum = SPLAT(0.0f);                                           \
        for (uint i = part.top; i < part.bottom; i++) {                                             \
            const floatn slope = LOAD(dy + (size_t)i * C + j);                                      \
            products = fma(slope, LOAD(x + (size_t)i * C + j) - mean, products);                    \
            sum += slope;                                                                           \
        }                                                                                           \
        STORE(products * LOAD(statistics + 2u * C + j), to + j);                                    \
        STORE(sum, to + C + j);                                                                     \
    }

/* By parts, to be added up by column_totals: dw = Σ dy · (x - mean) · inverse, db = Σ dy. parts [P, 2, C] is
 * assigned. */
kernel void batchnorm_backward_sums(global const float *x, global const float *dy,
    global const float *statistics, global float *parts, uint M, uint C, uint rows, uint span)
{
    const struct part part = part_of_item(M, C, rows, span);
    if (part.top == part.bottom)
        return;
    global float *to = part_sums(parts, part, rows, C);
    EACH_COLUMN(part.left, part.right, BACKWARD_SUMS)
}

#define BACKWARD(LOAD, STORE, j)                                                                    \
    {                                                                                               \
        const floatn inverse = LOAD(statistics + 2u * C + j);                                       \
        const floatn normal = (LOAD(x + (size_t)i * C + j) - LOAD(statistics + j)) * inverse;       \
        const floatn common = (LOAD(db + j) + normal * LOAD(dw + j)) * SPLAT(1.0f / (float)M);      \
        floatn value = (LOAD(dy + (size_t)i * C + j) - common) * (inverse * LOAD(w + j));           \
        EPILOGUE(LOAD, STORE, value, j, (size_t)i * C + j)                                          \
        if (STORES_RESULT)                                                                          \
            STORE(value, dx + (size_t)i * C + j);                                                   \
    }

/* dx = w · inverse · (dy - (db + (x - mean) · inverse · dw) / M), which is the same paper's gradient with its
 * sums written as those of the parameters. dx is assigned. */
kernel void batchnorm_backward(global const float *x, global const float *dy, global const float *w,
    global const float *statistics, global const float *dw, global const float *db, global float *dx,
    uint M, uint C, uint rows, uint span EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct part part = part_of_item(M, C, rows, span);
    for (uint i = part.top; i < part.bottom; i++)
        EACH_COLUMN(part.left, part.right, BACKWARD)
}

#define RUN_ON(LOAD, STORE, j)                                                                      \
    {                                                                                               \
        const floatn old_mean = LOAD(mean + j), old_variance = LOAD(variance + j);                  \
        const floatn estimate = LOAD(statistics + C + j) * SPLAT(unbias);                           \
        STORE(old_mean + SPLAT(momentum) * (LOAD(statistics + j) - old_mean), mean + j);            \
        STORE(old_variance + SPLAT(momentum) * (estimate - old_variance), variance + j);            \
    }

/* mean ← mean + momentum · (batch's - mean), and so the variance, times unbias = M/(M - 1), which makes a
 * batch's variance an estimate without bias; nothing changes in a bad step. Both are accumulated. */
kernel void batchnorm_running(global const float *statistics, global const uint *state,
    global const float *batch_loss, global float *mean, global float *variance, uint C, float momentum,
    float unbias, uint span)
{
    if (step_is_bad(state, batch_loss))
        return;
    const struct range range = range_of_item(C, span);
    EACH_COLUMN(range.first, range.last, RUN_ON)
}
