/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A window that slides over pictures: output (oy, ox) looks at rows oy·stride + ky·dilation - top
 * and columns ox·stride + kx·dilation - left; what lies outside is left out. */
#ifndef NNCL_REF_WINDOW_H
#define NNCL_REF_WINDOW_H

#include <stddef.h>
#include <stdint.h>

struct window {
    uint32_t height, width;         /* of the pictures */
    uint32_t down, across;          /* of the window */
    uint32_t out_height, out_width; /* how many windows there are */
    uint32_t stride, dilation, top, left;
};

/* The pixel of a picture that element (ky, kx) of window (oy, ox) looks at; SIZE_MAX: none. */
static inline size_t window_pixel(
    const struct window *window, size_t oy, size_t ox, size_t ky, size_t kx)
{
    size_t y = oy * window->stride + ky * window->dilation;
    size_t x = ox * window->stride + kx * window->dilation;
    if (y < window->top || y - window->top >= window->height || x < window->left ||
        x - window->left >= window->width)
        return SIZE_MAX;
    return (y - window->top) * window->width + x - window->left;
}

#endif
