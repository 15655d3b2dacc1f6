/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bringing a picture of a digit into the form of MNIST's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/data.h>

#include "base/status.h"
#include "data/ink.h"
#include "data/mnist.h"

enum {
    BOX = 20,   /* the longer side of a digit in MNIST */
    MARGIN = 2, /* around the box, for faint edges */
    FIELD = BOX + 2 * MARGIN,
    MIDDLE = 14,    /* the pixel that MNIST's centres of mass round to */
    EDGE = 255 / 5, /* ink from here on counts for the box; MNIST's boxes are the same at 0 */
};

/* Where the strokes are: pixels [left, right) x [top, bottom). */
struct box {
    uint32_t left, top, right, bottom;
};

static struct box find_box(const struct ink *ink)
{
    struct box box = {ink->width, ink->height, 0, 0};
    for (uint32_t y = 0; y < ink->height; y++)
        for (uint32_t x = 0; x < ink->width; x++) {
            if (ink->bytes[(size_t)y * ink->width + x] < EDGE)
                continue;
            box.left = x < box.left ? x : box.left;
            box.right = x >= box.right ? x + 1 : box.right;
            box.top = y < box.top ? y : box.top;
            box.bottom = y + 1;
        }
    return box;
}

/* How much of pixel `at` lies in [from, to). */
static double overlap(long at, double from, double to)
{
    double low = fmax(from, (double)at), high = fmin(to, (double)at + 1);
    return high > low ? high - low : 0;
}

/* Mean ink over a rectangle of the picture; there is none outside of it. */
static double mean_ink(const struct ink *ink, double left, double right, double top, double bottom)
{
    double sum = 0;
    long first = left < 0 ? 0 : (long)left, last = (long)fmin(ceil(right), ink->width);
    long above = top < 0 ? 0 : (long)top, below = (long)fmin(ceil(bottom), ink->height);
    for (long y = above; y < below; y++) {
        const uint8_t *line = ink->bytes + (size_t)y * ink->width;
        double row = 0;
        for (long x = first; x < last; x++)
            row += line[x] * overlap(x, left, right);
        sum += row * overlap(y, top, bottom);
    }
    return sum / ((right - left) * (bottom - top));
}

/* The digit scaled by averaging over areas, its box at (MARGIN, MARGIN). */
struct field {
    int width, height; /* of the box: the longer is BOX */
    double grey[FIELD][FIELD];
};

static int scaled(uint32_t side, uint32_t longer)
{
    int pixels = (int)(((uint64_t)side * BOX + longer / 2) / longer);
    return pixels > 0 ? pixels : 1;
}

static void scale_to_field(const struct ink *ink, const struct box *box, struct field *field)
{
    const uint32_t width = box->right - box->left, height = box->bottom - box->top;
    const uint32_t longer = width > height ? width : height;
    field->width = scaled(width, longer);
    field->height = scaled(height, longer);
    const double step_x = (double)width / field->width, step_y = (double)height / field->height;
    for (int y = 0; y < field->height + 2 * MARGIN; y++)
        for (int x = 0; x < field->width + 2 * MARGIN; x++) {
            double left = box->left + (x - MARGIN) * step_x, top = box->top + (y - MARGIN) * step_y;
            field->grey[y][x] = mean_ink(ink, left, left + step_x, top, top + step_y);
        }
}

/* Where the field's first row or column goes, for a centre of mass there; the digit stays inside.
 */
static int placed(double centre, int side)
{
    int offset = MIDDLE - (int)floor(centre + 0.5);
    int least = -MARGIN, most = MNIST_SIDE - side - MARGIN;
    return offset < least ? least : offset > most ? most : offset;
}

static void place(const struct field *field, uint8_t *pixels)
{
    double sum = 0, sum_x = 0, sum_y = 0;
    for (int y = 0; y < FIELD; y++)
        for (int x = 0; x < FIELD; x++) {
            sum += field->grey[y][x];
            sum_x += x * field->grey[y][x];
            sum_y += y * field->grey[y][x];
        }
    const int right = placed(sum_x / sum, field->width), down = placed(sum_y / sum, field->height);
    memset(pixels, 0, MNIST_SIDE * MNIST_SIDE);
    for (int y = 0; y < FIELD; y++)
        for (int x = 0; x < FIELD; x++) {
            int to_x = x + right, to_y = y + down;
            if (to_x >= 0 && to_x < MNIST_SIDE && to_y >= 0 && to_y < MNIST_SIDE)
                pixels[to_y * MNIST_SIDE + to_x] = (uint8_t)(field->grey[y][x] + 0.5);
        }
}

enum nncl_status nncl_picture_read(const char *path, uint8_t *pixels)
{
    enum nncl_status status = NNCL_OK;
    struct rgba picture = {0};
    struct ink ink = {0};
    struct field field = {0};
    TRY(png_read_rgba(path, &picture));
    TRY(ink_find(path, &picture, &ink));
    struct box box = find_box(&ink);
    scale_to_field(&ink, &box, &field);
    place(&field, pixels);
out:
    free(picture.bytes);
    free(ink.bytes);
    return status;
}
