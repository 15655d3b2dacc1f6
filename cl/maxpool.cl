/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The largest element of each window. x, dx [N, H, W, C], y, dy and place [N, OH, OW, C]; place is
 * the number of the largest element within its window, the first of equals; a NaN is the largest. */
#include "window.h.cl"

#define to_ucharn JOIN(convert_uchar, WIDTH)
#define PLACE_LOAD_VECTOR(pointer) to_intn(load_vector(0, pointer))
#define PLACE_LOAD_ELEMENT(pointer) ((intn)(int)*(pointer))
#define PLACE_STORE_VECTOR(value, pointer) store_vector(to_ucharn(value), 0, pointer)
#define PLACE_STORE_ELEMENT(value, pointer) (*(pointer) = (uchar)FIRST_LANE(value))

#define FORWARD(LOAD, STORE, c)                                                                     \
    {                                                                                               \
        floatn best = SPLAT(-INFINITY);                                                             \
        intn where = (intn)(int)(down.first * KW + across.first);                                   \
        for (uint ky = down.first; ky < down.last; ky++)                                            \
            for (uint kx = across.first; kx < across.last; kx++) {                                  \
                const floatn value =                                                                \
                    LOAD(from + ((size_t)(oy * stride + ky - top) * W + ox * stride + kx - left) * C + c); \
                const intn larger = (value > best) | (value != value);                              \
                best = select(best, value, larger);                                                 \
                where = select(where, (intn)(int)(ky * KW + kx), larger);                           \
            }                                                                                       \
        STORE(best, y + to + c);                                                                    \
        PLACE_##STORE(where, place + to + c);                                                       \
    }

/* y and place are assigned. A work-item does `rows` rows of pixels. */
kernel void maxpool(global const float *x, global uchar *place, global float *y, uint N, uint H, uint W,
    uint C, uint OH, uint OW, uint KH, uint KW, uint stride, uint top, uint left, uint rows)
{
    EACH_OUTPUT(FORWARD)
}

#define BACKWARD(LOAD, STORE, c)                                                                    \
    {                                                                                               \
        floatn sum = SPLAT(0.0f);                                                                   \
        for (uint oy = down.first; oy < down.last; oy++)                                            \
            for (uint ox = across.first; ox < across.last; ox++) {                                  \
                const size_t from = (((size_t)n * OH + oy) * OW + ox) * C + c;                      \
                const int own =                                                                     \
                    (int)((iy + top - oy * stride) * KW + ix + left - ox * stride);                 \
                sum += PLACE_##LOAD(place + from) == (intn)own ? LOAD(dy + from) : SPLAT(0.0f);     \
            }                                                                                       \
        EPILOGUE(LOAD, STORE, sum, c, to + c)                                                       \
        if (STORES_RESULT)                                                                          \
            STORE(sum, dx + to + c);                                                                \
    }

/* dx[n][iy][ix][c] = the sum of dy over those windows whose largest element stands there. dx is
 * assigned. A work-item does `rows` rows of pixels. */
kernel void maxpool_backward(global const uchar *place, global const float *dy, global float *dx, uint N,
    uint H, uint W, uint C, uint OH, uint OW, uint KH, uint KW, uint stride, uint top, uint left,
    uint rows EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    EACH_INPUT(BACKWARD)
}
