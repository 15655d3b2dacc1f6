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

/* The walks of pooling kernels, over a work-item's `rows` rows of pixels, by their arguments' names.
 * EACH_OUTPUT: ACTION for each channel of output (oy, ox), at `to` in y; its window has rows `down` and
 * columns `across` inside the picture that begins at `from`. EACH_INPUT: of input (iy, ix) of picture n,
 * at `to` in dx; the windows that cover it are rows `down` and columns `across` of outputs. */
#define EACH_OUTPUT(ACTION)                                                                         \
    {                                                                                               \
        const struct range range = range_of_item(N * OH, rows);                                     \
        for (uint row = range.first; row < range.last; row++) {                                     \
            const uint oy = row % OH;                                                               \
            global const float *from = x + (size_t)(row / OH) * H * W * C;                          \
            const struct range down = inside_window(oy, top, KH, stride, H);                        \
            for (uint ox = 0; ox < OW; ox++) {                                                      \
                const struct range across = inside_window(ox, left, KW, stride, W);                 \
                const size_t to = ((size_t)row * OW + ox) * C;                                      \
                EACH_CHANNEL(ACTION, C)                                                             \
            }                                                                                       \
        }                                                                                           \
    }
#define EACH_INPUT(ACTION)                                                                          \
    {                                                                                               \
        const struct range range = range_of_item(N * H, rows);                                      \
        for (uint row = range.first; row < range.last; row++) {                                     \
            const uint n = row / H, iy = row % H;                                                   \
            const struct range down = windows_over(iy, top, KH, stride, OH);                        \
            for (uint ix = 0; ix < W; ix++) {                                                       \
                const struct range across = windows_over(ix, left, KW, stride, OW);                 \
                const size_t to = ((size_t)row * W + ix) * C;                                       \
                EACH_CHANNEL(ACTION, C)                                                             \
            }                                                                                       \
        }                                                                                           \
    }

#endif
