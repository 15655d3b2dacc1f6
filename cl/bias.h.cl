/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "vector.h.cl"

static inline floatn bias_forward(floatn x, floatn b)
{
    return x + b;
}

#define BIAS_PARAMETERS , global const float *bias_b
#define BIAS_SETUP
#define BIAS_EPILOGUE(LOAD, STORE, value, column, index)                                            \
    value = bias_forward(value, LOAD(bias_b + (column)));
