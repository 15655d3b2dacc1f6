/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Batch normalisation (Ioffe and Szegedy 2015, "Batch normalization: accelerating deep network training by
 * reducing internal covariate shift", algorithm 1): y = w · (x - mean) · inverse + b, where inverse is
 * 1/√(variance + ε). */
#include "vector.h.cl"

static inline floatn batchnorm_forward(
    floatn x, floatn mean, floatn inverse, floatn w, floatn b)
{
    return (x - mean) * (inverse * w) + b;
}

static inline floatn batchnorm_inverse(floatn variance, float epsilon)
{
    return SPLAT(1.0f) / sqrt(variance + SPLAT(epsilon));
}

/* With running statistics, as in inference. */
#define BATCHNORM_PARAMETERS                                                                        \
    , global const float *batchnorm_w, global const float *batchnorm_b,                             \
        global const float *batchnorm_mean, global const float *batchnorm_variance,                 \
        float batchnorm_epsilon
#define BATCHNORM_SETUP
#define BATCHNORM_EPILOGUE(LOAD, STORE, value, column, index)                                       \
    value = batchnorm_forward(value, LOAD(batchnorm_mean + (column)),                               \
        batchnorm_inverse(LOAD(batchnorm_variance + (column)), batchnorm_epsilon),                  \
        LOAD(batchnorm_w + (column)), LOAD(batchnorm_b + (column)));
