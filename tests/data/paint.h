/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writing digits as PNG files of many kinds. */
#ifndef NNCL_TESTS_DATA_PAINT_H
#define NNCL_TESTS_DATA_PAINT_H

#include <stdbool.h>
#include <stdint.h>

enum paint_kind {
    PAINT_GREY,        /* light on dark, 8 bits */
    PAINT_INVERTED,    /* dark on light */
    PAINT_COLOUR,      /* dark red on pale yellow */
    PAINT_EQUAL_GREY,  /* red on a green that is as dark */
    PAINT_ALPHA,       /* black strokes, transparent elsewhere */
    PAINT_LIGHT_ALPHA, /* white strokes, transparent elsewhere */
    PAINT_CARD,        /* light strokes on a black card, transparent around it */
    PAINT_STENCIL,     /* strokes are holes in a black sheet */
    PAINT_VEILED,      /* all of it half transparent */
    PAINT_DEEP,        /* 16 bits, grey */
    PAINT_DEEP_COLOUR, /* 16 bits, colour and alpha */
    PAINT_PALETTE,
    PAINT_BITS, /* black and white, 1 bit */
    PAINT_KINDS
};

struct paint_look {
    enum paint_kind kind;
    int enlarged;  /* times */
    int canvas;    /* side of the picture in pixels; 0: just large enough */
    int left, top; /* where on it the digit's 28 x 28 go */
    bool interlaced;
};

/* Writes a picture of the digit, pixels: [28 * 28], as MNIST's. */
void paint(const char *path, const uint8_t *pixels, const struct paint_look *look);

/* Mean absolute difference of two pictures of 28 x 28. */
double paint_distance(const uint8_t *a, const uint8_t *b);

#endif
