/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/ink.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/status.h"

enum {
    FAINTEST = 16, /* a picture that varies less is blank */
    CLEAR = 250,   /* MNIST's own pictures have at least that somewhere */
    APART = 64,    /* colours that differ so much are different on purpose */
};

struct colour {
    uint8_t channel[3];
};

static size_t pixels_of(const struct rgba *picture)
{
    return (size_t)picture->width * picture->height;
}

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

/* The opaque pixels' median colour. */
static struct colour median_colour(const struct rgba *picture)
{
    struct colour colour;
    for (int channel = 0; channel < 3; channel++) {
        uint64_t histogram[256] = {0};
        for (size_t i = 0; i < pixels_of(picture); i++)
            histogram[picture->bytes[4 * i + (size_t)channel]] += picture->bytes[4 * i + 3];
        colour.channel[channel] = median(histogram);
    }
    return colour;
}

/* The pixels that are at least half as opaque as the most opaque one: how many, how many of their
 * box they fill, and their mean grey. */
struct opaque {
    int least; /* their opacity */
    size_t count;
    double filled, grey;
};

static struct opaque find_opaque(const struct rgba *picture)
{
    struct opaque opaque = {0};
    for (size_t i = 0; i < pixels_of(picture); i++)
        if (picture->bytes[4 * i + 3] > 2 * opaque.least)
            opaque.least = (picture->bytes[4 * i + 3] + 1) / 2;
    uint32_t left = picture->width, right = 0, top = picture->height, bottom = 0;
    for (size_t i = 0; i < pixels_of(picture); i++) {
        const uint8_t *pixel = picture->bytes + 4 * i;
        if (pixel[3] < opaque.least)
            continue;
        uint32_t x = (uint32_t)(i % picture->width), y = (uint32_t)(i / picture->width);
        left = x < left ? x : left;
        right = x >= right ? x + 1 : right;
        top = y < top ? y : top;
        bottom = y + 1;
        opaque.count++;
        opaque.grey += (pixel[0] + pixel[1] + pixel[2]) / 3.0;
    }
    opaque.grey /= (double)opaque.count;
    opaque.filled = (double)opaque.count / ((double)(right - left) * (bottom - top));
    return opaque;
}

/* Whether the opaque pixels are of more than one colour. */
static bool is_colourful(
    const struct rgba *picture, const struct opaque *opaque, struct colour usual)
{
    size_t others = 0;
    for (size_t i = 0; i < pixels_of(picture); i++) {
        const uint8_t *pixel = picture->bytes + 4 * i;
        others += pixel[3] >= opaque->least && difference(pixel, usual) >= APART;
    }
    return others > opaque->count / 256;
}

static void lay_over(struct rgba *picture, struct colour backing)
{
    for (size_t i = 0; i < pixels_of(picture); i++) {
        uint8_t *pixel = picture->bytes + 4 * i;
        for (int channel = 0; channel < 3; channel++)
            pixel[channel] = (uint8_t)((pixel[channel] * pixel[3] +
                                           backing.channel[channel] * (255 - pixel[3]) + 127) /
                                       255);
    }
}

/* Where an opaque sheet carries the strokes, what lies behind it is taken to be as the sheet. Where
 * the opaque pixels are the strokes (or the sheet has holes for strokes), it is what they stand out
 * from. */
static void remove_transparency(struct rgba *picture)
{
    const struct opaque opaque = find_opaque(picture);
    const struct colour usual = median_colour(picture);
    const uint8_t contrast = opaque.grey < 128 ? 255 : 0;
    const bool is_sheet = opaque.filled >= 0.5 && is_colourful(picture, &opaque, usual);
    lay_over(picture, is_sheet ? usual : (struct colour){{contrast, contrast, contrast}});
}

static bool has_transparency(const struct rgba *picture)
{
    for (size_t i = 0; i < pixels_of(picture); i++)
        if (picture->bytes[4 * i + 3] < 255)
            return true;
    return false;
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

enum nncl_status ink_find(const char *path, struct rgba *picture, struct ink *ink)
{
    const size_t pixels = pixels_of(picture);
    if (has_transparency(picture))
        remove_transparency(picture);
    const struct colour paper = background(picture);
    *ink = (struct ink){picture->width, picture->height, malloc(pixels)};
    if (!ink->bytes)
        return nncl_fail_memory(path, pixels);
    for (size_t i = 0; i < pixels; i++)
        ink->bytes[i] = difference(picture->bytes + 4 * i, paper);
    return stretch(path, noise_of(picture, ink), ink);
}
