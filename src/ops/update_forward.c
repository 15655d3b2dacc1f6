/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A first layer's update with the next step's forward product: the group of both. */
#include <inttypes.h>
#include <stdio.h>

#include "ops/groups.h"

enum {
    MOST_BATCH = 256, /* rows whose sums of one slice stay in the nearest cache */
    PIXELS = 16,      /* rows of w that the kernel does at a time */
    WIDE = 16         /* vectors that make slices of 32 columns fast */
};

/* Columns of a slice; 0: there is none for each compute unit. */
static size_t slice_columns(const struct nncl_device *device, size_t n)
{
    const size_t units = device->info.compute_units;
    for (size_t columns = 2 * WIDE; columns >= WIDE; columns /= 2)
        if (n % columns == 0 && n / columns >= units)
            return columns;
    return 0;
}

/* With vectors of 8 the columns that keep an adder busy, 64, leave so few slices that a thread
 * which is late holds up the others: there it was no faster than two launches, and slower where
 * other programs ran. */
unsigned update_forward_slices(const struct nncl_device *device, size_t batch, size_t m, size_t n)
{
    const size_t columns = slice_columns(device, n);
    if (device->info.kind != NNCL_DEVICE_CPU || device_vector_width(device) < WIDE ||
        columns == 0 || batch > MOST_BATCH || m < PIXELS)
        return 0;
    return (unsigned)(n / columns);
}

static enum nncl_status update_forward_prepare(struct op_site *site)
{
    const struct op *parts = site->op->folded;
    const struct update_forward *slices = (const void *)site->op->attributes;
    struct buffer *const *tensors = site->tensors;
    const struct op *gradient = &parts[UPDATE_FORWARD_GRADIENT],
                    *update = &parts[UPDATE_FORWARD_UPDATE],
                    *product = &parts[UPDATE_FORWARD_PRODUCT];
    const size_t batch = op_size(site->list, gradient, 0, 0),
                 m = op_size(site->list, gradient, 0, 1), n = op_size(site->list, gradient, 1, 1);
    const unsigned width = device_vector_width(site->device);
    char options[128];
    snprintf(options, sizeof options,
        "-DIN_ORDER -DWIDTH=%u -DVECTORS=%zu -DBATCH=%zu -DSLICES=%" PRIu32, width,
        n / slices->count / width, batch, slices->count);
    const struct step_launch launch = {.program = "update_forward",
        .kernel = "update_forward",
        .options = options,
        .dimensions = 1,
        .global = {slices->count},
        .local = {1}};
    struct step_argument arguments[9 + OP_MAX_ARGUMENTS] = {
        ARG_BUFFER(tensors[gradient->tensor[0]]), ARG_FLOAT(gradient->byte_scale),
        ARG_BUFFER(tensors[gradient->tensor[1]]), ARG_BUFFER(tensors[product->tensor[0]]),
        ARG_BUFFER(tensors[parts[UPDATE_FORWARD_BIAS].tensor[1]]),
        ARG_BUFFER(tensors[parts[UPDATE_FORWARD_RELU].tensor[1]]), ARG_SIZE(m), ARG_SIZE(n),
        ARG_BUFFER(tensors[slices->slices])};
    const size_t count = 9 + update->type->epilogue->arguments(update, tensors, arguments + 9);
    return op_launch(site, &launch, arguments, count);
}

static struct nncl_shape update_forward_extent(const struct nncl_op_list *list, const struct op *op)
{
    const struct op *gradient = &op->folded[UPDATE_FORWARD_GRADIENT];
    return SHAPE(op_size(list, gradient, 0, 1), op_size(list, gradient, 1, 1),
        op_size(list, gradient, 0, 0));
}

const struct op_type op_update_forward = {
    .name = "update_forward", .prepare = update_forward_prepare, .extent = update_forward_extent};
