/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A whole training step of a network with one hidden layer: the group of its head, the updates and
 * the next step's first product. */
#include <stdio.h>
#include <string.h>

#include "ops/groups.h"

enum {
    MOST_BATCH = 256,   /* rows whose sums of one slice stay in the nearest cache */
    LIST_PLACES = 4,    /* as in cl/lists.h.cl */
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

size_t fused_step_list_words(size_t n, size_t m)
{
    return LIST_PLACES * (m + 1 + n + 2 * n * m);
}

/* The data and how a batch is taken from it. */
static size_t add_source(
    const struct op_site *site, const struct op *step, struct step_argument *to)
{
    const struct op *batch = &step->folded[STEP_BATCH], *gradient = &step->folded[STEP_GRADIENT];
    const struct nncl_permute *permute = (const void *)batch[BATCH_PERMUTE].attributes;
    const struct step_argument arguments[] = {
        ARG_BUFFER(site->tensors[batch[BATCH_FEATURES].tensor[0]]),
        ARG_BUFFER(site->tensors[batch[BATCH_LABELS].tensor[0]]), ARG_FLOAT(gradient->byte_scale),
        ARG_SIZE(op_size(site->list, gradient, 0, 1)), ARG_UINT(permute->count),
        ARG_UINT(permute->seed), ARG_UINT(permute->seed >> 32), ARG_UINT(permute->shuffle)};
    memcpy(to, arguments, sizeof arguments);
    return sizeof arguments / sizeof arguments[0];
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

/* A work-item for each slice, or for each of `least` other things, if these are more. */
static enum nncl_status launch(struct op_site *site, const char *kernel, struct step_size size,
    size_t least, const struct step_argument *arguments, size_t count)
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
        .global = {size.slices > least ? size.slices : least},
        .local = {1}};
    return op_launch(site, &launch, arguments, count);
}

static enum nncl_status fused_step_prepare(struct op_site *site)
{
    const struct op *parts = site->op->folded, *logits = &parts[HEAD_LOGITS];
    const struct fused_step *own = (const void *)site->op->attributes;
    struct buffer *const *tensors = site->tensors;
    struct step_argument arguments[26 + OP_MAX_ARGUMENTS];
    size_t count = add_source(site, site->op, arguments);
    arguments[count++] = ARG_BUFFER(tensors[parts[STEP_END].tensor[2]]);
    arguments[count++] = ARG_BUFFER(tensors[parts[HEAD_METRICS].tensor[3]]);
    arguments[count++] = ARG_BUFFER(tensors[logits->tensor[0]]);
    arguments[count++] = ARG_BUFFER(tensors[parts[STEP_RELU].tensor[1]]);
    count += add_parameter(site, logits->tensor[1], HEAD_WEIGHT_UPDATE, arguments + count);
    count += add_parameter(site, parts[HEAD_BIAS].tensor[1], HEAD_BIAS_UPDATE, arguments + count);
    count += add_parameter(site, parts[STEP_BIAS].tensor[1], HEAD_HIDDEN_UPDATE, arguments + count);
    const struct op *update = &parts[STEP_UPDATE];
    count += update->type->epilogue->arguments(update, tensors, arguments + count);
    arguments[count++] = ARG_BUFFER(tensors[own->slices]);
    arguments[count++] = ARG_BUFFER(tensors[own->next_slices]);
    arguments[count++] = ARG_BUFFER(tensors[own->lists]);
    return launch(site, "fused_step", size_of(site, site->op), 1, arguments, count);
}

static struct nncl_shape fused_step_extent(const struct nncl_op_list *list, const struct op *op)
{
    const struct op *gradient = &op->folded[STEP_GRADIENT];
    return SHAPE(op_size(list, gradient, 0, 1), op_size(list, gradient, 1, 1),
        op_size(list, gradient, 0, 0));
}

const struct op_type op_fused_step = {
    .name = "fused_step", .prepare = fused_step_prepare, .extent = fused_step_extent};

/* What runs around steps is built for their size; it stands in one list with them. */
static const struct op *step_of(const struct op_site *site)
{
    const struct op *step = site->list->ops;
    while (step->type != &op_fused_step)
        step++;
    return step;
}

static enum nncl_status fused_step_begin_prepare(struct op_site *site)
{
    enum { TENSORS = 8, BATCHES = 2 /* whose lists are made */ };
    const struct op *step = step_of(site);
    const nncl_tensor_id state = step->folded[STEP_BATCH + BATCH_PERMUTE].tensor[0];
    struct step_argument arguments[9 + TENSORS];
    size_t count = add_source(site, step, arguments);
    arguments[count++] = ARG_BUFFER(site->tensors[state]);
    for (size_t i = 0; i < TENSORS; i++)
        arguments[count++] = ARG_BUFFER(site->tensors[site->op->tensor[i]]);
    return launch(site, "fused_step_begin", size_of(site, step), BATCHES, arguments, count);
}

const struct op_type op_fused_step_begin = {
    .name = "fused_step_begin", .inputs = 3, .outputs = 5, .prepare = fused_step_begin_prepare};

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
    return launch(site, "fused_step_end", size_of(site, step_of(site)), 1, arguments,
        sizeof arguments / sizeof arguments[0]);
}

const struct op_type op_fused_step_end = {
    .name = "fused_step_end", .inputs = 3, .outputs = 3, .prepare = fused_step_end_prepare};
