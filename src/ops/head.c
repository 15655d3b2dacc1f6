/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The head of a small network: the group of its last layer, the loss and the small updates. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ops/groups.h"

enum {
    MOST_WORK = 1 << 17,    /* products of one pass: some ten microseconds in all */
    MOST_WEIGHTS = 1 << 12, /* and rows times classes: both stand on a work-item's stack */
    ROWS = 4                /* of the kernel's register tile */
};

/* The widest vectors that divide the hidden units. */
static unsigned head_width(const struct nncl_device *device, size_t k)
{
    unsigned width = device_vector_width(device);
    while (width > 1 && k % width != 0)
        width /= 2;
    return width;
}

bool head_pays(const struct nncl_device *device, size_t n, size_t k, size_t c)
{
    return device->info.kind == NNCL_DEVICE_CPU && head_width(device, k) >= ROWS &&
           n * c <= MOST_WEIGHTS && k * c <= MOST_WEIGHTS && n * k * c <= MOST_WORK;
}

/* The arguments of an update, all of them or its own tensors w, m, v only. */
static size_t add_update(
    const struct op_site *site, enum head_part part, bool own, struct step_argument *arguments)
{
    enum { STATE_AND_LOSS = 2, TENSORS = 3 };
    const struct op *adam = &site->op->folded[part];
    struct step_argument all[OP_MAX_ARGUMENTS];
    size_t count = adam->type->epilogue->arguments(adam, site->tensors, all), added = 0;
    for (size_t i = 0; i < count; i++)
        if ((i >= STATE_AND_LOSS && i < STATE_AND_LOSS + TENSORS) == own)
            arguments[added++] = all[i];
    return added;
}

/* What the second work-item does, as in cl/head.cl. */
enum next { NEXT_NOTHING, NEXT_FETCHES, NEXT_GATHERS };

static enum next next_of(const struct op *op)
{
    const struct head_next *next = (const void *)op->attributes;
    return op->folded_count == HEAD_ALL_PARTS ? NEXT_GATHERS
           : next->count                      ? NEXT_FETCHES
                                              : NEXT_NOTHING;
}

/* The next batch's rows, to be fetched or gathered. */
static size_t add_next(const struct op_site *site, struct step_argument *arguments)
{
    const struct head_next *next = (const void *)site->op->attributes;
    const struct step_argument all[] = {ARG_BUFFER(site->tensors[next->source]),
        ARG_SIZE(site->list->tensors[next->source].shape.size[1]), ARG_UINT(next->count),
        ARG_UINT(next->seed), ARG_UINT(next->seed >> 32), ARG_UINT(next->shuffle)};
    memcpy(arguments, all, sizeof all);
    return sizeof all / sizeof all[0];
}

/* Where the next batch and state go. */
static size_t add_step_end(const struct op_site *site, struct step_argument *arguments)
{
    const struct op *parts = site->op->folded, *batch = &parts[HEAD_NEXT];
    struct buffer *const *tensors = site->tensors;
    const struct head_next *next = (const void *)site->op->attributes;
    const struct step_argument all[] = {ARG_BUFFER(tensors[batch[BATCH_LABELS].tensor[0]]),
        ARG_BUFFER(tensors[batch[BATCH_FEATURES].tensor[2]]),
        ARG_BUFFER(tensors[batch[BATCH_LABELS].tensor[2]]),
        ARG_BUFFER(tensors[parts[HEAD_END].tensor[2]]), ARG_BUFFER(tensors[next->slices])};
    memcpy(arguments, all, sizeof all);
    return sizeof all / sizeof all[0] - (next->slice_count ? 0 : 1);
}

static enum nncl_status head_prepare(struct op_site *site)
{
    const struct op *parts = site->op->folded;
    struct buffer *const *tensors = site->tensors;
    const struct op *logits = &parts[HEAD_LOGITS];
    size_t n = op_size(site->list, logits, 0, 0), k = op_size(site->list, logits, 0, 1),
           c = op_size(site->list, logits, 1, 1);
    const enum next next = next_of(site->op);
    const struct head_next *attributes = (const void *)site->op->attributes;
    char options[144];
    snprintf(options, sizeof options,
        "-DWIDTH=%u -DBATCH=%zu -DHIDDEN=%zu -DCLASSES=%zu -DNEXT=%d -DSLICES=%" PRIu32,
        head_width(site->device, k), n, k, c, next, attributes->slice_count);
    const struct step_launch launch = {.program = "head",
        .kernel = "head",
        .options = options,
        .dimensions = 1,
        .global = {next == NEXT_NOTHING ? 1 : 2},
        .local = {1}};
    struct step_argument arguments[5 + 4 * OP_MAX_ARGUMENTS] = {
        ARG_BUFFER(tensors[logits->tensor[0]]), ARG_BUFFER(tensors[parts[HEAD_LOSS].tensor[1]]),
        ARG_BUFFER(tensors[parts[HEAD_BIAS].tensor[2]]),
        ARG_BUFFER(tensors[parts[HEAD_RELU_BACKWARD].tensor[2]]),
        ARG_BUFFER(tensors[parts[HEAD_METRICS].tensor[3]])};
    size_t count = 5;
    count += add_update(site, HEAD_WEIGHT_UPDATE, true, arguments + count);
    count += add_update(site, HEAD_BIAS_UPDATE, true, arguments + count);
    count += add_update(site, HEAD_HIDDEN_UPDATE, true, arguments + count);
    count += add_update(site, HEAD_HIDDEN_UPDATE, false, arguments + count);
    if (next != NEXT_NOTHING)
        count += add_next(site, arguments + count);
    if (next == NEXT_GATHERS)
        count += add_step_end(site, arguments + count);
    return op_launch(site, &launch, arguments, count);
}

static struct nncl_shape head_extent(const struct nncl_op_list *list, const struct op *op)
{
    const struct op *logits = &op->folded[HEAD_LOGITS];
    return SHAPE(
        op_size(list, logits, 0, 0), op_size(list, logits, 1, 1), op_size(list, logits, 0, 1));
}

const struct op_type op_head = {.name = "head", .prepare = head_prepare, .extent = head_extent};
