/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "vector.h.cl"

/* max(x, 0); a NaN stays NaN, because it compares as false. */
static inline floatn relu_forward(floatn x)
{
    return x < SPLAT(0.0f) ? SPLAT(0.0f) : x;
}

/* The gradient passes where the output is positive. */
static inline floatn relu_gradient(floatn y, floatn dy)
{
    return y > SPLAT(0.0f) ? dy : SPLAT(0.0f);
}

#define RELU_PARAMETERS
#define RELU_SETUP
#define RELU_EPILOGUE(LOAD, STORE, value, column, index) value = relu_forward(value);

#define RELU_BACKWARD_PARAMETERS , global const float *relu_y
#define RELU_BACKWARD_SETUP
#define RELU_BACKWARD_EPILOGUE(LOAD, STORE, value, column, index)                                   \
    value = relu_gradient(LOAD(relu_y + (index)), value);
