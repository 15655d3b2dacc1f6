/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ref/ref.h"

/* The pixels of window (oy, ox) that lie inside the picture. */
static size_t count_inside(const struct window *window, size_t oy, size_t ox)
{
    size_t count = 0;
    for (size_t k = 0; k < (size_t)window->down * window->across; k++)
        count += window_pixel(window, oy, ox, k / window->across, k % window->across) != SIZE_MAX;
    return count;
}

static float mean_of(
    const struct window *window, size_t channels, const float *from, size_t oy, size_t ox)
{
    double sum = 0;
    for (size_t k = 0; k < (size_t)window->down * window->across; k++) {
        size_t pixel = window_pixel(window, oy, ox, k / window->across, k % window->across);
        if (pixel != SIZE_MAX)
            sum += (double)from[pixel * channels];
    }
    return (float)(sum / (double)count_inside(window, oy, ox));
}

void ref_avgpool(size_t n, size_t channels, const struct window *window, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++, x += (size_t)window->height * window->width * channels)
        for (size_t oy = 0; oy < window->out_height; oy++)
            for (size_t ox = 0; ox < window->out_width; ox++)
                for (size_t c = 0; c < channels; c++)
                    *y++ = mean_of(window, channels, x + c, oy, ox);
}

/* What pixel `at` gets from all windows that look at it; `slope`: a picture's dy at one channel. */
static float slope_of(const struct window *window, size_t channels, const float *slope, size_t at)
{
    double sum = 0;
    for (size_t oy = 0; oy < window->out_height; oy++)
        for (size_t ox = 0; ox < window->out_width; ox++)
            for (size_t k = 0; k < (size_t)window->down * window->across; k++)
                if (window_pixel(window, oy, ox, k / window->across, k % window->across) == at)
                    sum += (double)slope[(oy * window->out_width + ox) * channels] /
                           (double)count_inside(window, oy, ox);
    return (float)sum;
}

void ref_avgpool_backward(
    size_t n, size_t channels, const struct window *window, const float *dy, float *dx)
{
    size_t windows = (size_t)window->out_height * window->out_width;
    size_t pixels = (size_t)window->height * window->width;
    for (size_t i = 0; i < n; i++, dy += windows * channels)
        for (size_t at = 0; at < pixels; at++)
            for (size_t c = 0; c < channels; c++)
                *dx++ = slope_of(window, channels, dy + c, at);
}
