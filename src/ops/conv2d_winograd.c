/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Convolutions by windows of three columns on CPUs, two outputs at a time: cl/conv2d_winograd.cl.
 */
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "ops/conv2d.h"
#include "ops/spread.h"

enum {
    PRODUCTS = 4,
    MOST_FLOATS = 28672, /* 112 KB of a core's second cache */
    MOST_ROWS = 16
};

static size_t parts_of(size_t size, size_t part)
{
    return (size + part - 1) / part;
}

static bool has_form(const struct conv *conv)
{
    const struct window *window = &conv->window;
    return window->across == 3 && window->stride == 1 && window->dilation == 1 &&
           conv->groups == 1 && conv->spacing <= 1;
}

size_t conv_winograd_factors(const struct conv *conv)
{
    /* The last block of filters may be one more. */
    return has_form(conv)
               ? (size_t)PRODUCTS * conv->window.down * conv->channels * 2 * conv->filters
               : 1;
}

/* How it is cut. */
struct cut {
    struct conv_tile tile;
    size_t pairs, rows, floats; /* floats of the factors of the lines that `rows` rows look at */
};

static struct cut cut_into(const struct nncl_device *device, const struct conv *conv, size_t rows)
{
    struct cut cut = {.pairs = parts_of(conv->window.out_width, 2), .rows = rows};
    cut.tile = conv_tile(device, conv->filters, rows * cut.pairs);
    cut.floats = PRODUCTS * (rows + conv->window.down - 1) * cut.pairs * conv->channels;
    return cut;
}

/* What a picture takes, in tiles' rows: those of the products, and the lines' factors. */
static double cost_of(const struct conv *conv, const struct cut *cut)
{
    const double line = 0.06; /* of a row of tiles */
    const size_t tiles = parts_of(cut->rows * cut->pairs, cut->tile.rows);
    return (double)parts_of(conv->window.out_height, cut->rows) *
           ((double)(tiles * cut->tile.rows) +
               line * (double)((cut->rows + conv->window.down - 1) * cut->pairs));
}

/* The cheapest one that fits. False: none does. */
static bool choose_cut(const struct nncl_device *device, const struct conv *conv, struct cut *cut)
{
    double least = 0;
    const uint64_t room = device->info.local_memory / 4 * 3 / sizeof(float);
    for (size_t rows = 1; rows <= MOST_ROWS && rows <= conv->window.out_height; rows++) {
        const struct cut other = cut_into(device, conv, rows);
        const double cost = cost_of(conv, &other);
        if (other.floats > MOST_FLOATS || other.floats > room || (least > 0 && cost >= least))
            continue;
        *cut = other;
        least = cost;
    }
    return least > 0 && conv->channels >= cut->tile.width;
}

bool conv_winograd_pays(const struct nncl_device *device, const struct conv *conv)
{
    struct cut cut;
    return device->info.kind == NNCL_DEVICE_CPU && has_form(conv) && choose_cut(device, conv, &cut);
}

static void options_for(
    const struct conv *conv, const struct cut *cut, const char *more, char *options, size_t size)
{
    snprintf(options, size,
        "-DWIDTH=%u -DVECTORS=%u -DHEIGHT=%u -DKH=%u -DCHANNELS=%u -DPAIRS=%zu -DROWS=%zu%s",
        cut->tile.width, cut->tile.vectors, cut->tile.rows, conv->window.down, conv->channels,
        cut->pairs, cut->rows, more);
}

static enum nncl_status launch_factors(struct op_site *site, const struct conv *conv,
    const struct cut *cut, const struct buffer *w, bool turned, const struct buffer *factors)
{
    const size_t columns = (size_t)cut->tile.width * cut->tile.vectors;
    const size_t blocks = parts_of(conv->filters, columns);
    const struct spread spread =
        spread_elements(site->device, blocks * columns * conv->window.down * conv->channels, 8);
    const struct step_argument arguments[] = {ARG_BUFFER(w), ARG_BUFFER(factors),
        ARG_UINT(conv->filters), ARG_SIZE(blocks), ARG_UINT(turned), ARG_SIZE(spread.span)};
    char options[256];
    options_for(conv, cut, "", options, sizeof options);
    const struct step_launch launch = {.program = "conv2d_winograd",
        .kernel = "conv2d_winograd_weights",
        .options = options,
        .dimensions = 1,
        .global = {spread.items},
        .local = {1}};
    enum nncl_status status =
        op_launch(site, &launch, arguments, sizeof arguments / sizeof *arguments);
    if (status == NNCL_OK)
        site->steps[site->step_count - 1].beside = true;
    return status;
}

enum nncl_status conv_launch_winograd(struct op_site *site, const struct conv *conv, size_t n,
    const struct buffer *x, const struct buffer *w, bool turned, const struct buffer *factors,
    const struct op_tail *tail)
{
    enum { OWN = 13, GRAIN = 32768 };
    const struct window *window = &conv->window;
    struct cut cut;
    (void)choose_cut(site->device, conv, &cut);
    enum nncl_status status = launch_factors(site, conv, &cut, w, turned, factors);
    if (status != NNCL_OK)
        return status;
    const double work = (double)(cut.rows * cut.pairs * PRODUCTS * window->down) *
                        (double)conv->channels * (double)conv->filters / cut.tile.width;
    const size_t steps = work >= GRAIN ? 1 : (size_t)(GRAIN / work) + 1;
    struct step_argument arguments[OWN + OP_MAX_FOLDED * OP_MAX_ARGUMENTS] = {ARG_BUFFER(x),
        ARG_BUFFER(factors), ARG_BUFFER(tail->result), ARG_SIZE(n), ARG_UINT(window->height),
        ARG_UINT(window->width), ARG_UINT(window->out_height), ARG_UINT(window->out_width),
        ARG_UINT(conv->filters), ARG_UINT(window->top), ARG_UINT(window->left), ARG_SIZE(steps),
        ARG_LOCAL(cut.floats * sizeof(float))};
    memcpy(arguments + OWN, tail->arguments, tail->count * sizeof *arguments);
    char more[192], options[512];
    snprintf(more, sizeof more, " -DSTORES_RESULT=%d%s", tail->result != NULL, tail->options);
    options_for(conv, &cut, more, options, sizeof options);
    const struct step_launch launch = {.program = "conv2d_winograd",
        .kernel = "conv2d_winograd",
        .options = options,
        .dimensions = 1,
        .global = {parts_of(n * parts_of(window->out_height, cut.rows), steps)},
        .local = {1}};
    return op_launch(site, &launch, arguments, OWN + tail->count);
}

/* ---- The gradient of the weights ---- */

size_t conv_winograd_gradient(const struct conv *conv)
{
    const size_t taps = has_form(conv) ? PRODUCTS : conv->window.across;
    return taps * conv->window.down * (conv->channels / conv->groups) * conv->filters;
}

/* The one with the fewest pairs beyond the picture's that fits; a tile's sums are loaded and stored
 * once each time. */
static bool choose_gradient_cut(
    const struct nncl_device *device, const struct conv *conv, struct cut *cut)
{
    const struct window *window = &conv->window;
    const uint64_t room = device->info.local_memory / 4 * 3 / sizeof(float);
    const double each_time = 3; /* pairs that take as long */
    double least = 0;
    *cut = (struct cut){.pairs = parts_of(window->out_width, 2),
        .tile = conv_tile(device, conv->filters, (size_t)window->down * conv->channels)};
    for (size_t rows = 1; rows <= MOST_ROWS && rows <= window->out_height; rows++) {
        const size_t floats = PRODUCTS * cut->pairs *
                              ((rows + window->down - 1) * conv->channels + rows * conv->filters);
        const double cost =
            (double)parts_of(window->out_height, rows) * ((double)(rows * cut->pairs) + each_time);
        if (floats > MOST_FLOATS || floats > room || (least > 0 && cost >= least))
            continue;
        cut->rows = rows;
        cut->floats = floats;
        least = cost;
    }
    return least > 0 && conv->channels >= cut->tile.width;
}

bool conv_winograd_gradient_pays(const struct nncl_device *device, const struct conv *conv)
{
    struct cut cut;
    return device->info.kind == NNCL_DEVICE_CPU && has_form(conv) &&
           choose_gradient_cut(device, conv, &cut);
}

static enum nncl_status launch_sum(struct op_site *site, const struct conv *conv, size_t parts,
    const struct buffer *from, const struct op_tail *tail)
{
    enum { OWN = 4 };
    const size_t weights =
        (size_t)conv->window.down * conv->window.across * conv->channels * conv->filters;
    const struct spread spread = spread_columns(site->device, weights, PRODUCTS * parts);
    struct step_argument arguments[OWN + OP_MAX_FOLDED * OP_MAX_ARGUMENTS] = {
        ARG_BUFFER(from), ARG_BUFFER(tail->result), ARG_SIZE(parts), ARG_SIZE(spread.span)};
    memcpy(arguments + OWN, tail->arguments, tail->count * sizeof *arguments);
    char options[320];
    snprintf(options, sizeof options,
        "-DGRADIENT_SUM=1 -DWIDTH=%u -DVECTORS=1 -DKH=%u -DCHANNELS=%u -DFILTERS=%u "
        "-DSTORES_RESULT=%d%s",
        device_vector_width(site->device), conv->window.down, conv->channels, conv->filters,
        tail->result != NULL, tail->options);
    const struct step_launch launch = {.program = "conv2d_winograd",
        .kernel = "conv2d_winograd_gradient_sum",
        .options = options,
        .dimensions = 1,
        .global = {spread.items},
        .local = {1}};
    return op_launch(site, &launch, arguments, OWN + tail->count);
}

enum nncl_status conv_launch_winograd_gradient(struct op_site *site, const struct conv *conv,
    size_t n, size_t parts, const struct buffer *x, const struct buffer *dy,
    const struct buffer *room)
{
    const struct window *window = &conv->window;
    struct cut cut;
    (void)choose_gradient_cut(site->device, conv, &cut);
    const size_t blocks = parts_of(conv->filters, (size_t)cut.tile.width * cut.tile.vectors);
    const size_t blocks_each = conv_share_of_item(site->device, parts, blocks);
    const struct step_argument arguments[] = {ARG_BUFFER(x), ARG_BUFFER(dy), ARG_BUFFER(room),
        ARG_SIZE(n), ARG_UINT(window->height), ARG_UINT(window->width),
        ARG_UINT(window->out_height), ARG_UINT(window->out_width), ARG_UINT(window->top),
        ARG_UINT(window->left), ARG_SIZE(conv_part_pictures(n)), ARG_SIZE(blocks_each),
        ARG_LOCAL(cut.floats * sizeof(float))};
    char more[64], options[256];
    snprintf(more, sizeof more, " -DGRADIENT=1 -DFILTERS=%u", conv->filters);
    options_for(conv, &cut, more, options, sizeof options);
    const struct step_launch launch = {.program = "conv2d_winograd",
        .kernel = "conv2d_winograd_gradient",
        .options = options,
        .dimensions = 2,
        .global = {parts, parts_of(blocks, blocks_each)},
        .local = {1, 1}};
    return op_launch(site, &launch, arguments, sizeof arguments / sizeof *arguments);
}

enum nncl_status conv_launch_winograd_sum(
    struct op_site *site, const struct conv *conv, size_t parts, const struct buffer *room)
{
    struct op_tail tail;
    op_tail(site, &tail);
    return launch_sum(site, conv, parts, room, &tail);
}
