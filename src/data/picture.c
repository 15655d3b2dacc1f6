/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bringing a picture of a digit into the form of MNIST's. */
#include <math.h>
#include <nncl/data.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/mnist.h"
#include "data/png.h"

enum {
    BOX = 20,   /* the longer side of a digit in MNIST */
    MARGIN = 2, /* around the box, for faint edges */
    FIELD = BOX + 2 * MARGIN,
    MIDDLE = 14,    /* the pixel that MNIST's centres of mass round to */
    FAINTEST = 16,  /* a picture that varies less is blank */
    CLEAR = 250,    /* MNIST's own pictures have at least that somewhere */
    EDGE = 255 / 5, /* ink from here on counts for the box; MNIST's boxes are the same at 0 */
};

/* How much ink each pixel has: 0 background, 255 the strokes' darkest. */
struct ink {
    uint32_t width, height;
    uint8_t *bytes;
};

struct colour {
    uint8_t channel[3];
};

/* A histogram's value below which half of the weight lies. */
static uint8_t median(const uint64_t histogram[256])
{
    uint64_t total = 0, below = 0;
    for (int i = 0; i < 256; i++)
        total += histogram[i];
    int value = 0;
    while (value < 255 && 2 * (below + histogram[value]) < total)
        below += histogram[value++];
    return (uint8_t)value;
}

/* The opaque pixels' median colour. */
static struct colour median_colour(const struct rgba *picture)
{
    const size_t pixels = (size_t)picture->width * picture->height;
    struct colour colour;
    for (int channel = 0; channel < 3; channel++) {
        uint64_t histogram[256] = {0};
        for (size_t i = 0; i < pixels; i++)
            histogram[picture->bytes[4 * i + (size_t)channel]] += picture->bytes[4 * i + 3];
        colour.channel[channel] = median(histogram);
    }
    return colour;
}

/* Mean opacity and mean grey of what is opaque, both in 0 to 255. */
static void measure_opacity(const struct rgba *picture, double *opacity, double *grey)
{
    const size_t pixels = (size_t)picture->width * picture->height;
    double alphas = 0, greys = 0;
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *pixel = picture->bytes + 4 * i;
        alphas += pixel[3];
        greys += pixel[3] * (pixel[0] + pixel[1] + pixel[2]) / 3.0;
    }
    *opacity = alphas / (double)pixels;
    *grey = alphas > 0 ? greys / alphas : 0;
}

static void lay_over(struct rgba *picture, struct colour backing)
{
    const size_t pixels = (size_t)picture->width * picture->height;
    for (size_t i = 0; i < pixels; i++) {
        uint8_t *pixel = picture->bytes + 4 * i;
        for (int channel = 0; channel < 3; channel++)
            pixel[channel] = (uint8_t)((pixel[channel] * pixel[3] +
                                           backing.channel[channel] * (255 - pixel[3]) + 127) /
                                       255);
    }
}

/* Transparency has the picture's own background behind it. Where little is opaque that is the
 * strokes, and the background is what they stand out from. */
static void remove_transparency(struct rgba *picture)
{
    double opacity, grey;
    measure_opacity(picture, &opacity, &grey);
    if (opacity >= 255)
        return;
    uint8_t contrast = grey < 128 ? 255 : 0;
    struct colour backing = {{contrast, contrast, contrast}};
    if (opacity >= 128)
        backing = median_colour(picture);
    lay_over(picture, backing);
}

static bool is_border(const struct rgba *picture, uint32_t x, uint32_t y)
{
    return x == 0 || y == 0 || x == picture->width - 1 || y == picture->height - 1;
}

/* The median colour of the outermost pixels: strokes may touch the border, but not fill it. */
static struct colour background(const struct rgba *picture)
{
    struct colour colour;
    for (size_t channel = 0; channel < 3; channel++) {
        uint64_t histogram[256] = {0};
        for (uint32_t y = 0; y < picture->height; y++)
            for (uint32_t x = 0; x < picture->width; x++)
                if (is_border(picture, x, y))
                    histogram[picture->bytes[4 * ((size_t)y * picture->width + x) + channel]]++;
        colour.channel[channel] = median(histogram);
    }
    return colour;
}

/* How far a pixel is from the background, in the channel that differs most: for strokes of one
 * colour that is proportional to how much of the pixel they cover, be they darker, lighter or only
 * redder. */
static uint8_t difference(const uint8_t *pixel, struct colour from)
{
    int largest = 0;
    for (int channel = 0; channel < 3; channel++) {
        int apart = abs(pixel[channel] - from.channel[channel]);
        largest = apart > largest ? apart : largest;
    }
    return (uint8_t)largest;
}

/* Twice the border's median difference from the background: less than that is noise. */
static int noise_of(const struct rgba *picture, const struct ink *ink)
{
    uint64_t histogram[256] = {0};
    for (uint32_t y = 0; y < ink->height; y++)
        for (uint32_t x = 0; x < ink->width; x++)
            if (is_border(picture, x, y))
                histogram[ink->bytes[(size_t)y * ink->width + x]]++;
    return 2 * median(histogram);
}

/* Takes the noise away and stretches the rest to 255, where it is not nearly there. */
static enum nncl_status stretch(const char *path, int noise, struct ink *ink)
{
    const size_t pixels = (size_t)ink->width * ink->height;
    int largest = 0;
    for (size_t i = 0; i < pixels; i++)
        largest = ink->bytes[i] > largest ? ink->bytes[i] : largest;
    if (largest < FAINTEST || largest <= 2 * noise)
        return nncl_fail(NNCL_BAD_DATA, "the picture %s is blank: there is no digit in it", path);
    if (largest >= CLEAR)
        largest = 255;
    for (size_t i = 0; i < pixels; i++) {
        int value = ink->bytes[i], stretched = (value * 255 + largest / 2) / largest;
        ink->bytes[i] = (uint8_t)(noise && value <= noise ? 0 : stretched);
    }
    return NNCL_OK;
}

static enum nncl_status find_ink(const char *path, struct rgba *picture, struct ink *ink)
{
    const size_t pixels = (size_t)picture->width * picture->height;
    remove_transparency(picture);
    const struct colour paper = background(picture);
    *ink = (struct ink){picture->width, picture->height, malloc(pixels)};
    if (!ink->bytes)
        return nncl_fail_memory(path, pixels);
    for (size_t i = 0; i < pixels; i++)
        ink->bytes[i] = difference(picture->bytes + 4 * i, paper);
    return stretch(path, noise_of(picture, ink), ink);
}

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
    TRY(find_ink(path, &picture, &ink));
    struct box box = find_box(&ink);
    scale_to_field(&ink, &box, &field);
    place(&field, pixels);
out:
    free(picture.bytes);
    free(ink.bytes);
    return status;
}
