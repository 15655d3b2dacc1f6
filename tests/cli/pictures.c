/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "pictures.h"

#include <criterion/criterion.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- IDX ---- */

static FILE *create(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    return file;
}

static void put_number(FILE *file, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        fputc((int)(number >> shift & 0xff), file);
}

static void write_pair(const char *folder, const char *images, const char *labels, uint32_t rows)
{
    FILE *file = create(folder, images), *label_file = create(folder, labels);
    put_number(file, 0x803);
    put_number(file, rows);
    put_number(file, SIDE);
    put_number(file, SIDE);
    put_number(label_file, 0x801);
    put_number(label_file, rows);
    uint32_t random = rows;
    for (uint32_t row = 0; row < rows; row++) {
        uint32_t label = row % 10;
        fputc((int)label, label_file);
        for (uint32_t i = 0; i < PIXELS; i++) {
            random = random * 1664525u + 1013904223u; /* noise: Numerical Recipes' generator */
            uint32_t bright = i / SIDE / 6 == label / 3 && i % SIDE / 9 == label % 3 ? 150 : 0;
            fputc((int)((random >> 24) * 100 / 256 + bright), file);
        }
    }
    cr_assert_eq(fclose(file) | fclose(label_file), 0);
}

void data_folder_make(const char *folder)
{
    cr_assert_eq(mkdir(folder, 0700), 0, "%s", folder);
    write_pair(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", 640);
    write_pair(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 200);
}

/* ---- PNG ---- */

struct style {
    uint32_t width, height;
    int colour, channels, depth;
};

static const struct style styles[PNG_STYLES] = {
    [PNG_PLAIN] = {SIDE, SIDE, PNG_COLOR_TYPE_GRAY, 1, 8},
    [PNG_ENLARGED] = {3 * SIDE, 3 * SIDE, PNG_COLOR_TYPE_GRAY, 1, 8},
    [PNG_OFF_CENTRE] = {100, 80, PNG_COLOR_TYPE_GRAY, 1, 8},
    [PNG_INVERTED] = {SIDE, SIDE, PNG_COLOR_TYPE_GRAY, 1, 8},
    [PNG_COLOURED] = {SIDE, SIDE, PNG_COLOR_TYPE_RGB, 3, 8},
    [PNG_ALPHA] = {SIDE, SIDE, PNG_COLOR_TYPE_GRAY_ALPHA, 2, 8},
    [PNG_DEEP] = {SIDE, SIDE, PNG_COLOR_TYPE_GRAY, 1, 16},
};

/* The digit's value at a place of the canvas. */
static uint8_t value_at(const uint8_t *pixels, enum png_style style, uint32_t x, uint32_t y)
{
    const uint32_t left = 60, top = 5;
    if (style == PNG_ENLARGED)
        return pixels[y / 3 * SIDE + x / 3];
    if (style != PNG_OFF_CENTRE)
        return pixels[y * SIDE + x];
    bool inside = x >= left && x < left + SIDE && y >= top && y < top + SIDE;
    return inside ? pixels[(y - top) * SIDE + x - left] : 0;
}

static void put_sample(uint8_t *sample, enum png_style style, uint8_t value)
{
    sample[0] = value;
    if (style == PNG_INVERTED)
        sample[0] = (uint8_t)(255 - value);
    if (style == PNG_COLOURED) {
        sample[1] = (uint8_t)(value * 6 / 10);
        sample[2] = (uint8_t)(value * 2 / 10);
    }
    if (style == PNG_ALPHA) {
        sample[0] = 255;
        sample[1] = value;
    }
    if (style == PNG_DEEP)
        sample[1] = value;
}

void png_write(const char *path, const uint8_t *pixels, enum png_style style)
{
    const struct style *form = &styles[style];
    const uint32_t bytes = (uint32_t)(form->channels * form->depth / 8);
    uint8_t *row = malloc((size_t)form->width * bytes);
    FILE *file = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    cr_assert(file && row && info, "%s", path);
    png_init_io(png, file);
    png_set_IHDR(png, info, form->width, form->height, form->depth, form->colour,
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (uint32_t y = 0; y < form->height; y++) {
        for (uint32_t x = 0; x < form->width; x++)
            put_sample(row + x * bytes, style, value_at(pixels, style, x, y));
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    cr_assert_eq(fclose(file), 0);
    free(row);
}
