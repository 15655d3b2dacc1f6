/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "paint.h"

#include <criterion/criterion.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 28 };

/* How each kind is written. */
static const struct {
    int depth, type;
} formats[PAINT_KINDS] = {
    [PAINT_GREY] = {8, PNG_COLOR_TYPE_GRAY},
    [PAINT_INVERTED] = {8, PNG_COLOR_TYPE_GRAY},
    [PAINT_COLOUR] = {8, PNG_COLOR_TYPE_RGB},
    [PAINT_EQUAL_GREY] = {8, PNG_COLOR_TYPE_RGB},
    [PAINT_ALPHA] = {8, PNG_COLOR_TYPE_RGB_ALPHA},
    [PAINT_LIGHT_ALPHA] = {8, PNG_COLOR_TYPE_GRAY_ALPHA},
    [PAINT_CARD] = {8, PNG_COLOR_TYPE_GRAY_ALPHA},
    [PAINT_STENCIL] = {8, PNG_COLOR_TYPE_GRAY_ALPHA},
    [PAINT_VEILED] = {8, PNG_COLOR_TYPE_GRAY_ALPHA},
    [PAINT_DEEP] = {16, PNG_COLOR_TYPE_GRAY},
    [PAINT_DEEP_COLOUR] = {16, PNG_COLOR_TYPE_RGB_ALPHA},
    [PAINT_PALETTE] = {8, PNG_COLOR_TYPE_PALETTE},
    [PAINT_BITS] = {1, PNG_COLOR_TYPE_GRAY},
};

/* A channel's value where the pen covers ink / 255 of the paper. */
static int blend(int paper, int pen, int ink)
{
    return (paper * (255 - ink) + pen * ink + 127) / 255;
}

/* The samples of one pixel (ink below 0: beside the digit's 28 x 28) in the kind's format, 8 bits
 * each; returns how many. */
static int samples_of(enum paint_kind kind, int ink, int samples[4])
{
    switch (kind) {
    case PAINT_INVERTED:
        samples[0] = 255 - ink;
        return 1;
    case PAINT_COLOUR:
    case PAINT_DEEP_COLOUR:
        samples[0] = blend(255, 120, ink);
        samples[1] = blend(250, 10, ink);
        samples[2] = blend(200, 20, ink);
        samples[3] = 255;
        return kind == PAINT_COLOUR ? 3 : 4;
    case PAINT_EQUAL_GREY:
        samples[0] = blend(0, 255, ink);
        samples[1] = blend(130, 0, ink);
        samples[2] = 0;
        return 3;
    case PAINT_ALPHA:
        samples[0] = samples[1] = samples[2] = 0;
        samples[3] = ink;
        return 4;
    case PAINT_LIGHT_ALPHA:
        samples[0] = 255;
        samples[1] = ink;
        return 2;
    case PAINT_CARD:
        samples[0] = ink < 0 ? 0 : ink;
        samples[1] = ink < 0 ? 0 : 255;
        return 2;
    case PAINT_STENCIL:
        samples[0] = 0;
        samples[1] = 255 - ink;
        return 2;
    case PAINT_VEILED:
        samples[0] = 255 - ink;
        samples[1] = 140;
        return 2;
    case PAINT_BITS:
        samples[0] = ink >= 128;
        return 1;
    default:
        samples[0] = ink;
        return 1;
    }
}

static int ink_at(const uint8_t *pixels, const struct paint_look *look, int x, int y)
{
    int from_x = x - look->left, from_y = y - look->top, size = SIDE * look->enlarged;
    if (from_x < 0 || from_y < 0 || from_x >= size || from_y >= size)
        return look->kind == PAINT_CARD ? -1 : 0;
    return pixels[from_y / look->enlarged * SIDE + from_x / look->enlarged];
}

/* One line of the file; returns its bytes. */
static void fill_line(
    png_bytep line, const uint8_t *pixels, const struct paint_look *look, int canvas, int y)
{
    const bool deep = formats[look->kind].depth == 16, bits = formats[look->kind].depth == 1;
    for (int x = 0; x < canvas; x++) {
        int samples[4];
        int count = samples_of(look->kind, ink_at(pixels, look, x, y), samples);
        for (int i = 0; i < count; i++) {
            if (bits)
                line[x / 8] = (png_byte)((x % 8 ? line[x / 8] : 0) | samples[i] << (7 - x % 8));
            else
                *line++ = (png_byte)samples[i];
            if (deep)
                *line++ = (png_byte)samples[i];
        }
    }
}

static void set_grey_palette(png_structp png, png_infop info)
{
    png_color palette[256];
    for (int i = 0; i < 256; i++)
        palette[i] = (png_color){(png_byte)i, (png_byte)i, (png_byte)i};
    png_set_PLTE(png, info, palette, 256);
}

static void write_rows(
    png_structp png, const uint8_t *pixels, const struct paint_look *look, int canvas)
{
    const int passes = look->interlaced ? png_set_interlace_handling(png) : 1;
    png_bytep line = calloc((size_t)canvas, 8);
    cr_assert_not_null(line);
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < canvas; y++) {
            fill_line(line, pixels, look, canvas, y);
            png_write_row(png, line);
        }
    free(line);
}

void paint(const char *path, const uint8_t *pixels, const struct paint_look *look)
{
    const int canvas = look->canvas ? look->canvas : SIDE * look->enlarged;
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_IHDR(png, info, (png_uint_32)canvas, (png_uint_32)canvas, formats[look->kind].depth,
        formats[look->kind].type, look->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (look->kind == PAINT_PALETTE)
        set_grey_palette(png, info);
    png_set_compression_level(png, 1);
    png_write_info(png, info);
    write_rows(png, pixels, look, canvas);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    cr_assert_eq(fclose(file), 0);
}

double paint_distance(const uint8_t *a, const uint8_t *b)
{
    double sum = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        sum += abs(a[i] - b[i]);
    return sum / (SIDE * SIDE);
}
