/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "base/philox.h"
#include "ref/ref.h"

static const double pi = 3.14159265358979323846;

/* The random words of a picture: block 0 and 1 for what changes it as a whole. */
static void draw(const struct nncl_augment *augment, const uint32_t *state, size_t i,
    uint32_t block, uint32_t words[4])
{
    const uint32_t counter[4] = {state[NNCL_STATE_POSITION] + (uint32_t)i, block,
        state[NNCL_STATE_EPOCH], NNCL_STREAM_AUGMENT};
    const uint32_t key[2] = {(uint32_t)augment->seed, (uint32_t)(augment->seed >> 32)};
    nncl_philox(counter, key, words);
}

static double signed_uniform(uint32_t bits)
{
    return 2 * (double)nncl_uniform(bits) - 1;
}

/* A place in the middle of the square that is cut out: a whole number below `size`. */
static uint32_t place(uint32_t bits, uint32_t size)
{
    return (uint32_t)(((uint64_t)bits * size) >> 32);
}

static double pixel(const struct nncl_augment *augment, const float *x, double column, double line)
{
    const struct nncl_picture_shape *shape = &augment->shape;
    if (column < 0 || column >= shape->width || line < 0 || line >= shape->height)
        return (double)augment->fill;
    return (double)x[((size_t)line * shape->width + (size_t)column) * shape->channels];
}

static double sample(const struct nncl_augment *augment, const float *x, double column, double line)
{
    const double left = floor(column), top = floor(line), right = column - left, down = line - top;
    const double above =
        (1 - right) * pixel(augment, x, left, top) + right * pixel(augment, x, left + 1, top);
    const double below = (1 - right) * pixel(augment, x, left, top + 1) +
                         right * pixel(augment, x, left + 1, top + 1);
    return (1 - down) * above + down * below;
}

/* Box and Muller. */
static double normal(
    const struct nncl_augment *augment, const uint32_t *state, size_t i, size_t feature)
{
    uint32_t words[4];
    draw(augment, state, i, 2 + (uint32_t)feature / 4, words);
    const uint32_t *pair = words + (feature & 2);
    double radius = sqrt(-2 * log(((pair[0] >> 8) + 1) * 0x1p-24));
    double turn = pi * ((pair[1] >> 8) * 0x1p-23);
    return radius * (feature & 1 ? sin(turn) : cos(turn));
}

/* Where pixel (x, y) of picture i comes from. */
static void source_of(const struct nncl_augment *augment, const uint32_t a[4], const uint32_t b[4],
    uint32_t x, uint32_t y, double *column, double *line)
{
    const struct nncl_augmentation *by = &augment->by;
    const double middle_x = 0.5 * (augment->shape.width - 1.0),
                 middle_y = 0.5 * (augment->shape.height - 1.0),
                 angle = (double)by->rotate * pi / 180 * signed_uniform(a[2]),
                 shear = tan((double)by->shear * pi / 180 * signed_uniform(b[1])),
                 across = x - (double)by->shift * signed_uniform(a[0]) - middle_x,
                 down = y - (double)by->shift * signed_uniform(a[1]) - middle_y,
                 turned_x = cos(angle) * across + sin(angle) * down,
                 turned_y = cos(angle) * down - sin(angle) * across;
    *column =
        (turned_x + shear * turned_y) / (1 + (double)by->scale * signed_uniform(a[3])) + middle_x;
    *line = turned_y / (1 + (double)by->scale * signed_uniform(b[0])) + middle_y;
}

static bool is_cut(const struct nncl_augment *augment, const uint32_t b[4], uint32_t x, uint32_t y)
{
    const int64_t side = augment->by.cutout,
                  left = (int64_t)place(b[2], augment->shape.width) - side / 2,
                  top = (int64_t)place(b[3], augment->shape.height) - side / 2;
    return x >= left && x < left + side && y >= top && y < top + side;
}

/* field: the picture's two planes, or NULL */
static void change_picture(const struct nncl_augment *augment, const uint32_t *state, size_t i,
    const float *x, const float *field, float *out)
{
    const struct nncl_picture_shape *shape = &augment->shape;
    const size_t pixels = (size_t)shape->height * shape->width;
    uint32_t a[4], b[4];
    size_t feature = 0;
    draw(augment, state, i, 0, a);
    draw(augment, state, i, 1, b);
    for (uint32_t line = 0; line < shape->height; line++)
        for (uint32_t column = 0; column < shape->width; column++) {
            double from_x, from_y;
            source_of(augment, a, b, column, line, &from_x, &from_y);
            if (field) {
                from_x += (double)field[(size_t)line * shape->width + column];
                from_y += (double)field[pixels + (size_t)line * shape->width + column];
            }
            for (uint32_t channel = 0; channel < shape->channels; channel++, feature++) {
                double value = sample(augment, x + channel, from_x, from_y);
                if (augment->by.noise != 0)
                    value += (double)augment->by.noise * normal(augment, state, i, feature);
                out[feature] = is_cut(augment, b, column, line) ? augment->fill : (float)value;
            }
        }
}

void ref_augment(size_t n, const struct nncl_augment *augment, const uint32_t *state,
    const float *x, const float *field, float *out)
{
    const size_t pixels = (size_t)augment->shape.height * augment->shape.width,
                 features = pixels * augment->shape.channels;
    for (size_t i = 0; i < n; i++)
        change_picture(augment, state, i, x + i * features, field ? field + 2 * i * pixels : NULL,
            out + i * features);
}
