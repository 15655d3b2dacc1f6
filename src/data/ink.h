/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Telling the strokes of a picture from its background. */
#ifndef NNCL_DATA_INK_H
#define NNCL_DATA_INK_H

#include "data/png.h"

/* How much ink each pixel has: 0 background, 255 the strokes' darkest. */
struct ink {
    uint32_t width, height;
    uint8_t *bytes; /* [height][width], from malloc */
};

/* Finds the ink of a picture, whose transparency it removes; `path` is for messages. The caller
 * frees ink->bytes, after a failure too. Errors: NNCL_BAD_DATA for a blank picture,
 * NNCL_OUT_OF_MEMORY. */
enum nncl_status ink_find(const char *path, struct rgba *picture, struct ink *ink);

#endif
