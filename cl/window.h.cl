/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Windows that slide over pictures [N, H, W, C]: output (oy, ox) looks at the input's rows
 * oy·stride + ky·dilation - top and columns ox·stride + kx·dilation - left. */
#ifndef WINDOW_H
#define WINDOW_H

#include "epilogue.h.cl"

/* The windows of one axis that cover `at`: from which one to which, of `count`. */
static inline struct range windows_over(uint at, uint before, uint window, uint stride, uint count)
{
    const uint shifted = at + before;
    struct range range;
    range.first = shifted < window ? 0 : (shifted - window) / stride + 1;
    range.last = min(shifted / stride + 1, count);
    return range;
}

/* The part of a window that lies inside an axis of `size`: from which of its elements to which. */
static inline struct range inside_window(uint window_index, uint before, uint window, uint stride, uint size)
{
    const uint start = window_index * stride;
    struct range range;
    range.first = (uint)max((int)before - (int)start, 0);
    range.last = min(window, size + before - start);
    return range;
}

/* Applies ACTION(LOAD, STORE, c) to each channel, by vectors and what is left by elements. */
#define EACH_CHANNEL(ACTION, C)                                                                     \
    {                                                                                               \
        uint c = 0;                                                                                 \
        for (; c + WIDTH <= C; c += WIDTH)                                                          \
            ACTION(LOAD_VECTOR, STORE_VECTOR, c)                                                    \
        for (; c < C; c++)                                                                          \
            ACTION(LOAD_ELEMENT, STORE_ELEMENT, c)                                                  \
    }

#endif
