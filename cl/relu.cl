/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rectified linear unit (Nair and Hinton 2010), by element; n elements. */
#include "relu.h.cl"

/* y = max(x, 0). y is assigned. */
kernel void relu(global const float *x, global float *y, uint n, uint span)
{
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH)
        STORE_VECTOR(relu_forward(load_vector(0, x + i)), y + i);
    for (; i < range.last; i++)
        y[i] = relu_forward(SPLAT(x[i])).s0;
}

/* dx = dy where y > 0, else 0. dx is assigned. */
kernel void relu_backward(
    global const float *y, global const float *dy, global float *dx, uint n, uint span)
{
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH)
        STORE_VECTOR(relu_gradient(load_vector(0, y + i), load_vector(0, dy + i)), dx + i);
    for (; i < range.last; i++)
        dx[i] = relu_gradient(SPLAT(y[i]), SPLAT(dy[i])).s0;
}
