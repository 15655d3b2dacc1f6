/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Digits drawn by nncl, for a machine with neither MNIST nor a network. */
#ifndef NNCL_DATA_DIGITS_H
#define NNCL_DATA_DIGITS_H

#include <nncl/data.h>

enum { DIGITS_TRAIN_ROWS = 6000, DIGITS_TEST_ROWS = 1000 };

/* Draws a training and a test set of 28 x 28 digits, the same each time.
 * Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status digits_draw(struct nncl_dataset **train, struct nncl_dataset **test);

/* Draws the digit `row` of an endless list, whose class is row % 10; pixels: [28 * 28]. */
void digit_draw(uint32_t row, uint8_t *pixels);

#endif
