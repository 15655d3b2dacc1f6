/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/canvas.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "common/messages.h"

enum nncl_status canvas_create(size_t width, size_t height, uint32_t colour, struct canvas *canvas)
{
    *canvas =
        (struct canvas){.width = width, .height = height, .pixels = malloc(width * height * 3)};
    if (!canvas->pixels)
        return (enum nncl_status)message_fail(
            NNCL_OUT_OF_MEMORY, "not enough memory for a picture of %zu x %zu", width, height);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            canvas_set(canvas, x, y, colour);
    return NNCL_OK;
}

void canvas_free(struct canvas *canvas)
{
    free(canvas->pixels);
    *canvas = (struct canvas){0};
}

void canvas_set(struct canvas *canvas, size_t x, size_t y, uint32_t colour)
{
    if (x >= canvas->width || y >= canvas->height)
        return;
    uint8_t *pixel = canvas->pixels + (y * canvas->width + x) * 3;
    pixel[0] = (uint8_t)(colour >> 16);
    pixel[1] = (uint8_t)(colour >> 8);
    pixel[2] = (uint8_t)colour;
}

/* ---- Rows of a data set ---- */

/* How a row's features become bytes: those of bytes are their own, others are stretched from the
 * smallest to the largest. */
struct shades {
    const uint8_t *bytes;
    const float *floats;
    float low, high;
};

static struct shades shades_of(const struct nncl_dataset_source *source, size_t row)
{
    const size_t features =
        (size_t)source->shape.height * source->shape.width * source->shape.channels;
    if (source->type == NNCL_UINT8)
        return (struct shades){.bytes = (const uint8_t *)source->features + row * features};
    const float *floats = (const float *)source->features + row * features;
    struct shades shades = {.floats = floats, .low = floats[0], .high = floats[0]};
    for (size_t i = 1; i < features; i++) {
        shades.low = floats[i] < shades.low ? floats[i] : shades.low;
        shades.high = floats[i] > shades.high ? floats[i] : shades.high;
    }
    return shades;
}

static uint32_t shade(const struct shades *shades, size_t feature)
{
    if (shades->bytes)
        return shades->bytes[feature];
    double range = (double)shades->high - (double)shades->low;
    return range > 0
               ? (uint32_t)(255 * ((double)shades->floats[feature] - (double)shades->low) / range +
                            0.5)
               : 0;
}

void canvas_draw_row(struct canvas *canvas, size_t x, size_t y, size_t scale,
    const struct nncl_dataset_source *source, size_t row)
{
    const struct shades shades = shades_of(source, row);
    const size_t width = source->shape.width, channels = source->shape.channels;
    for (size_t i = 0; i < source->shape.height * width; i++) {
        uint32_t colour = 0;
        for (size_t channel = 0; channel < 3; channel++)
            colour = colour << 8 | shade(&shades, i * channels + (channels >= 3 ? channel : 0));
        for (size_t j = 0; j < scale * scale; j++)
            canvas_set(canvas, x + i % width * scale + j % scale, y + i / width * scale + j / scale,
                colour);
    }
}

/* ---- PNG ---- */

enum nncl_status canvas_encode(const struct canvas *canvas, uint8_t **bytes, size_t *size)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
        .width = (png_uint_32)canvas->width,
        .height = (png_uint_32)canvas->height,
        .format = PNG_FORMAT_RGB};
    png_alloc_size_t needed = PNG_IMAGE_PNG_SIZE_MAX(image);
    *bytes = malloc(needed);
    if (!*bytes)
        return (enum nncl_status)message_fail(
            NNCL_OUT_OF_MEMORY, "not enough memory for a PNG of %zu bytes", (size_t)needed);
    if (!png_image_write_to_memory(&image, *bytes, &needed, 0, canvas->pixels, 0, NULL)) {
        free(*bytes);
        *bytes = NULL;
        return (enum nncl_status)message_fail(
            NNCL_FAILED, "cannot encode a picture as PNG: %s", image.message);
    }
    *size = needed;
    return NNCL_OK;
}

enum nncl_status canvas_write(const struct canvas *canvas, const char *path)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum nncl_status status = canvas_encode(canvas, &bytes, &size);
    if (status != NNCL_OK)
        return status;
    status = nncl_file_write(path, bytes, size);
    free(bytes);
    return (enum nncl_status)message_status(status);
}
