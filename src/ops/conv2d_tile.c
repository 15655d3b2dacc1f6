/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Register tiles and patches for the kernels of convolutions. */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/conv2d.h"

enum {
    MOST_PARTS = 16,
    PATCH_FLOATS = 8192, /* 32 KB: about a core's first cache */
    CPU_GRAIN = 32768    /* sums of products, by vectors, that make a CPU's work-item worth it */
};

static size_t parts_of(size_t size, size_t part)
{
    return (size + part - 1) / part;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Vectors are as wide as the device's, but no wider than a group; the sums and one row of weights
 * stay in registers: 32 of them where vectors have 16 floats, else 16. */
struct conv_tile conv_tile(const struct nncl_device *device, size_t columns, size_t rows)
{
    struct conv_tile tile = {.width = device_vector_width(device)};
    while (tile.width > columns)
        tile.width /= 2;
    unsigned registers = tile.width == 16 ? 27 : 13, most_vectors = tile.width == 16 ? 4 : 2;
    if (device->info.kind != NNCL_DEVICE_CPU)
        registers = 8;
    tile.vectors = (unsigned)smaller(columns / tile.width, most_vectors);
    size_t most = registers / tile.vectors;
    tile.rows = (unsigned)parts_of(rows, parts_of(rows, most));
    return tile;
}

/* How much one patch holds. */
struct patch {
    size_t height, width, chunk;
};

static size_t reach(size_t outputs, size_t stride, size_t window, size_t dilation)
{
    return (outputs - 1) * stride + (window - 1) * dilation + 1;
}

static void options_for(const struct conv *conv, struct conv_tile tile, struct patch patch,
    const char *more, char *options, size_t size)
{
    const struct window *window = &conv->window;
    snprintf(options, size,
        "-DWIDTH=%u -DVECTORS=%u -DKH=%u -DKW=%u -DSTRIDE=%u -DDILATION=%u -DSPACING=%u "
        "-DPATCH_H=%zu -DPATCH_W=%zu -DCHUNK=%zu%s",
        tile.width, tile.vectors, window->down, window->across, window->stride, window->dilation,
        conv->spacing ? conv->spacing : 1, patch.height, patch.width, patch.chunk, more);
}

struct conv conv_turned(const struct conv *conv)
{
    const struct window *window = &conv->window;
    return (struct conv){
        .window = {.height = window->out_height,
            .width = window->out_width,
            .down = window->down,
            .across = window->across,
            .out_height = window->height,
            .out_width = window->width,
            .stride = 1,
            .dilation = window->dilation,
            .top = (window->down - 1) * window->dilation - window->top,
            .left = (window->across - 1) * window->dilation - window->left},
        .groups = conv->groups,
        .channels = conv->filters,
        .filters = conv->channels,
        .spacing = window->stride,
    };
}

/* On CPUs a work-item does so many rows of pixels that starting it costs nothing. */
static size_t rows_of_item(const struct nncl_device *device, const struct conv *conv, size_t width)
{
    const struct window *window = &conv->window;
    double row = (double)window->out_width * window->down * window->across *
                 (double)(conv->channels / conv->groups) * (double)conv->filters / (double)width;
    if (device->info.kind != NNCL_DEVICE_CPU || row >= CPU_GRAIN)
        return 1;
    return (size_t)(CPU_GRAIN / row) + 1;
}

enum { OWN_ARGUMENTS = 14, TILE_OPTIONS = 512 };

static enum nncl_status launch(struct op_site *site, const char *kernel, const char *options,
    const size_t global[2], const struct step_argument *arguments, size_t count)
{
    size_t group = site->device->info.kind == NNCL_DEVICE_CPU ? 1 : step_group(site->device, 64);
    const struct step_launch launch = {.program = "conv2d",
        .kernel = kernel,
        .options = options,
        .dimensions = 2,
        .global = {global[0], global[1]},
        .local = {group, 1}};
    return op_launch(site, &launch, arguments, count);
}

static size_t window_and_groups(const struct conv *conv, size_t n, struct step_argument *arguments)
{
    const struct window *window = &conv->window;
    const struct step_argument all[] = {ARG_SIZE(n), ARG_UINT(window->height),
        ARG_UINT(window->width), ARG_UINT(conv->channels), ARG_UINT(window->out_height),
        ARG_UINT(window->out_width), ARG_UINT(conv->filters), ARG_UINT(conv->groups),
        ARG_UINT(window->top), ARG_UINT(window->left)};
    memcpy(arguments, all, sizeof all);
    return sizeof all / sizeof all[0];
}

enum nncl_status conv_launch(struct op_site *site, const struct conv *conv, size_t n,
    const struct buffer *x, const struct buffer *w, const struct op_tail *tail)
{
    const struct window *window = &conv->window;
    const size_t depth = conv->channels / conv->groups;
    const struct conv_tile tile =
        conv_tile(site->device, conv->filters / conv->groups, window->out_width);
    struct patch patch = {
        .height = 1, .width = reach(tile.rows, window->stride, window->across, window->dilation)};
    patch.chunk = smaller(depth, PATCH_FLOATS / smaller(PATCH_FLOATS, patch.width));
    char more[256], options[TILE_OPTIONS];
    snprintf(more, sizeof more, " -DPIXELS=%u -DWHOLE_DEPTH=%d -DSTORES_RESULT=%d%s", tile.rows,
        patch.chunk == depth, tail->result != NULL, tail->options);
    options_for(conv, tile, patch, more, options, sizeof options);
    struct step_argument arguments[OWN_ARGUMENTS + OP_MAX_FOLDED * OP_MAX_ARGUMENTS] = {
        ARG_BUFFER(x), ARG_BUFFER(w), ARG_BUFFER(tail->result)};
    size_t rows = rows_of_item(site->device, conv, tile.width);
    size_t count = 3 + window_and_groups(conv, n, arguments + 3);
    arguments[count++] = ARG_SIZE(rows);
    memcpy(arguments + count, tail->arguments, tail->count * sizeof *arguments);
    const size_t global[2] = {parts_of(n * window->out_height, rows), 1};
    return launch(site, "conv2d", options, global, arguments, count + tail->count);
}

size_t conv_part_pictures(size_t n)
{
    return parts_of(n, MOST_PARTS);
}

size_t conv_parts(size_t n)
{
    return n ? parts_of(n, conv_part_pictures(n)) : 0;
}

/* As much of a picture as fits: fewer rows first, then fewer channels and columns. */
static struct patch patch_for_weights(const struct conv *conv, size_t *down, size_t *across)
{
    const struct window *window = &conv->window;
    struct patch patch = {.chunk = conv->channels / conv->groups};
    enum { FEW_ROWS = 4, FEW_CHANNELS = 16 };
    *down = window->out_height;
    *across = window->out_width;
    for (;;) {
        patch.height = reach(*down, window->stride, window->down, window->dilation);
        patch.width = reach(*across, window->stride, window->across, window->dilation);
        if (patch.height * patch.width * patch.chunk <= PATCH_FLOATS)
            return patch;
        if (*down > FEW_ROWS)
            *down = parts_of(*down, 2);
        else if (patch.chunk > FEW_CHANNELS)
            patch.chunk = parts_of(patch.chunk, 2);
        else if (*across > 1)
            *across = parts_of(*across, 2);
        else if (*down > 1)
            *down = parts_of(*down, 2);
        else if (patch.chunk > 1)
            patch.chunk = parts_of(patch.chunk, 2);
        else
            return patch;
    }
}

/* A part's tiles are spread over several work-items where the parts alone are too few. */
size_t conv_share_of_item(const struct nncl_device *device, size_t parts, size_t tiles)
{
    enum { ENOUGH = 4 };
    size_t units = device_units(device);
    bool cpu = device->info.kind == NNCL_DEVICE_CPU;
    size_t wanted = cpu ? parts_of(ENOUGH * units, parts) : tiles;
    return parts_of(tiles, smaller(tiles, wanted));
}

enum nncl_status conv_launch_weights(struct op_site *site, const struct conv *conv, size_t n,
    size_t parts, const struct buffer *x, const struct buffer *dy, const struct buffer *to)
{
    size_t down, across;
    const struct patch patch = patch_for_weights(conv, &down, &across);
    const size_t rows = (size_t)conv->window.down * conv->window.across * patch.chunk;
    const struct conv_tile tile = conv_tile(site->device, conv->filters / conv->groups, rows);
    const size_t tiles = parts_of(rows, tile.rows);
    const size_t tiles_each = conv_share_of_item(site->device, parts, tiles);
    char more[128], options[TILE_OPTIONS];
    snprintf(more, sizeof more, " -DTILE=%u -DOUT_H=%zu -DOUT_W=%zu", tile.rows, down, across);
    options_for(conv, tile, patch, more, options, sizeof options);
    struct step_argument arguments[OWN_ARGUMENTS + 1] = {
        ARG_BUFFER(x), ARG_BUFFER(dy), ARG_BUFFER(to)};
    size_t count = 3 + window_and_groups(conv, n, arguments + 3);
    arguments[count++] = ARG_SIZE(conv_part_pictures(n));
    arguments[count++] = ARG_SIZE(tiles_each);
    const size_t global[2] = {parts, parts_of(tiles, tiles_each)};
    return launch(site, "conv2d_weights", options, global, arguments, count);
}
