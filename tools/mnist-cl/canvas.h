/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pictures being drawn, and their PNG form. */
#ifndef TOOLS_MNIST_CL_CANVAS_H
#define TOOLS_MNIST_CL_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include <nncl/data.h>

/* Starts as {0}. */
struct canvas {
    size_t width, height;
    uint8_t *pixels; /* [height][width][3]: red, green, blue */
};

/* A canvas of one colour, 0xRRGGBB. Free with canvas_free. Says its own failure. */
enum nncl_status canvas_create(size_t width, size_t height, uint32_t colour, struct canvas *canvas);
void canvas_free(struct canvas *canvas);

/* Sets a pixel; outside the canvas nothing happens. */
void canvas_set(struct canvas *canvas, size_t x, size_t y, uint32_t colour);

/* Draws row number `row` of a data set as a picture, each of its pixels `scale` wide and high. */
void canvas_draw_row(struct canvas *canvas, size_t x, size_t y, size_t scale,
    const struct nncl_dataset_source *source, size_t row);

/* The canvas as PNG; free *bytes with free(). Says its own failure. */
enum nncl_status canvas_encode(const struct canvas *canvas, uint8_t **bytes, size_t *size);

/* Writes it as PNG to a file, which takes its place as nncl_file_write says. Says its own failure.
 */
enum nncl_status canvas_write(const struct canvas *canvas, const char *path);

#endif
