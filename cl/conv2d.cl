/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolution (in networks' sense: the window is not turned) of pictures x [N, H, W, C] with
 * weights w [KH, KW, C/groups, M], giving y [N, OH, OW, M]:
 *
 *   y[n][oy][ox][m] = sum over ky, kx, c of
 *       x[n][oy·STRIDE + ky·DILATION - top][ox·STRIDE + kx·DILATION - left][c] · w[ky][kx][c][m]
 *
 * where c runs over the channels of m's group and x is 0 outside. Its gradients are of the same kind
 * (Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", chapter 4): that
 * of x is the convolution of dy, spread out by SPACING, with the weights turned over.
 *
 * Each work-item copies what its windows see into a patch of its own, with zeros for what lies
 * outside, and computes from there by a register tile whose vectors run along the channels of the
 * output. Build options: WIDTH, VECTORS; KH, KW, STRIDE, DILATION, SPACING; PATCH_H and PATCH_W, the
 * rows and columns of a patch; CHUNK, its channels. VECTORS · WIDTH is at most M/groups. */
#include "gemm_vector.h.cl"

#ifndef SPACING
#define SPACING 1
#endif

#define BLOCK (VECTORS * WIDTH)

/* Where an axis of the picture is read: the element `at` of the picture spread out; size if that
 * is a gap or outside. */
static inline uint place_of(int at, uint size)
{
    if (at < 0 || at % SPACING != 0 || (uint)(at / SPACING) >= size)
        return size;
    return (uint)(at / SPACING);
}

/* Copies `count` channels of a pixel; without one zeros. Beyond count the patch is filled up with
 * zeros. */
static inline void copy_pixel(float *to, global const float *from, uint count)
{
    uint c = 0;
    if (from) {
#if CHUNK >= WIDTH
        for (; c + WIDTH <= count; c += WIDTH)
            STORE_VECTOR(LOAD_VECTOR(from + c), to + c);
#endif
        for (; c < count; c++)
            to[c] = from[c];
    }
    for (; c < CHUNK; c++)
        to[c] = 0.0f;
}

/* Copies one row of a patch, which begins at the picture's (iy, ix). `from`: the picture's first
 * pixel, at the first channel wanted. */
static inline void copy_row(
    float *to, global const float *from, uint iy, int ix, uint W, uint C, uint count)
{
    for (uint j = 0; j < PATCH_W; j++) {
        const uint at = place_of(ix + (int)j, W);
        copy_pixel(to + j * CHUNK, at < W ? from + ((size_t)iy * W + at) * C : 0, count);
    }
}

/* The first of the channels of a tile that begins at `own`, shifted so that it ends inside its group. */
static inline uint shifted_column(uint own, uint group_end)
{
    return min(own, group_end - BLOCK);
}

#ifdef PIXELS
/* PIXELS neighbouring pixels of a row by BLOCK channels. A work-item does `rows` rows of pixels. */
kernel void conv2d(global const float *restrict x, global const float *restrict w,
    global float *restrict y, uint N, uint H, uint W, uint C, uint OH, uint OW, uint M, uint groups,
    uint top, uint left, uint rows EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct range range = range_of_item(N * OH, rows);
    const uint depth = C / groups, width = M / groups;
    float patch[PATCH_W * CHUNK];
    for (uint row = range.first; row < range.last; row++) {
        const int iy = (int)(row % OH * STRIDE) - (int)top;
        global const float *picture = x + (size_t)(row / OH) * H * W * C;
        for (uint ox = 0; ox < OW; ox += PIXELS)
            for (uint own = 0, group = 0; group < groups;) {
                const uint group_end = (group + 1) * width;
                const uint column = shifted_column(own, group_end);
                floatn sum[PIXELS][VECTORS];
                UNROLL(PIXELS)
                for (uint p = 0; p < PIXELS; p++)
                    UNROLL(VECTORS)
                    for (uint v = 0; v < VECTORS; v++)
                        sum[p][v] = SPLAT(0.0f);
                for (uint first = 0; first < depth; first += CHUNK) {
                    const uint count = WHOLE_DEPTH ? CHUNK : min((uint)CHUNK, depth - first);
                    for (uint ky = 0; ky < KH; ky++) {
                        const uint at = place_of(iy + (int)(ky * DILATION), H);
                        if (at == H)
                            continue;
                        copy_row(patch, picture + group * depth + first, at,
                            (int)(ox * STRIDE) - (int)left, W, C, count);
                        for (uint kx = 0; kx < KW; kx++) {
                            global const float *weights =
                                w + ((size_t)(ky * KW + kx) * depth + first) * M + column;
                            const float *pixels = patch + kx * DILATION * CHUNK;
                            for (uint c = 0; c < count; c++) {
                                floatn right[VECTORS];
                                UNROLL(VECTORS)
                                for (uint v = 0; v < VECTORS; v++)
                                    right[v] = LOAD_VECTOR(weights + (size_t)c * M + v * WIDTH);
                                UNROLL(PIXELS)
                                for (uint p = 0; p < PIXELS; p++) {
                                    const floatn value = SPLAT(pixels[p * STRIDE * CHUNK + c]);
                                    UNROLL(VECTORS)
                                    for (uint v = 0; v < VECTORS; v++)
                                        sum[p][v] = fma(value, right[v], sum[p][v]);
                                }
                            }
                        }
                    }
                }
                float done[PIXELS * BLOCK];
                UNROLL(PIXELS)
                for (uint p = 0; p < PIXELS; p++)
                    UNROLL(VECTORS)
                    for (uint v = 0; v < VECTORS; v++)
                        STORE_VECTOR(sum[p][v], done + p * BLOCK + v * WIDTH);
                for (uint p = 0; p < min((uint)PIXELS, OW - ox); p++) {
                    const size_t start = ((size_t)row * OW + ox + p) * M;
                    floatn finished[VECTORS];
                    for (uint v = 0; v < VECTORS; v++)
                        finished[v] = LOAD_VECTOR(done + p * BLOCK + v * WIDTH);
                    FINISH_ROW_AT(finished, column, own, start, y + start)
                }
                own += BLOCK;
                if (own >= group_end) {
                    group++;
                    own = group_end;
                }
            }
    }
}
#endif

/* turned[ky][kx][m][c] = w[KH-1-ky][KW-1-kx][c within its group][m within c's group]; w
 * [KH, KW, C/groups, M], turned [KH, KW, M/groups, C] is assigned. */
kernel void conv2d_turn(
    global const float *w, global float *turned, uint taps, uint C, uint M, uint groups, uint span)
{
    const uint depth = C / groups, width = M / groups;
    const struct range range = range_of_item(taps * width * C, span);
    for (uint i = range.first; i < range.last; i++) {
        const uint c = i % C, m = i / C % width, tap = taps - 1 - i / C / width;
        turned[i] = w[((size_t)tap * depth + c % depth) * M + c / depth * width + m];
    }
}

#ifdef TILE
#define PART_ROW(LOAD, STORE, value, column, row_start, stored) STORE(value, (stored) + (column));

/* The weights' gradient, dw[ky][kx][c][m] = Σ x[n][…][…][c] · dy[n][oy][ox][m], of the pictures of one
 * part; parts [parts, KH, KW, C/groups, M] is assigned. A register tile is TILE of the KH·KW·CHUNK
 * rows of dw by BLOCK columns; a patch holds what OUT_H x OUT_W windows see. A work-item does a part's
 * `pictures` pictures and `tiles` of the tiles that a patch has. */
kernel void conv2d_weights(global const float *restrict x, global const float *restrict dy,
    global float *restrict parts, uint N, uint H, uint W, uint C, uint OH, uint OW, uint M,
    uint groups, uint top, uint left, uint pictures, uint tiles)
{
    const uint depth = C / groups, width = M / groups;
    const uint first_picture = (uint)get_global_id(0) * pictures;
    const uint last_picture = min(first_picture + pictures, N);
    const uint first_row = (uint)get_global_id(1) * tiles * TILE;
    const uint last_row = min(first_row + tiles * TILE, (uint)(KH * KW * CHUNK));
    global float *part = parts + (size_t)get_global_id(0) * KH * KW * depth * M;
    float patch[PATCH_H * PATCH_W * CHUNK];
    for (uint n = first_picture; n < last_picture; n++)
        for (uint oy = 0; oy < OH; oy += OUT_H)
            for (uint ox = 0; ox < OW; ox += OUT_W)
                for (uint group = 0; group < groups; group++)
                    for (uint first = 0; first < depth; first += CHUNK) {
                        const uint count = min((uint)CHUNK, depth - first);
                        const uint down = min((uint)OUT_H, OH - oy), across = min((uint)OUT_W, OW - ox);
                        const bool begins = n == first_picture && oy == 0 && ox == 0;
                        for (uint i = 0; i < PATCH_H; i++) {
                            const int iy = (int)(oy * STRIDE + i) - (int)top;
                            const bool inside = iy >= 0 && (uint)iy < H;
                            copy_row(patch + i * PATCH_W * CHUNK,
                                x + (size_t)n * H * W * C + group * depth + first,
                                (uint)(inside ? iy : 0), (int)(ox * STRIDE) - (int)left, inside ? W : 0,
                                C, count);
                        }
                        for (uint own = group * width; own < (group + 1) * width; own += BLOCK) {
                            const uint column = shifted_column(own, (group + 1) * width);
                            for (uint r0 = first_row; r0 < last_row; r0 += TILE) {
                                size_t to[TILE];
                                uint at[TILE];
                                floatn sum[TILE][VECTORS];
                                UNROLL(TILE)
                                for (uint r = 0; r < TILE; r++) {
                                    const uint k = min(r0 + r, (uint)(KH * KW * CHUNK - 1));
                                    const uint tap = k / CHUNK, c = k % CHUNK;
                                    at[r] = ((tap / KW * DILATION) * PATCH_W + tap % KW * DILATION) *
                                                CHUNK +
                                            c;
                                    to[r] = ((size_t)tap * depth + first + min(c, count - 1)) * M;
                                    UNROLL(VECTORS)
                                    for (uint v = 0; v < VECTORS; v++)
                                        sum[r][v] = begins ? SPLAT(0.0f)
                                                           : LOAD_VECTOR(part + to[r] + column +
                                                                         v * WIDTH);
                                }
                                for (uint i = 0; i < down; i++) {
                                    global const float *slope =
                                        dy + (((size_t)n * OH + oy + i) * OW + ox) * M + column;
                                    const float *pixels = patch + i * STRIDE * PATCH_W * CHUNK;
                                    for (uint j = 0; j < across; j++) {
                                        floatn right[VECTORS];
                                        UNROLL(VECTORS)
                                        for (uint v = 0; v < VECTORS; v++)
                                            right[v] = LOAD_VECTOR(slope + (size_t)j * M + v * WIDTH);
                                        UNROLL(TILE)
                                        for (uint r = 0; r < TILE; r++) {
                                            const floatn value =
                                                SPLAT(pixels[at[r] + j * STRIDE * CHUNK]);
                                            UNROLL(VECTORS)
                                            for (uint v = 0; v < VECTORS; v++)
                                                sum[r][v] = fma(value, right[v], sum[r][v]);
                                        }
                                    }
                                }
                                float done[TILE * BLOCK];
                                UNROLL(TILE)
                                for (uint r = 0; r < TILE; r++)
                                    UNROLL(VECTORS)
                                    for (uint v = 0; v < VECTORS; v++)
                                        STORE_VECTOR(sum[r][v], done + r * BLOCK + v * WIDTH);
                                for (uint r = 0; r < TILE && r0 + r < last_row; r++) {
                                    floatn finished[VECTORS];
                                    for (uint v = 0; v < VECTORS; v++)
                                        finished[v] = LOAD_VECTOR(done + r * BLOCK + v * WIDTH);
                                    if ((r0 + r) % CHUNK < count)
                                        EACH_OF_ROW(
                                            PART_ROW, finished, column, own, 0, part + to[r])
                                }
                            }
                        }
                    }
}
#endif
