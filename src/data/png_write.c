/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Writing a picture. */
#include <nncl/data.h>

#include <png.h>
#include <stdlib.h>

#include <nncl/program.h>

#include "base/status.h"

static enum nncl_status check_shape(const char *path, const struct nncl_picture_shape *shape)
{
    enum { LARGEST_SIDE = 32767 };
    if ((shape->channels == 1 || shape->channels == 3) && shape->width - 1 < LARGEST_SIDE &&
        shape->height - 1 < LARGEST_SIDE)
        return NNCL_OK;
    return nncl_fail(NNCL_USAGE,
        "cannot write the picture %s of %u x %u pixels and %u channels: 1 to %d pixels and 1 or 3 "
        "channels are possible",
        path, shape->width, shape->height, shape->channels, LARGEST_SIDE);
}

enum nncl_status nncl_picture_write(
    const char *path, const struct nncl_picture_shape *shape, const uint8_t *pixels)
{
    enum nncl_status status = NNCL_OK;
    png_image image = {.version = PNG_IMAGE_VERSION,
        .width = shape->width,
        .height = shape->height,
        .format = shape->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    png_alloc_size_t size = 0;
    void *bytes = NULL;
    TRY(check_shape(path, shape));
    size = PNG_IMAGE_PNG_SIZE_MAX(image);
    bytes = malloc(size);
    if (!bytes)
        TRY(nncl_fail_memory(path, size));
    if (!png_image_write_to_memory(&image, bytes, &size, 0, pixels, 0, NULL))
        TRY(nncl_fail(NNCL_FAILED, "cannot make the picture %s: %s", path, image.message));
    TRY(nncl_file_write(path, bytes, size));
out:
    free(bytes);
    return status;
}
