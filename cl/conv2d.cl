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
#if SPACING == 1
    /* What is left of the picture, what is inside, and what is right of it. */
    const uint before = (uint)clamp(-ix, 0, PATCH_W);
    const uint inside = (uint)clamp((int)W - ix - (int)before, 0, PATCH_W - (int)before);
    global const float *row = from + ((size_t)iy * W + (uint)(ix + (int)before)) * C;
    for (uint j = 0; j < before * CHUNK; j++)
        to[j] = 0.0f;
    to += before * CHUNK;
    if (C == CHUNK) {
        uint j = 0;
        for (; j + WIDTH <= inside * CHUNK; j += WIDTH)
            STORE_VECTOR(LOAD_VECTOR(row + j), to + j);
        for (; j < inside * CHUNK; j++)
            to[j] = row[j];
    } else {
        for (uint j = 0; j < inside; j++)
            copy_pixel(to + j * CHUNK, row + (size_t)j * C, count);
    }
    for (uint j = inside * CHUNK; j < (PATCH_W - before) * CHUNK; j++)
        to[j] = 0.0f;
#else
    for (uint j = 0; j < PATCH_W; j++) {
        const uint at = place_of(ix + (int)j, W);
        copy_pixel(to + j * CHUNK, at < W ? from + ((size_t)iy * W + at) * C : 0, count);
    }
#endif
}

#if defined(PIXELS) || defined(TILE)
#ifdef PIXELS
#define HEIGHT PIXELS
#else
#define HEIGHT TILE
#endif

#include "conv2d_tile.h.cl"
#endif

#ifdef PIXELS
/* sum = the tile of PIXELS pixels from output (oy, ox) on, for the block of channels at `column` of the
 * group whose first input channel is picture[0]. */
static inline void convolve(floatn sum[PIXELS][VECTORS], global const float *picture,
    global const float *w, int iy, int ix, uint H, uint W, uint C, uint M, uint depth, uint column)
{
    float patch[PATCH_W * CHUNK];
    uint at[PIXELS];
    UNROLL(PIXELS)
    for (uint p = 0; p < PIXELS; p++) {
        at[p] = p * STRIDE * CHUNK;
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            sum[p][v] = SPLAT(0.0f);
    }
    for (uint first = 0; first < depth; first += CHUNK) {
        const uint count = WHOLE_DEPTH ? CHUNK : min((uint)CHUNK, depth - first);
        for (uint ky = 0; ky < KH; ky++) {
            const uint y = place_of(iy + (int)(ky * DILATION), H);
            if (y == H)
                continue;
            copy_row(patch, picture + first, y, ix, W, C, count);
            for (uint kx = 0; kx < KW; kx++)
                for (uint c = 0; c < count; c++)
                    add_products(sum, patch + kx * DILATION * CHUNK + c, at,
                        w + ((size_t)(ky * KW + kx) * depth + first + c) * M + column);
        }
    }
}

/* PIXELS neighbouring pixels of a row by BLOCK channels. A work-item does `rows` rows of pixels. */
kernel void conv2d(global const float *restrict x, global const float *restrict w,
    global float *restrict y, uint N, uint H, uint W, uint C, uint OH, uint OW, uint M, uint groups,
    uint top, uint left, uint rows EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct range range = range_of_item(N * OH, rows);
    const uint depth = C / groups, width = M / groups;
    for (uint row = range.first; row < range.last; row++) {
        const int iy = (int)(row % OH * STRIDE) - (int)top;
        global const float *picture = x + (size_t)(row / OH) * H * W * C;
        for (uint ox = 0; ox < OW; ox += PIXELS)
            for (uint own = 0, group = 0; group < groups;) {
                const uint group_end = (group + 1) * width;
                const uint column = shifted_column(own, group_end);
                floatn sum[PIXELS][VECTORS];
                float done[PIXELS * BLOCK];
                convolve(sum, picture + group * depth, w, iy, (int)(ox * STRIDE) - (int)left, H, W, C, M,
                    depth, column);
                store_tile(done, sum);
                for (uint p = 0; p < min((uint)PIXELS, OW - ox); p++) {
                    const size_t start = ((size_t)row * OW + ox + p) * M;
                    floatn finished[VECTORS];
                    load_row(finished, done, p);
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

/* Where the register tile from row k0 of a part's KH·KW·CHUNK rows on stands: at[r] in a patch, to[r] in
 * the part's rows of `depth` channels, from channel `first` on, of which `count` are in the patch. */
static inline void place_tile(
    uint *at, size_t *to, uint k0, uint depth, uint first, uint count, uint M)
{
    UNROLL(TILE)
    for (uint r = 0; r < TILE; r++) {
        const uint k = min(k0 + r, (uint)(KH * KW * CHUNK - 1)), tap = k / CHUNK, c = k % CHUNK;
        at[r] = ((tap / KW * DILATION) * PATCH_W + tap % KW * DILATION) * CHUNK + c;
        to[r] = ((size_t)tap * depth + first + min(c, count - 1)) * M;
    }
}

/* sum = the tile so far: of zeros where it begins, else what stands in `part`. */
static inline void begin_tile(
    floatn sum[TILE][VECTORS], global const float *part, const size_t *to, bool begins)
{
    UNROLL(TILE)
    for (uint r = 0; r < TILE; r++)
        UNROLL(VECTORS)
        for (uint v = 0; v < VECTORS; v++)
            sum[r][v] = begins ? SPLAT(0.0f) : LOAD_VECTOR(part + to[r] + v * WIDTH);
}

/* What the windows of `down` x `across` outputs, the first of which is at `slope` of rows of OW pixels,
 * add to the block of columns from `own` on, shifted to `column`, of rows first_row … last_row-1. */
static inline void add_patch(const float *patch, global const float *slope, global float *part,
    uint OW, uint M, uint down, uint across, uint depth, uint first, uint count, uint first_row,
    uint last_row, uint own, uint column, bool begins)
{
    for (uint k0 = first_row; k0 < last_row; k0 += TILE) {
        size_t to[TILE];
        uint at[TILE];
        floatn sum[TILE][VECTORS];
        float done[TILE * BLOCK];
        place_tile(at, to, k0, depth, first, count, M);
        begin_tile(sum, part + column, to, begins);
        for (uint i = 0; i < down; i++)
            for (uint j = 0; j < across; j++)
                add_products(sum, patch + (i * PATCH_W + j) * STRIDE * CHUNK, at,
                    slope + ((size_t)i * OW + j) * M + column);
        store_tile(done, sum);
        for (uint r = 0; r < TILE && k0 + r < last_row; r++) {
            floatn finished[VECTORS];
            load_row(finished, done, r);
            if ((k0 + r) % CHUNK < count)
                EACH_OF_ROW(PART_ROW, finished, column, own, 0, part + to[r])
        }
    }
}

/* The patch whose first pixel is (iy, ix), of `count` channels of the picture that begins at `from`. */
static inline void copy_patch(
    float *patch, global const float *from, int iy, int ix, uint H, uint W, uint C, uint count)
{
    for (uint i = 0; i < PATCH_H; i++) {
        const int y = iy + (int)i;
        const bool inside = y >= 0 && (uint)y < H;
        copy_row(patch + i * PATCH_W * CHUNK, from, (uint)(inside ? y : 0), ix, inside ? W : 0, C,
            count);
    }
}

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
                for (uint c = 0; c < C; c += min((uint)CHUNK, depth - c % depth)) {
                    const uint group = c / depth, first = c % depth;
                    const uint count = min((uint)CHUNK, depth - first);
                    const bool begins = n == first_picture && oy == 0 && ox == 0;
                    copy_patch(patch, x + (size_t)n * H * W * C + c, (int)(oy * STRIDE) - (int)top,
                        (int)(ox * STRIDE) - (int)left, H, W, C, count);
                    for (uint own = group * width; own < (group + 1) * width; own += BLOCK)
                        add_patch(patch, dy + (((size_t)n * OH + oy) * OW + ox) * M, part, OW, M,
                            min((uint)OUT_H, OH - oy), min((uint)OUT_W, OW - ox), depth, first, count,
                            first_row, last_row, own, shifted_column(own, (group + 1) * width), begins);
                }
}
#endif
