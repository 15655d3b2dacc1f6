/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Local response normalisation across channels (Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification
 * with deep convolutional neural networks", section 3.3). M pixels of C channels; x, d, y, dx, dy [M, C]; sums go
 * over the channels within `reach` of c that there are. */
#include "vector.h.cl"

/* d^-β, by functions that compilers make vectors of; AlexNet's β by roots. */
static inline floatn inverse_power(floatn d, float beta)
{
    if (beta == 0.75f) {
        const floatn root = sqrt(d);
        return SPLAT(1.0f) / (root * sqrt(root));
    }
    return exp(SPLAT(-beta) * log(d));
}

/* Whether all of the windows of WIDTH channels from c on lie inside the pixel. */
static inline bool windows_inside(uint c, uint C, int reach)
{
    return c >= (uint)reach && c + WIDTH + (uint)reach <= C;
}

/* Σ x[j]² over the window of channel c. */
static inline float squares(global const float *x, uint c, uint C, int reach)
{
    const int last = min((int)c + reach, (int)C - 1);
    float sum = 0.0f;
    for (int j = max((int)c - reach, 0); j <= last; j++)
        sum = fma(x[j], x[j], sum);
    return sum;
}

/* d[c] = k + α · Σ x[j]², y[c] = x[c] / d[c]^β. d and y are assigned. */
kernel void lrn(global const float *x, global float *d, global float *y, uint M, uint C, int reach,
    float k, float alpha, float beta, uint span)
{
    const struct range range = range_of_item(M, span);
    for (uint i = range.first; i < range.last; i++) {
        global const float *pixel = x + (size_t)i * C;
        global float *divisor = d + (size_t)i * C, *to = y + (size_t)i * C;
        uint c = 0;
        while (c < C)
            if (windows_inside(c, C, reach)) {
                floatn sum = SPLAT(0.0f);
                for (int j = -reach; j <= reach; j++) {
                    const floatn value = load_vector(0, pixel + ((int)c + j));
                    sum = fma(value, value, sum);
                }
                STORE_VECTOR(SPLAT(k) + SPLAT(alpha) * sum, divisor + c);
                c += WIDTH;
            } else {
                divisor[c] = k + alpha * squares(pixel, c, C, reach);
                c++;
            }
        for (c = 0; c + WIDTH <= C; c += WIDTH)
            STORE_VECTOR(load_vector(0, pixel + c) * inverse_power(load_vector(0, divisor + c), beta), to + c);
        for (; c < C; c++)
            to[c] = pixel[c] * exp(-beta * log(divisor[c]));
    }
}

/* Σ dy[j] · y[j] / d[j] over the window of channel c. */
static inline float quotients(global const float *dy, global const float *y, global const float *d,
    uint c, uint C, int reach)
{
    const int last = min((int)c + reach, (int)C - 1);
    float sum = 0.0f;
    for (int j = max((int)c - reach, 0); j <= last; j++)
        sum += dy[j] * y[j] / d[j];
    return sum;
}

/* The same of WIDTH channels from c on, whose windows lie inside the pixel. */
static inline floatn quotients_inside(global const float *dy, global const float *y,
    global const float *d, uint c, int reach)
{
    floatn sum = SPLAT(0.0f);
    for (int j = (int)c - reach; j <= (int)c + reach; j++)
        sum += load_vector(0, dy + j) * load_vector(0, y + j) / load_vector(0, d + j);
    return sum;
}

/* dx[c] = dy[c] / d[c]^β - 2·α·β · x[c] · Σ dy[j] · y[j] / d[j]. dx is assigned, first that sum. */
kernel void lrn_backward(global const float *x, global const float *dy, global const float *d,
    global const float *y, global float *dx, uint M, uint C, int reach, float alpha, float beta, uint span)
{
    const struct range range = range_of_item(M, span);
    const float part = 2.0f * alpha * beta;
    for (uint i = range.first; i < range.last; i++) {
        const size_t at = (size_t)i * C;
        uint c = 0;
        while (c < C)
            if (windows_inside(c, C, reach)) {
                STORE_VECTOR(quotients_inside(dy + at, y + at, d + at, c, reach), dx + at + c);
                c += WIDTH;
            } else {
                dx[at + c] = quotients(dy + at, y + at, d + at, c, C, reach);
                c++;
            }
        for (c = 0; c + WIDTH <= C; c += WIDTH) {
            const size_t j = at + c;
            const floatn own = load_vector(0, dy + j) * inverse_power(load_vector(0, d + j), beta);
            STORE_VECTOR(own - SPLAT(part) * load_vector(0, x + j) * load_vector(0, dx + j), dx + j);
        }
        for (; c < C; c++)
            dx[at + c] = dy[at + c] * exp(-beta * log(d[at + c])) - part * x[at + c] * dx[at + c];
    }
}
