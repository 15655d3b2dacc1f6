/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static double normal_below(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

/* tanh's argument in the approximation of gelu, and its slope. */
static double gelu_inner(double x)
{
    return sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x);
}

static double gelu_inner_slope(double x)
{
    return sqrt(2 / acos(-1)) * (1 + 3 * 0.044715 * x * x);
}

static double value(enum nncl_activation_kind kind, double a, double x)
{
    switch (kind) {
    case NNCL_LEAKYRELU:
        return x > 0 ? x : a * x;
    case NNCL_ELU:
        return x > 0 ? x : a * expm1(x);
    case NNCL_GELU:
        return x * normal_below(x);
    case NNCL_GELUTANH:
        return x * logistic(2 * gelu_inner(x)); /* (1 + tanh u)/2 without cancelling */
    case NNCL_SILU:
        return x * logistic(x);
    case NNCL_SIGMOID:
        return logistic(x);
    case NNCL_TANH:
        return tanh(x);
    case NNCL_SOFTPLUS:
        return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
    }
    return NAN;
}

/* The slope where `kept` was the input (gelu, gelutanh, silu) or is the output. */
static double slope(enum nncl_activation_kind kind, double a, double kept)
{
    const double s = logistic(kind == NNCL_GELUTANH ? 2 * gelu_inner(kept) : kept);
    switch (kind) {
    case NNCL_LEAKYRELU:
        return kept > 0 ? 1 : a;
    case NNCL_ELU:
        return kept > 0 ? 1 : kept + a;
    case NNCL_GELU:
        return normal_below(kept) + kept * exp(-0.5 * kept * kept) / sqrt(2 * acos(-1));
    case NNCL_GELUTANH:
        return s + kept * s * (1 - s) * 2 * gelu_inner_slope(kept);
    case NNCL_SILU:
        return s + kept * s * (1 - s);
    case NNCL_SIGMOID:
        return kept * (1 - kept);
    case NNCL_TANH:
        return 1 - kept * kept;
    case NNCL_SOFTPLUS:
        return -expm1(-kept);
    }
    return NAN;
}

void ref_activation(
    size_t n, enum nncl_activation_kind kind, float parameter, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)value(kind, (double)parameter, (double)x[i]);
}

void ref_activation_backward(size_t n, enum nncl_activation_kind kind, float parameter,
    const float *kept, const float *dy, float *dx)
{
    for (size_t i = 0; i < n; i++)
        dx[i] = (float)((double)dy[i] * slope(kind, (double)parameter, (double)kept[i]));
}
