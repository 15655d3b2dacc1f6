/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Layer normalisation (Ba, Kiros and Hinton 2016, "Layer normalization", eq. 3 and 4). M rows of G values that
 * are normalised together: x, y, dx, dy [M, G], w, b, dw, db [G]; statistics [M, 2] are each row's mean and
 * inverse = 1/√(variance + ε). Sums run by vectors along a row, then over their lanes. */
#include "columns.h.cl"
#include "epilogue.h.cl"

/* Σ_j of an expression of floatn `at`, which loads element j of a row. */
#define ROW_SUM(sum, TERM)                                                                          \
    {                                                                                               \
        floatn lanes = SPLAT(0.0f);                                                                 \
        uint j = 0;                                                                                 \
        for (; j + WIDTH <= G; j += WIDTH)                                                          \
            lanes += TERM(LOAD_VECTOR, j);                                                          \
        sum = sum_lanes(lanes);                                                                     \
        for (; j < G; j++)                                                                          \
            sum += FIRST_LANE(TERM(LOAD_ELEMENT, j));                                               \
    }

#define VALUE(LOAD, j) LOAD(row + j)
#define SQUARE(LOAD, j) ((LOAD(row + j) - SPLAT(mean)) * (LOAD(row + j) - SPLAT(mean)))

#define NORMALISE(LOAD, STORE, j)                                                                   \
    {                                                                                               \
        floatn value = (LOAD(row + j) - SPLAT(mean)) * (SPLAT(inverse) * LOAD(w + j)) + LOAD(b + j); \
        EPILOGUE(LOAD, STORE, value, j, (size_t)i * G + j)                                          \
        if (STORES_RESULT)                                                                          \
            STORE(value, y + (size_t)i * G + j);                                                    \
    }

/* y = w · (x - mean) · inverse + b. statistics and y are assigned. */
kernel void layernorm(global const float *x, global const float *w, global const float *b,
    global float *statistics, global float *y, uint M, uint G, float epsilon,
    uint span EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct range range = range_of_item(M, span);
    for (uint i = range.first; i < range.last; i++) {
        global const float *row = x + (size_t)i * G;
        float mean, variance;
        ROW_SUM(mean, VALUE)
        mean /= (float)G;
        ROW_SUM(variance, SQUARE)
        const float inverse = 1.0f / sqrt(variance / (float)G + epsilon);
        statistics[2u * i] = mean;
        statistics[2u * i + 1u] = inverse;
        EACH_COLUMN(0, G, NORMALISE)
    }
}

#define SLOPE(LOAD, j) (LOAD(slopes + j) * LOAD(w + j))
#define PRODUCT(LOAD, j) (SLOPE(LOAD, j) * (LOAD(row + j) - SPLAT(mean)))

#define BACKWARD(LOAD, STORE, j)                                                                    \
    {                                                                                               \
        const floatn normal = (LOAD(row + j) - SPLAT(mean)) * SPLAT(inverse);                       \
        floatn value = SPLAT(inverse) * (SLOPE(LOAD, j) - SPLAT(sum) - normal * SPLAT(products));   \
        EPILOGUE(LOAD, STORE, value, j, (size_t)i * G + j)                                          \
        if (STORES_RESULT)                                                                          \
            STORE(value, dx + (size_t)i * G + j);                                                   \
    }

/* With g = dy · w and x̂ = (x - mean) · inverse: dx = inverse · (g - Σ g / G - x̂ · Σ g·x̂ / G), sums being those of
 * a row. dx is assigned. */
kernel void layernorm_backward(global const float *x, global const float *dy, global const float *w,
    global const float *statistics, global float *dx, uint M, uint G, uint span EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct range range = range_of_item(M, span);
    for (uint i = range.first; i < range.last; i++) {
        global const float *row = x + (size_t)i * G, *slopes = dy + (size_t)i * G;
        const float mean = statistics[2u * i], inverse = statistics[2u * i + 1u];
        float sum, products;
        ROW_SUM(sum, SLOPE)
        ROW_SUM(products, PRODUCT)
        sum /= (float)G;
        products *= inverse / (float)G;
        EACH_COLUMN(0, G, BACKWARD)
    }
}

#define SUMS(LOAD, STORE, j)                                                                        \
    {                                                                                               \
        floatn products = SPLAT(0.0f), sum = SPLAT(0.0f);                                           \
        for (uint i = part.top; i < part.bottom; i++) {                                             \
            const floatn slope = LOAD(dy + (size_t)i * G + j);                                      \
            const floatn normal = (LOAD(x + (size_t)i * G + j) - SPLAT(statistics[2u * i])) *       \
                                  SPLAT(statistics[2u * i + 1u]);                                   \
            products = fma(slope, normal, products);                                                \
            sum += slope;                                                                           \
        }                                                                                           \
        STORE(products, to + j);                                                                    \
        STORE(sum, to + G + j);                                                                     \
    }

/* By parts, to be added up by column_totals: dw = Σ_i dy · (x - mean) · inverse, db = Σ_i dy. parts [P, 2, G] is
 * assigned. */
kernel void layernorm_backward_sums(global const float *x, global const float *dy,
    global const float *statistics, global float *parts, uint M, uint G, uint rows, uint span)
{
    const struct part part = part_of_item(M, G, rows, span);
    if (part.top == part.bottom)
        return;
    global float *to = part_sums(parts, part, rows, G);
    EACH_COLUMN(part.left, part.right, SUMS)
}
