/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A tiny font of strokes, for captions in pictures. */
#ifndef TOOLS_MNIST_CL_FONT_H
#define TOOLS_MNIST_CL_FONT_H

#include <stddef.h>

#include "mnist-cl/canvas.h"

enum { FONT_ADVANCE = 12, FONT_HEIGHT = 20 }; /* pixels from letter to letter, and of a line */

/* The width of a text in pixels. */
size_t font_width(const char *text);

/* Draws a line of text whose upper left corner is at (x, y); what the font lacks becomes '?'. */
void font_draw(struct canvas *canvas, size_t x, size_t y, const char *text, uint32_t colour);

#endif
