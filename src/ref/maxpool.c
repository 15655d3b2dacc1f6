/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

/* The number, within window (oy, ox), of its largest element; `from`: a picture at one channel. */
static size_t largest_of(
    const struct window *window, size_t channels, const float *from, size_t oy, size_t ox)
{
    float best = 0;
    size_t place = SIZE_MAX;
    for (size_t k = 0; k < (size_t)window->down * window->across; k++) {
        size_t pixel = window_pixel(window, oy, ox, k / window->across, k % window->across);
        if (pixel == SIZE_MAX)
            continue;
        float value = from[pixel * channels];
        if (place == SIZE_MAX || value > best || isnan(value)) {
            best = value;
            place = k;
        }
    }
    return place;
}

void ref_maxpool(size_t n, size_t channels, const struct window *window, const float *x,
    uint8_t *place, float *y)
{
    for (size_t i = 0; i < n; i++, x += (size_t)window->height * window->width * channels)
        for (size_t oy = 0; oy < window->out_height; oy++)
            for (size_t ox = 0; ox < window->out_width; ox++)
                for (size_t c = 0; c < channels; c++) {
                    size_t k = largest_of(window, channels, x + c, oy, ox);
                    size_t pixel =
                        window_pixel(window, oy, ox, k / window->across, k % window->across);
                    *place++ = (uint8_t)k;
                    *y++ = x[pixel * channels + c];
                }
}

void ref_maxpool_backward(size_t n, size_t channels, const struct window *window,
    const uint8_t *place, const float *dy, float *dx)
{
    size_t picture = (size_t)window->height * window->width * channels;
    for (size_t i = 0; i < n * picture; i++)
        dx[i] = 0;
    for (size_t i = 0; i < n; i++, dx += picture)
        for (size_t oy = 0; oy < window->out_height; oy++)
            for (size_t ox = 0; ox < window->out_width; ox++)
                for (size_t c = 0; c < channels; c++, place++) {
                    size_t pixel = window_pixel(
                        window, oy, ox, *place / window->across, *place % window->across);
                    if (pixel != SIZE_MAX) /* a place that no forward pass gives */
                        dx[pixel * channels + c] += *dy;
                    dy++;
                }
}
