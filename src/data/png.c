/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/png.h"

#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
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

/* libpng's simplified interface reads interlaced pictures of 16 bits wrongly (versions up
 * to 1.6.58), so this is the one that jumps. */
struct decoder {
    const uint8_t *next;
    size_t left;
    png_structp png;
    png_infop info;
    png_bytep *rows;
    uint8_t *pixels;
    char message[128];
};

static void on_error(png_structp png, png_const_charp message)
{
    struct decoder *decoder = png_get_error_ptr(png);
    snprintf(decoder->message, sizeof decoder->message, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep bytes, size_t size)
{
    struct decoder *decoder = png_get_io_ptr(png);
    if (size > decoder->left)
        png_error(png, "its data end too early");
    memcpy(bytes, decoder->next, size);
    decoder->next += size;
    decoder->left -= size;
}

static void read_header(struct decoder *decoder)
{
    png_set_read_fn(decoder->png, decoder, on_read);
    png_read_info(decoder->png, decoder->info);
    png_set_expand(decoder->png);
    png_set_scale_16(decoder->png);
    png_set_gray_to_rgb(decoder->png);
    png_set_add_alpha(decoder->png, 0xff, PNG_FILLER_AFTER);
    png_set_interlace_handling(decoder->png);
    png_read_update_info(decoder->png, decoder->info);
    if (png_get_rowbytes(decoder->png, decoder->info) !=
        4 * (size_t)png_get_image_width(decoder->png, decoder->info))
        png_error(decoder->png, "its kind of pixels is unknown");
}

static void read_pixels(struct decoder *decoder)
{
    png_read_image(decoder->png, decoder->rows);
    png_read_end(decoder->png, NULL);
}

/* Runs a step that may jump out of libpng; nothing of this function's is changed in between. */
static enum nncl_status guarded(
    const char *path, struct decoder *decoder, void (*step)(struct decoder *))
{
    if (setjmp(png_jmpbuf(decoder->png)))
        return nncl_fail(NNCL_BAD_DATA, "the picture %s is damaged: %s", path, decoder->message);
    step(decoder);
    return NNCL_OK;
}

/* Bounds what a hostile header makes us allocate. */
static enum nncl_status check_size(
    const char *path, uint32_t width, uint32_t height, size_t file_size)
{
    uint64_t pixels = (uint64_t)width * height;
    if (pixels > LARGEST_PICTURE)
        return nncl_fail(NNCL_BAD_DATA,
            "the picture %s is too large: %u x %u pixels, at most %d are read; scale it down", path,
            width, height, LARGEST_PICTURE);
    if (pixels / 8 > (uint64_t)LARGEST_GROWTH * file_size)
        return nncl_fail(NNCL_BAD_DATA,
            "the picture %s is damaged: %u x %u pixels cannot come from its %zu bytes", path, width,
            height, file_size);
    return NNCL_OK;
}

static enum nncl_status make_room(
    const char *path, struct decoder *decoder, uint32_t width, uint32_t height)
{
    const size_t line = 4 * (size_t)width;
    decoder->pixels = malloc(line * height);
    decoder->rows = malloc(height * sizeof *decoder->rows);
    if (!decoder->pixels || !decoder->rows)
        return nncl_fail_memory(path, line * height);
    for (size_t y = 0; y < height; y++)
        decoder->rows[y] = decoder->pixels + y * line;
    return NNCL_OK;
}

static enum nncl_status decode(
    const char *path, const uint8_t *bytes, size_t size, struct rgba *picture)
{
    enum nncl_status status = NNCL_OK;
    struct decoder decoder = {.next = bytes, .left = size};
    decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
    decoder.info = decoder.png ? png_create_info_struct(decoder.png) : NULL;
    if (!decoder.info)
        TRY(nncl_fail_memory("reading PNG pictures", 0));
    TRY(guarded(path, &decoder, read_header));
    uint32_t width = png_get_image_width(decoder.png, decoder.info);
    uint32_t height = png_get_image_height(decoder.png, decoder.info);
    TRY(check_size(path, width, height, size));
    TRY(make_room(path, &decoder, width, height));
    TRY(guarded(path, &decoder, read_pixels));
    *picture = (struct rgba){width, height, decoder.pixels};
    decoder.pixels = NULL;
out:
    png_destroy_read_struct(&decoder.png, &decoder.info, NULL);
    free(decoder.rows);
    free(decoder.pixels);
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
