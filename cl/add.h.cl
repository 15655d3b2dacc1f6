/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "vector.h.cl"

static inline floatn add_forward(floatn a, floatn b)
{
    return a + b;
}

#define ADD_PARAMETERS , global const float *add_b
#define ADD_SETUP
#define ADD_EPILOGUE(LOAD, STORE, value, column, index)                                             \
    value = add_forward(value, LOAD(add_b + (index)));
