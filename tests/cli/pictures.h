/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files for mnist-cl to read. */
#ifndef TESTS_CLI_PICTURES_H
#define TESTS_CLI_PICTURES_H

#include <stdint.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE };

/* A folder of four IDX files in MNIST's form: 640 pictures to train on and 200 to test with, each
 * class with a bright patch of its own. */
void data_folder_make(const char *folder);

/* The ways in which a digit is written as PNG. */
enum png_style {
    PNG_PLAIN,
    PNG_ENLARGED,   /* three times as large */
    PNG_OFF_CENTRE, /* on a larger canvas */
    PNG_INVERTED,   /* dark on light */
    PNG_COLOURED,   /* orange */
    PNG_ALPHA,      /* white, the strokes in the alpha channel */
    PNG_DEEP,       /* 16 bits a sample */
    PNG_STYLES
};

/* Writes a digit of 28 x 28 grey values, light on black. */
void png_write(const char *path, const uint8_t *pixels, enum png_style style);

#endif
