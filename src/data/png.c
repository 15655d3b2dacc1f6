/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/png.h"

#include <png.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"

enum {
    SIGNATURE_SIZE = 8,
    CHUNK_FRAME = 12, /* length, name and checksum of a chunk */
    LARGEST_FILE = 256 << 20,
    LARGEST_PICTURE = 50 << 20, /* pixels */
    LARGEST_GROWTH = 1032,      /* of deflate */
};

/* libpng is content when it has all rows; a file that ends before its last chunk is still cut. */
static bool has_end(const uint8_t *bytes, size_t size)
{
    for (size_t at = SIGNATURE_SIZE; size - at >= CHUNK_FRAME;) {
        const uint8_t *chunk = bytes + at;
        if (memcmp(chunk + 4, "IEND", 4) == 0)
            return true;
        size_t length = png_get_uint_32(chunk);
        if (length > size - at - CHUNK_FRAME)
            return false;
        at += length + CHUNK_FRAME;
    }
    return false;
}

/* Bounds what a hostile header makes us allocate. */
static enum nncl_status check_size(const char *path, const png_image *image, size_t file_size)
{
    uint64_t pixels = (uint64_t)image->width * image->height;
    if (pixels > LARGEST_PICTURE)
        return nncl_fail(NNCL_BAD_DATA,
            "the picture %s is too large: %u x %u pixels, at most %d are read; scale it down", path,
            image->width, image->height, LARGEST_PICTURE);
    if (pixels / 8 > (uint64_t)LARGEST_GROWTH * file_size)
        return nncl_fail(NNCL_BAD_DATA,
            "the picture %s is damaged: %u x %u pixels cannot come from its %zu bytes", path,
            image->width, image->height, file_size);
    return NNCL_OK;
}

static enum nncl_status fail_image(const char *path, const png_image *image)
{
    return nncl_fail(NNCL_BAD_DATA, "the picture %s is damaged: %s", path, image->message);
}

/* The simplified interface of libpng catches its own long jumps. */
static enum nncl_status decode(
    const char *path, const uint8_t *bytes, size_t size, struct rgba *picture)
{
    enum nncl_status status = NNCL_OK;
    png_image image = {.version = PNG_IMAGE_VERSION};
    uint8_t *pixels = NULL;
    if (!png_image_begin_read_from_memory(&image, bytes, size))
        TRY(fail_image(path, &image));
    TRY(check_size(path, &image, size));
    image.format = PNG_FORMAT_RGBA;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; /* 16 bits are no sign of linear light */
    size_t needed = PNG_IMAGE_SIZE(image);
    pixels = malloc(needed);
    if (!pixels)
        TRY(nncl_fail_memory(path, needed));
    if (!png_image_finish_read(&image, NULL, pixels, 0, NULL))
        TRY(fail_image(path, &image));
    *picture = (struct rgba){image.width, image.height, pixels};
    pixels = NULL;
out:
    png_image_free(&image);
    free(pixels);
    return status;
}

enum nncl_status png_read_rgba(const char *path, struct rgba *picture)
{
    enum nncl_status status = NNCL_OK;
    uint8_t *bytes = NULL;
    size_t size = 0;
    TRY(file_read(path, LARGEST_FILE, &bytes, &size));
    if (size < SIGNATURE_SIZE || png_sig_cmp(bytes, 0, SIGNATURE_SIZE) != 0)
        TRY(nncl_fail(NNCL_BAD_DATA, "%s is no PNG picture", path));
    if (!has_end(bytes, size))
        TRY(nncl_fail(NNCL_BAD_DATA, "the picture %s is cut off: its end is missing", path));
    TRY(decode(path, bytes, size, picture));
out:
    free(bytes);
    return status;
}
