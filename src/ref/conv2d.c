/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ref/ref.h"

static size_t depth_of(const struct ref_conv2d *conv)
{
    return conv->channels / conv->groups;
}

static size_t width_of(const struct ref_conv2d *conv)
{
    return conv->filters / conv->groups;
}

static size_t weight_at(const struct ref_conv2d *conv, size_t ky, size_t kx, size_t c, size_t m)
{
    return ((ky * conv->window.across + kx) * depth_of(conv) + c) * conv->filters + m;
}

/* The first channel of x, in filter m's group, that element (ky, kx) of a window looks at; SIZE_MAX
 * outside the picture. */
static size_t input_at(
    const struct ref_conv2d *conv, size_t n, size_t oy, size_t ox, size_t ky, size_t kx, size_t m)
{
    const struct window *window = &conv->window;
    size_t pixel = window_pixel(window, oy, ox, ky, kx);
    if (pixel == SIZE_MAX)
        return SIZE_MAX;
    pixel += n * window->height * window->width;
    return pixel * conv->channels + m / width_of(conv) * depth_of(conv);
}

static float output_of(const struct ref_conv2d *conv, size_t n, size_t oy, size_t ox, size_t m,
    const float *x, const float *w)
{
    double sum = 0;
    for (size_t ky = 0; ky < conv->window.down; ky++)
        for (size_t kx = 0; kx < conv->window.across; kx++) {
            size_t from = input_at(conv, n, oy, ox, ky, kx, m);
            for (size_t c = 0; from != SIZE_MAX && c < depth_of(conv); c++)
                sum += (double)x[from + c] * (double)w[weight_at(conv, ky, kx, c, m)];
        }
    return (float)sum;
}

void ref_conv2d(const struct ref_conv2d *conv, const float *x, const float *w, float *y)
{
    for (size_t n = 0; n < conv->n; n++)
        for (size_t oy = 0; oy < conv->window.out_height; oy++)
            for (size_t ox = 0; ox < conv->window.out_width; ox++)
                for (size_t m = 0; m < conv->filters; m++)
                    *y++ = output_of(conv, n, oy, ox, m, x, w);
}

/* Of an axis: the window whose element k looks at `at`; SIZE_MAX if there is none. */
static size_t window_of(
    const struct window *window, size_t at, size_t before, size_t k, size_t count)
{
    size_t shifted = at + before;
    if (shifted < k * window->dilation || (shifted - k * window->dilation) % window->stride)
        return SIZE_MAX;
    size_t index = (shifted - k * window->dilation) / window->stride;
    return index < count ? index : SIZE_MAX;
}

/* All outputs that channel c of pixel (iy, ix) reached. */
static float input_slope(const struct ref_conv2d *conv, size_t n, size_t iy, size_t ix, size_t c,
    const float *dy, const float *w)
{
    const struct window *window = &conv->window;
    size_t first = c / depth_of(conv) * width_of(conv);
    double sum = 0;
    for (size_t ky = 0; ky < window->down; ky++)
        for (size_t kx = 0; kx < window->across; kx++) {
            size_t oy = window_of(window, iy, window->top, ky, window->out_height);
            size_t ox = window_of(window, ix, window->left, kx, window->out_width);
            if (oy == SIZE_MAX || ox == SIZE_MAX)
                continue;
            const float *slope =
                dy + ((n * window->out_height + oy) * window->out_width + ox) * conv->filters;
            for (size_t m = first; m < first + width_of(conv); m++)
                sum += (double)slope[m] * (double)w[weight_at(conv, ky, kx, c % depth_of(conv), m)];
        }
    return (float)sum;
}

void ref_conv2d_backward_input(
    const struct ref_conv2d *conv, const float *dy, const float *w, float *dx)
{
    for (size_t n = 0; n < conv->n; n++)
        for (size_t iy = 0; iy < conv->window.height; iy++)
            for (size_t ix = 0; ix < conv->window.width; ix++)
                for (size_t c = 0; c < conv->channels; c++)
                    *dx++ = input_slope(conv, n, iy, ix, c, dy, w);
}

static float weight_slope(const struct ref_conv2d *conv, size_t ky, size_t kx, size_t c, size_t m,
    const float *x, const float *dy)
{
    const struct window *window = &conv->window;
    double sum = 0;
    for (size_t n = 0; n < conv->n; n++)
        for (size_t oy = 0; oy < window->out_height; oy++)
            for (size_t ox = 0; ox < window->out_width; ox++) {
                size_t from = input_at(conv, n, oy, ox, ky, kx, m);
                size_t out = (n * window->out_height + oy) * window->out_width + ox;
                if (from != SIZE_MAX)
                    sum += (double)x[from + c] * (double)dy[out * conv->filters + m];
            }
    return (float)sum;
}

void ref_conv2d_backward_weights(
    const struct ref_conv2d *conv, const float *x, const float *dy, float *dw)
{
    for (size_t ky = 0; ky < conv->window.down; ky++)
        for (size_t kx = 0; kx < conv->window.across; kx++)
            for (size_t c = 0; c < depth_of(conv); c++)
                for (size_t m = 0; m < conv->filters; m++)
                    *dw++ = weight_slope(conv, ky, kx, c, m, x, dy);
}
