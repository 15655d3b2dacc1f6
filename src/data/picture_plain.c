/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bringing a picture to the size and channels of a data set, and changing nothing else. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/data.h>

#include "base/status.h"
#include "data/png.h"

/* A part of a picture's lines or columns, from `from` to `to`. */
struct part {
    double from, to;
};

static struct part part_of(uint32_t index, uint32_t count, uint32_t size)
{
    return (struct part){(double)index * size / count, ((double)index + 1) * size / count};
}

/* How much of pixel `at` a part covers. */
static double covered(const struct part *part, uint32_t at)
{
    double low = fmax(part->from, at), high = fmin(part->to, (double)at + 1);
    return high > low ? high - low : 0;
}

/* Mean of a rectangle's red, green and blue, transparency laid over black. */
static void mean_colour(const struct rgba *picture, const struct part *columns,
    const struct part *lines, double colour[3])
{
    double area = 0;
    memset(colour, 0, 3 * sizeof *colour);
    for (uint32_t y = (uint32_t)lines->from; y < picture->height && y < lines->to; y++)
        for (uint32_t x = (uint32_t)columns->from; x < picture->width && x < columns->to; x++) {
            const uint8_t *pixel = picture->bytes + 4 * ((size_t)y * picture->width + x);
            double share = covered(columns, x) * covered(lines, y);
            area += share;
            for (int channel = 0; channel < 3; channel++)
                colour[channel] += share * pixel[channel] * pixel[3] / 255;
        }
    for (int channel = 0; channel < 3; channel++)
        colour[channel] /= area;
}

static void scale(
    const struct rgba *picture, const struct nncl_picture_shape *shape, uint8_t *pixels)
{
    double colour[3];
    for (uint32_t y = 0; y < shape->height; y++)
        for (uint32_t x = 0; x < shape->width; x++) {
            struct part columns = part_of(x, shape->width, picture->width),
                        lines = part_of(y, shape->height, picture->height);
            mean_colour(picture, &columns, &lines, colour);
            if (shape->channels == 1) /* luma of ITU-R BT.601 */
                colour[0] = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
            for (uint32_t channel = 0; channel < shape->channels; channel++)
                *pixels++ = (uint8_t)(colour[channel] + 0.5);
        }
}

enum nncl_status nncl_picture_read_whole(
    const char *path, const struct nncl_picture_shape *shape, uint8_t *pixels)
{
    struct rgba picture = {0};
    if (shape->channels != 1 && shape->channels != 3)
        return nncl_fail(NNCL_USAGE,
            "cannot read the picture %s into %u channels: 1 or 3 are possible", path,
            shape->channels);
    enum nncl_status status = png_read_rgba(path, &picture);
    if (status != NNCL_OK)
        return status;
    scale(&picture, shape, pixels);
    free(picture.bytes);
    return NNCL_OK;
}
