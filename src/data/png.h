/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Reading a PNG, whatever its depth and colour type. */
#ifndef NNCL_DATA_PNG_H
#define NNCL_DATA_PNG_H

#include <stdint.h>

#include <nncl/status.h>

struct rgba {
    uint32_t width, height;
    uint8_t *bytes; /* [height][width][red, green, blue, alpha], from malloc */
};

/* *picture is set on success. Errors: NNCL_BAD_DATA naming the file, NNCL_OUT_OF_MEMORY. */
enum nncl_status png_read_rgba(const char *path, struct rgba *picture);

#endif
