/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A whole training step of a network with one hidden layer: the group of its head, the updates and
 * the next step's first product. */
#include <stdio.h>

#include "ops/groups.h"

enum {
    MOST_BATCH = 256,   /* rows whose sums of one slice stay in the nearest cache */
    PIXELS = 16,        /* rows of the first layer's weights that the kernel does at a time */
    MOST_COLUMNS = 64,  /* of a slice: as many sums as there are registers, or half of them */
    FEWEST_COLUMNS = 16 /* what all slices compute for themselves must not outweigh the rest */
};

/* Columns of a slice: the most of which each compute unit has one; 0: there are none. */
static size_t slice_columns(const struct nncl_device *device, size_t k)
{
    const size_t width = device_vector_width(device);
    size_t found = 0;
    for (size_t columns = FEWEST_COLUMNS; columns <= MOST_COLUMNS; columns *= 2)
        if (k % columns == 0 && columns % width == 0 &&
            (found == 0 || k / columns >= device->info.compute_units))
            found = columns;
    return found;
}

unsigned fused_step_slices(const struct nncl_device *device, size_t n, size_t m, size_t k)
{
    const size_t columns = slice_columns(device, k);
    if (device->info.kind != NNCL_DEVICE_CPU || columns == 0 || n > MOST_BATCH || m < PIXELS)
        return 0;
    return (unsigned)(k / columns);
}

/* A parameter's values before the step, and all of an update's own tensors. */
static size_t add_parameter(const struct op_site *site, nncl_tensor_id before, enum head_part part,
    struct step_argument *to)
{
    const nncl_tensor_id *adam = site->op->folded[part].tensor;
    size_t count = 0;
    if (before != adam[3])
        to[count++] = ARG_BUFFER(site->tensors[before]);
    for (size_t i = 3; i < 6; i++)
        to[count++] = ARG_BUFFER(site->tensors[adam[i]]);
    return count;
}

/* Build options: n rows, k hidden units in slices, c classes. */
struct step_size {
    size_t n, k, c;
    unsigned slices;
};

static struct step_size size_of(const struct op_site *site, const struct op *step)
{
    const struct op *logits = &step->folded[HEAD_LOGITS];
    struct step_size size = {op_size(site->list, logits, 0, 0), op_size(site->list, logits, 0, 1),
        op_size(site->list, logits, 1, 1), 0};
    size.slices = fused_step_slices(
        site->device, size.n, op_size(site->list, &step->folded[STEP_GRADIENT], 0, 1), size.k);
    return size;
}

static enum nncl_status launch(struct op_site *site, const char *kernel, struct step_size size,
    const struct step_argument *arguments, size_t count)
{
    const unsigned width = device_vector_width(site->device);
    char options[160];
    snprintf(options, sizeof options,
        "-DWIDTH=%u -DVECTORS=%zu -DSLICES=%u -DBATCH=%zu -DHIDDEN=%zu -DCLASSES=%zu", width,
        size.k / size.slices / width, size.slices, size.n, size.k, size.c);
    const struct step_launch launch = {.program = "fused_step",
        .kernel = kernel,
        .options = options,
        .dimensions = 1,
        .global = {size.slices},
        .local = {1}};
    return op_launch(site, &launch, arguments, count);
}

static enum nncl_status fused_step_prepare(struct op_site *site)
{
    const struct op *parts = site->op->folded, *batch = &parts[STEP_BATCH];
    const struct op *gradient = &parts[STEP_GRADIENT], *logits = &parts[HEAD_LOGITS];
    const struct fused_step *words = (const void *)site->op->attributes;
    struct buffer *const *tensors = site->tensors;
    const struct nncl_permute *permute = (const void *)batch[BATCH_PERMUTE].attributes;
    const size_t m = op_size(site->list, gradient, 0, 1);
    struct step_argument arguments[25 + OP_MAX_ARGUMENTS] = {
        ARG_BUFFER(tensors[batch[BATCH_FEATURES].tensor[0]]),
        ARG_BUFFER(tensors[batch[BATCH_LABELS].tensor[0]]), ARG_FLOAT(gradient->byte_scale),
        ARG_SIZE(m), ARG_UINT(permute->count), ARG_UINT(permute->seed),
        ARG_UINT(permute->seed >> 32), ARG_UINT(permute->shuffle),
        ARG_BUFFER(tensors[parts[STEP_END].tensor[2]]),
        ARG_BUFFER(tensors[parts[HEAD_METRICS].tensor[3]]), ARG_BUFFER(tensors[logits->tensor[0]]),
        ARG_BUFFER(tensors[parts[STEP_RELU].tensor[1]])};
    size_t count = 12;
    count += add_parameter(site, logits->tensor[1], HEAD_WEIGHT_UPDATE, arguments + count);
    count += add_parameter(site, parts[HEAD_BIAS].tensor[1], HEAD_BIAS_UPDATE, arguments + count);
    count += add_parameter(site, parts[STEP_BIAS].tensor[1], HEAD_HIDDEN_UPDATE, arguments + count);
    const struct op *update = &parts[STEP_UPDATE];
    count += update->type->epilogue->arguments(update, tensors, arguments + count);
    arguments[count++] = ARG_BUFFER(tensors[words->slices]);
    arguments[count++] = ARG_BUFFER(tensors[words->next_slices]);
    return launch(site, "fused_step", size_of(site, site->op), arguments, count);
}

static struct nncl_shape fused_step_extent(const struct nncl_op_list *list, const struct op *op)
{
    const struct op *gradient = &op->folded[STEP_GRADIENT];
    return SHAPE(op_size(list, gradient, 0, 1), op_size(list, gradient, 1, 1),
        op_size(list, gradient, 0, 0));
}

const struct op_type op_fused_step = {
    .name = "fused_step", .prepare = fused_step_prepare, .extent = fused_step_extent};

/* The size that the program of steps is built for stands with them. */
static struct step_size size_of_steps(const struct op_site *site)
{
    const struct op *step = site->list->ops;
    while (step->type != &op_fused_step)
        step++;
    return size_of(site, step);
}

static enum nncl_status fused_step_begin_prepare(struct op_site *site)
{
    const nncl_tensor_id *ids = site->op->tensor;
    struct buffer *const *tensors = site->tensors;
    const struct step_argument arguments[] = {ARG_BUFFER(tensors[ids[0]]),
        ARG_BUFFER(tensors[ids[1]]), ARG_BUFFER(tensors[ids[2]]),
        ARG_SIZE(op_size(site->list, site->op, 0, 0)), ARG_BUFFER(tensors[ids[3]]),
        ARG_BUFFER(tensors[ids[4]]), ARG_BUFFER(tensors[ids[5]]), ARG_BUFFER(tensors[ids[6]])};
    return launch(site, "fused_step_begin", size_of_steps(site), arguments,
        sizeof arguments / sizeof arguments[0]);
}

const struct op_type op_fused_step_begin = {
    .name = "fused_step_begin", .inputs = 3, .outputs = 4, .prepare = fused_step_begin_prepare};

static enum nncl_status fused_step_end_prepare(struct op_site *site)
{
    const struct fused_step_end *end = (const void *)site->op->attributes;
    const nncl_tensor_id *ids = site->op->tensor;
    struct buffer *const *tensors = site->tensors;
    const struct step_argument arguments[] = {ARG_BUFFER(tensors[ids[0]]),
        ARG_BUFFER(tensors[ids[1]]), ARG_BUFFER(tensors[ids[2]]),
        ARG_SIZE(op_size(site->list, site->op, 0, 0)), ARG_BUFFER(tensors[ids[3]]),
        ARG_BUFFER(tensors[ids[4]]), ARG_BUFFER(tensors[ids[5]]), ARG_BUFFER(tensors[end->last[0]]),
        ARG_BUFFER(tensors[end->to[0]]), ARG_BUFFER(tensors[end->last[1]]),
        ARG_BUFFER(tensors[end->to[1]]), ARG_BUFFER(tensors[end->last[2]]),
        ARG_BUFFER(tensors[end->to[2]])};
    return launch(site, "fused_step_end", size_of_steps(site), arguments,
        sizeof arguments / sizeof arguments[0]);
}

const struct op_type op_fused_step_end = {
    .name = "fused_step_end", .inputs = 3, .outputs = 3, .prepare = fused_step_end_prepare};
