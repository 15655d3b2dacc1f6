/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The left operand of a product read through windows that slide over pictures x [n][IN_H][IN_W][IN_C],
 * so that the product is a convolution:
 *
 *   a(pixel, term) = x[n][oy·STRIDE + ky·DILATION - BEFORE_Y][ox·STRIDE + kx·DILATION - BEFORE_X][c]
 *
 * with pixel = (n·OUT_H + oy)·OUT_W + ox and term = (ky·KW + kx)·IN_C + c; 0 outside of the picture,
 * and in the gaps of one that is spread out by SPACING (Dumoulin and Visin 2016). All are build
 * options. */
#ifndef WINDOWS_H
#define WINDOWS_H

/* Where an axis of the picture is read: the element `at` of the picture spread out; size if that
 * is a gap or outside. */
static inline uint element_of(int at, uint size)
{
    if (at < 0 || at % SPACING != 0 || (uint)(at / SPACING) >= size)
        return size;
    return (uint)(at / SPACING);
}

/* Where a(pixel, term) stands; 0 where it is 0. */
static inline global const float *window_element(global const float *x, uint pixel, uint term)
{
    const uint tap = term / IN_C, ox = pixel % OUT_W, oy = pixel / OUT_W % OUT_H;
    const uint iy = element_of((int)(oy * STRIDE + tap / KW * DILATION) - BEFORE_Y, IN_H);
    const uint ix = element_of((int)(ox * STRIDE + tap % KW * DILATION) - BEFORE_X, IN_W);
    if (iy == IN_H || ix == IN_W)
        return 0;
    return x + (((size_t)(pixel / OUT_W / OUT_H) * IN_H + iy) * IN_W + ix) * IN_C + term % IN_C;
}

#endif
