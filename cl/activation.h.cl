/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Activations but the ReLU, by element, and their gradients. Each gradient is taken from what
 * rounds well: the output y where that is enough, else the input x. */
#include "vector.h.cl"

/* Leaky rectified linear unit (Maas, Hannun and Ng 2013): x, or a·x below 0. */
static inline floatn leakyrelu_forward(floatn x, float a)
{
    return x > SPLAT(0.0f) ? x : SPLAT(a) * x;
}

static inline floatn leakyrelu_gradient(floatn y, floatn dy, float a)
{
    return y > SPLAT(0.0f) ? dy : SPLAT(a) * dy;
}

/* Exponential linear unit (Clevert, Unterthiner and Hochreiter 2016): x, or a·(e^x - 1) below 0. */
static inline floatn elu_forward(floatn x, float a)
{
    return x > SPLAT(0.0f) ? x : SPLAT(a) * expm1(x);
}

/* Below 0 the slope a·e^x is y + a. */
static inline floatn elu_gradient(floatn y, floatn dy, float a)
{
    return y > SPLAT(0.0f) ? dy : dy * (y + SPLAT(a));
}

/* The logistic function 1/(1 + e^-x). */
static inline floatn sigmoid_forward(floatn x)
{
    return SPLAT(1.0f) / (SPLAT(1.0f) + exp(-x));
}

static inline floatn sigmoid_gradient(floatn y, floatn dy)
{
    return dy * (y * (SPLAT(1.0f) - y));
}

static inline floatn tanh_forward(floatn x)
{
    return tanh(x);
}

static inline floatn tanh_gradient(floatn y, floatn dy)
{
    return dy * ((SPLAT(1.0f) - y) * (SPLAT(1.0f) + y));
}

/* log(1 + e^x) (Dugas et al. 2001), without overflow: max(x, 0) + log(1 + e^-|x|). */
static inline floatn softplus_forward(floatn x)
{
    return fmax(x, SPLAT(0.0f)) + log1p(exp(-fabs(x)));
}

/* The slope 1/(1 + e^-x) is 1 - e^-y. */
static inline floatn softplus_gradient(floatn y, floatn dy)
{
    return dy * -expm1(-y);
}

/* x/(1 + e^-x): SiLU (Elfwing, Uchibe and Doya 2018), also called swish. */
static inline floatn silu_forward(floatn x)
{
    return x * sigmoid_forward(x);
}

static inline floatn silu_gradient(floatn x, floatn dy)
{
    const floatn s = sigmoid_forward(x);
    return dy * (s * (SPLAT(1.0f) + x * (SPLAT(1.0f) - s)));
}

/* The normal distribution function Φ(x), good far below 0 as well. */
static inline floatn normal_below(floatn x)
{
    return SPLAT(0.5f) * erfc(x * SPLAT(-0.70710678f));
}

/* Gaussian error linear unit (Hendrycks and Gimpel 2016): x·Φ(x). */
static inline floatn gelu_forward(floatn x)
{
    return x * normal_below(x);
}

/* Φ(x) + x·φ(x), with φ(x) = e^(-x²/2)/√(2π). */
static inline floatn gelu_gradient(floatn x, floatn dy)
{
    return dy * (normal_below(x) + x * (SPLAT(0.39894228f) * exp(SPLAT(-0.5f) * x * x)));
}

/* 2·√(2/π)·(x + 0.044715·x³): with it (1 + tanh(half of it))/2 is its logistic function. */
static inline floatn gelutanh_inner(floatn x)
{
    return SPLAT(1.5957691f) * x * (SPLAT(1.0f) + SPLAT(0.044715f) * x * x);
}

/* Their approximation of the same: x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2. */
static inline floatn gelutanh_forward(floatn x)
{
    return x * sigmoid_forward(gelutanh_inner(x));
}

static inline floatn gelutanh_gradient(floatn x, floatn dy)
{
    const floatn s = sigmoid_forward(gelutanh_inner(x));
    const floatn inner = SPLAT(1.5957691f) * (SPLAT(1.0f) + SPLAT(0.134145f) * x * x);
    return dy * (s * (SPLAT(1.0f) + x * (SPLAT(1.0f) - s) * inner));
}

#define LEAKYRELU_PARAMETERS , const float leakyrelu_a
#define LEAKYRELU_SETUP
#define LEAKYRELU_EPILOGUE(LOAD, STORE, value, column, index)                                       \
    value = leakyrelu_forward(value, leakyrelu_a);
#define LEAKYRELU_BACKWARD_PARAMETERS , global const float *leakyrelu_y, const float leakyrelu_da
#define LEAKYRELU_BACKWARD_SETUP
#define LEAKYRELU_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                              \
    value = leakyrelu_gradient(LOAD(leakyrelu_y + (index)), value, leakyrelu_da);

#define ELU_PARAMETERS , const float elu_a
#define ELU_SETUP
#define ELU_EPILOGUE(LOAD, STORE, value, column, index) value = elu_forward(value, elu_a);
#define ELU_BACKWARD_PARAMETERS , global const float *elu_y, const float elu_da
#define ELU_BACKWARD_SETUP
#define ELU_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                                    \
    value = elu_gradient(LOAD(elu_y + (index)), value, elu_da);

#define SIGMOID_PARAMETERS
#define SIGMOID_SETUP
#define SIGMOID_EPILOGUE(LOAD, STORE, value, column, index) value = sigmoid_forward(value);
#define SIGMOID_BACKWARD_PARAMETERS , global const float *sigmoid_y
#define SIGMOID_BACKWARD_SETUP
#define SIGMOID_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                                \
    value = sigmoid_gradient(LOAD(sigmoid_y + (index)), value);

#define TANH_PARAMETERS
#define TANH_SETUP
#define TANH_EPILOGUE(LOAD, STORE, value, column, index) value = tanh_forward(value);
#define TANH_BACKWARD_PARAMETERS , global const float *tanh_y
#define TANH_BACKWARD_SETUP
#define TANH_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                                   \
    value = tanh_gradient(LOAD(tanh_y + (index)), value);

#define SOFTPLUS_PARAMETERS
#define SOFTPLUS_SETUP
#define SOFTPLUS_EPILOGUE(LOAD, STORE, value, column, index) value = softplus_forward(value);
#define SOFTPLUS_BACKWARD_PARAMETERS , global const float *softplus_y
#define SOFTPLUS_BACKWARD_SETUP
#define SOFTPLUS_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                               \
    value = softplus_gradient(LOAD(softplus_y + (index)), value);

#define SILU_PARAMETERS
#define SILU_SETUP
#define SILU_EPILOGUE(LOAD, STORE, value, column, index) value = silu_forward(value);
#define SILU_BACKWARD_PARAMETERS , global const float *silu_x
#define SILU_BACKWARD_SETUP
#define SILU_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                                   \
    value = silu_gradient(LOAD(silu_x + (index)), value);

#define GELU_PARAMETERS
#define GELU_SETUP
#define GELU_EPILOGUE(LOAD, STORE, value, column, index) value = gelu_forward(value);
#define GELU_BACKWARD_PARAMETERS , global const float *gelu_x
#define GELU_BACKWARD_SETUP
#define GELU_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                                   \
    value = gelu_gradient(LOAD(gelu_x + (index)), value);

#define GELUTANH_PARAMETERS
#define GELUTANH_SETUP
#define GELUTANH_EPILOGUE(LOAD, STORE, value, column, index) value = gelutanh_forward(value);
#define GELUTANH_BACKWARD_PARAMETERS , global const float *gelutanh_x
#define GELUTANH_BACKWARD_SETUP
#define GELUTANH_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                               \
    value = gelutanh_gradient(LOAD(gelutanh_x + (index)), value);
