/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Local response normalisation across channels (Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification
 * with deep convolutional neural networks", section 3.3). M pixels of C channels; x, d, y, dx, dy [M, C]; sums go
 * over the channels within `reach` of c that there are. */
#include "vector.h.cl"

/* Element j of a pixel, WIDTH of them from j on; 0 where there is no such channel. */
static inline floatn channels_from(global const float *pixel, int j, uint C)
{
    float lanes[WIDTH];
    if (j >= 0 && (uint)j + WIDTH <= C)
        return load_vector(0, pixel + j);
    for (int k = 0; k < WIDTH; k++)
        lanes[k] = j + k >= 0 && j + k < (int)C ? pixel[j + k] : 0.0f;
    return load_vector(0, lanes);
}

/* value's lanes as far as there are channels. */
static inline void store_channels(floatn value, global float *pixel, uint c, uint C)
{
    float lanes[WIDTH];
    if (c + WIDTH <= C) {
        STORE_VECTOR(value, pixel + c);
    } else {
        STORE_VECTOR(value, lanes);
        for (uint k = 0; c + k < C; k++)
            pixel[c + k] = lanes[k];
    }
}

/* d^-β, by functions that compilers make vectors of. */
static inline floatn inverse_power(floatn d, float beta)
{
    return exp(SPLAT(-beta) * log(d));
}

/* d[c] = k + α · Σ x[j]², y[c] = x[c] / d[c]^β. d and y are assigned. */
kernel void lrn(global const float *x, global float *d, global float *y, uint M, uint C, int reach,
    float k, float alpha, float beta, uint span)
{
    const struct range range = range_of_item(M, span);
    for (uint i = range.first; i < range.last; i++) {
        global const float *pixel = x + (size_t)i * C;
        for (uint c = 0; c < C; c += WIDTH) {
            floatn sum = SPLAT(0.0f);
            for (int j = -reach; j <= reach; j++) {
                const floatn value = channels_from(pixel, (int)c + j, C);
                sum = fma(value, value, sum);
            }
            const floatn divisor = SPLAT(k) + SPLAT(alpha) * sum;
            store_channels(divisor, d + (size_t)i * C, c, C);
            store_channels(channels_from(pixel, (int)c, C) * inverse_power(divisor, beta),
                y + (size_t)i * C, c, C);
        }
    }
}

/* dx[c] = dy[c] / d[c]^β - 2·α·β · x[c] · Σ dy[j] · y[j] / d[j]. dx is assigned. */
kernel void lrn_backward(global const float *x, global const float *dy, global const float *d,
    global const float *y, global float *dx, uint M, uint C, int reach, float alpha, float beta, uint span)
{
    const struct range range = range_of_item(M, span);
    for (uint i = range.first; i < range.last; i++) {
        const size_t at = (size_t)i * C;
        for (uint c = 0; c < C; c += WIDTH) {
            floatn sum = SPLAT(0.0f);
            for (int j = -reach; j <= reach; j++) {
                const floatn divisor = channels_from(d + at, (int)c + j, C);
                const floatn product =
                    channels_from(dy + at, (int)c + j, C) * channels_from(y + at, (int)c + j, C);
                sum += divisor > SPLAT(0.0f) ? product / divisor : SPLAT(0.0f);
            }
            const floatn own = channels_from(dy + at, (int)c, C) *
                               inverse_power(channels_from(d + at, (int)c, C), beta);
            store_channels(
                own - SPLAT(2.0f * alpha * beta) * channels_from(x + at, (int)c, C) * sum, dx + at, c, C);
        }
    }
}
