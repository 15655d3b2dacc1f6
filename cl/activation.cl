/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* An activation or its gradient by itself, by element; n elements. The build option ACTIVATION names it,
 * by the prefix of its macros: GELU, GELU_BACKWARD. */
#include "activation.h.cl"

#ifndef ACTIVATION
#define ACTIVATION TANH
#endif

/* y = the activation of x, or its gradient from that of the output, x. y is assigned. */
kernel void activation(
    global const float *x, global float *y, uint n, uint span JOIN(ACTIVATION, _PARAMETERS))
{
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH) {
        floatn value = LOAD_VECTOR(x + i);
        JOIN(ACTIVATION, _EPILOGUE)(LOAD_VECTOR, STORE_VECTOR, value, i, i)
        STORE_VECTOR(value, y + i);
    }
    for (; i < range.last; i++) {
        floatn value = LOAD_ELEMENT(x + i);
        JOIN(ACTIVATION, _EPILOGUE)(LOAD_ELEMENT, STORE_ELEMENT, value, i, i)
        STORE_ELEMENT(value, y + i);
    }
}
