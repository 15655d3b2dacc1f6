/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The mean of each window, of the elements inside the picture. x, dx [N, H, W, C], y, dy
 * [N, OH, OW, C]. */
#include "window.h.cl"

static inline float share(struct range down, struct range across)
{
    return 1.0f / (float)((down.last - down.first) * (across.last - across.first));
}

#define FORWARD(LOAD, STORE, c)                                                                     \
    {                                                                                               \
        floatn sum = SPLAT(0.0f);                                                                   \
        for (uint ky = down.first; ky < down.last; ky++)                                            \
            for (uint kx = across.first; kx < across.last; kx++)                                    \
                sum +=                                                                              \
                    LOAD(from + ((size_t)(oy * stride + ky - top) * W + ox * stride + kx - left) * C + c); \
        STORE(sum * share(down, across), y + to + c);                                               \
    }

/* y is assigned. A work-item does `rows` rows of pixels. */
kernel void avgpool(global const float *x, global float *y, uint N, uint H, uint W, uint C, uint OH,
    uint OW, uint KH, uint KW, uint stride, uint top, uint left, uint rows)
{
    EACH_OUTPUT(FORWARD)
}

#define BACKWARD(LOAD, STORE, c)                                                                    \
    {                                                                                               \
        floatn sum = SPLAT(0.0f);                                                                   \
        for (uint oy = down.first; oy < down.last; oy++)                                            \
            for (uint ox = across.first; ox < across.last; ox++)                                    \
                sum = fma(SPLAT(share(inside_window(oy, top, KH, stride, H),                        \
                              inside_window(ox, left, KW, stride, W))),                             \
                    LOAD(dy + (((size_t)n * OH + oy) * OW + ox) * C + c), sum);                     \
        EPILOGUE(LOAD, STORE, sum, c, to + c)                                                       \
        if (STORES_RESULT)                                                                          \
            STORE(sum, dx + to + c);                                                                \
    }

/* dx[n][iy][ix][c] = the sum over the windows that cover it of dy / the window's elements. dx is
 * assigned. A work-item does `rows` rows of pixels. */
kernel void avgpool_backward(global const float *dy, global float *dx, uint N, uint H, uint W, uint C,
    uint OH, uint OW, uint KH, uint KW, uint stride, uint top, uint left,
    uint rows EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    EACH_INPUT(BACKWARD)
}
