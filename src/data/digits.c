/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/digits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "data/dataset.h"
#include "data/glyphs.h"
#include "data/mnist.h"

enum { CURVE_PIECES = 5, PATH_POINTS = GLYPH_POINTS * CURVE_PIECES };

struct point {
    float x, y;
};

/* The pen's way in pixels: pieces of straight line. */
struct path {
    struct point from[PATH_POINTS], to[PATH_POINTS];
    int pieces;
};

/* Random numbers of one row. */
struct dice {
    uint32_t row, draws;
};

/* A float between `low` and `high`. */
static float throw_dice(struct dice *dice, float low, float high)
{
    const uint32_t key[2] = {0, 0};
    const uint32_t counter[4] = {dice->row, dice->draws++, 0, NNCL_STREAM_DIGITS};
    uint32_t bits[4];
    nncl_philox(counter, key, bits);
    return low + (high - low) * nncl_uniform(bits[0]);
}

/* Catmull-Rom: the curve from b to c, whose neighbours are a and d, at t in [0, 1]. */
static float curve(float a, float b, float c, float d, float t)
{
    return b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

static void add_curve(struct path *path, const struct point p[4])
{
    struct point last = p[1];
    for (int piece = 1; piece <= CURVE_PIECES; piece++) {
        float t = (float)piece / CURVE_PIECES;
        struct point next = {
            curve(p[0].x, p[1].x, p[2].x, p[3].x, t), curve(p[0].y, p[1].y, p[2].y, p[3].y, t)};
        path->from[path->pieces] = last;
        path->to[path->pieces++] = next;
        last = next;
    }
}

/* One stroke of `count` points; its ends are their own neighbours. */
static void add_stroke(struct path *path, const struct point *points, int count)
{
    for (int i = 0; i + 1 < count; i++) {
        const struct point p[4] = {points[i > 0 ? i - 1 : 0], points[i], points[i + 1],
            points[i + 2 < count ? i + 2 : count - 1]};
        add_curve(path, p);
    }
}

/* Writes a glyph with an unsteady hand: each point a little off. */
static void write_glyph(struct path *path, const struct glyph_point *glyph, struct dice *dice)
{
    const float unsteady = 4.5f;
    struct point stroke[GLYPH_POINTS];
    int count = 0;
    for (; glyph->x >= 0 || glyph->x == -1; glyph++) {
        if (glyph->x == -1) {
            add_stroke(path, stroke, count);
            count = 0;
            continue;
        }
        bool corner = count > 0 && glyph->x == glyph[-1].x && glyph->y == glyph[-1].y;
        struct point moved = {(float)glyph->x + throw_dice(dice, -unsteady, unsteady),
            (float)glyph->y + throw_dice(dice, -unsteady, unsteady)};
        stroke[count] = corner ? stroke[count - 1] : moved;
        count++;
    }
    add_stroke(path, stroke, count);
}

/* Turns, slants and stretches the path. */
static void distort(struct path *path, struct dice *dice)
{
    const float angle = throw_dice(dice, -0.22f, 0.22f), slant = throw_dice(dice, -0.1f, 0.45f);
    const float wide = throw_dice(dice, 0.7f, 1.25f), cosine = cosf(angle), sine = sinf(angle);
    for (int i = 0; i < 2 * path->pieces; i++) {
        struct point *p = i % 2 ? &path->to[i / 2] : &path->from[i / 2];
        float x = wide * p->x - slant * p->y, y = p->y;
        *p = (struct point){cosine * x - sine * y, sine * x + cosine * y};
    }
}

/* Scales the path so that its longer side is `side` pixels, and puts its centre of mass into the
 * middle of the picture, as MNIST's digits stand. */
static void fit(struct path *path, float side)
{
    struct point low = path->from[0], high = low, sum = {0};
    float length = 0;
    for (int i = 0; i < path->pieces; i++) {
        struct point a = path->from[i], b = path->to[i];
        low = (struct point){fminf(low.x, b.x), fminf(low.y, b.y)};
        high = (struct point){fmaxf(high.x, b.x), fmaxf(high.y, b.y)};
        float piece = hypotf(b.x - a.x, b.y - a.y);
        length += piece;
        sum.x += piece * (a.x + b.x) / 2;
        sum.y += piece * (a.y + b.y) / 2;
    }
    const float scale = side / fmaxf(high.x - low.x, high.y - low.y), middle = MNIST_SIDE / 2.0f;
    for (int i = 0; i < 2 * path->pieces; i++) {
        struct point *p = i % 2 ? &path->to[i / 2] : &path->from[i / 2];
        p->x = middle + scale * (p->x - sum.x / length);
        p->y = middle + scale * (p->y - sum.y / length);
    }
}

static float distance(struct point p, struct point a, struct point b)
{
    float dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
    float t = square > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / square : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypotf(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/* First pixel and the one behind the last that a pen of this radius touches between two places. */
static void touched(float a, float b, float radius, int *first, int *end)
{
    float low = fminf(a, b) - radius - 1, high = fmaxf(a, b) + radius + 1;
    *first = low < 0 ? 0 : (int)low;
    *end = high > MNIST_SIDE ? MNIST_SIDE : (int)high;
}

/* Anti-aliased: a pixel's grey is how far its centre is inside the edge, within one pixel. */
static void draw_piece(struct point a, struct point b, float radius, uint8_t *pixels)
{
    int left, right, top, bottom;
    touched(a.x, b.x, radius, &left, &right);
    touched(a.y, b.y, radius, &top, &bottom);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) {
            struct point centre = {(float)x + 0.5f, (float)y + 0.5f};
            float inside = radius + 0.5f - distance(centre, a, b);
            int grey = inside <= 0 ? 0 : inside >= 1 ? 255 : (int)(255 * inside);
            if (grey > pixels[y * MNIST_SIDE + x])
                pixels[y * MNIST_SIDE + x] = (uint8_t)grey;
        }
}

void digit_draw(uint32_t row, uint8_t *pixels)
{
    struct dice dice = {.row = row};
    struct path path = {.pieces = 0};
    unsigned variant = (unsigned)throw_dice(&dice, 0, GLYPHS_PER_DIGIT);
    write_glyph(&path, glyphs[row % MNIST_CLASSES][variant], &dice);
    distort(&path, &dice);
    const float radius = throw_dice(&dice, 0.8f, 1.7f);
    fit(&path, throw_dice(&dice, 18.5f, 20) - 2 * radius);
    memset(pixels, 0, MNIST_SIDE * MNIST_SIDE);
    for (int i = 0; i < path.pieces; i++)
        draw_piece(path.from[i], path.to[i], radius, pixels);
}

static enum nncl_status draw_set(uint32_t first, uint32_t rows, struct nncl_dataset **dataset)
{
    enum nncl_status status = NNCL_OK;
    const size_t size = MNIST_SIDE * MNIST_SIDE;
    uint8_t *pixels = malloc(rows * size);
    uint32_t *labels = malloc(rows * sizeof *labels);
    if (!pixels || !labels)
        TRY(nncl_fail_memory("generated digits", rows * size));
    for (uint32_t i = 0; i < rows; i++) {
        digit_draw(first + i, pixels + i * size);
        labels[i] = (first + i) % MNIST_CLASSES;
    }
    struct nncl_dataset_source source = {.type = NNCL_UINT8,
        .rows = rows,
        .shape = {MNIST_SIDE, MNIST_SIDE, 1},
        .classes = MNIST_CLASSES};
    TRY(dataset_adopt(&source, pixels, labels, dataset));
    pixels = NULL;
    labels = NULL;
out:
    free(pixels);
    free(labels);
    return status;
}

enum nncl_status digits_draw(struct nncl_dataset **train, struct nncl_dataset **test)
{
    enum nncl_status status = draw_set(0, DIGITS_TRAIN_ROWS, train);
    if (status != NNCL_OK)
        return status;
    status = draw_set(DIGITS_TRAIN_ROWS, DIGITS_TEST_ROWS, test);
    if (status != NNCL_OK)
        nncl_dataset_free(train);
    return status;
}
