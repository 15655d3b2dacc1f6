/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The head of a small network: the group of its last layer, the loss and the small updates. */
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

/* The next batch's rows, to be fetched. */
static size_t add_next(const struct op_site *site, struct step_argument *arguments)
{
    const struct head_next *next = (const void *)site->op->attributes;
    const struct step_argument all[] = {ARG_BUFFER(site->tensors[next->source]),
        ARG_SIZE(site->list->tensors[next->source].shape.size[1]), ARG_UINT(next->count),
        ARG_UINT(next->seed), ARG_UINT(next->seed >> 32), ARG_UINT(next->shuffle)};
    memcpy(arguments, all, sizeof all);
    return sizeof all / sizeof all[0];
}

static enum nncl_status head_prepare(struct op_site *site)
{
    const struct op *parts = site->op->folded;
    struct buffer *const *tensors = site->tensors;
    const struct op *logits = &parts[HEAD_LOGITS];
    size_t n = op_size(site->list, logits, 0, 0), k = op_size(site->list, logits, 0, 1),
           c = op_size(site->list, logits, 1, 1);
    const struct head_next *next = (const void *)site->op->attributes;
    char options[144];
    snprintf(options, sizeof options,
        "-DWIDTH=%u -DBATCH=%zu -DHIDDEN=%zu -DCLASSES=%zu -DFETCHES=%d",
        head_width(site->device, k), n, k, c, next->count > 0);
    const struct step_launch launch = {.program = "head",
        .kernel = "head",
        .options = options,
        .dimensions = 1,
        .global = {next->count ? 2 : 1},
        .local = {1}};
    struct step_argument arguments[4 + 4 * OP_MAX_ARGUMENTS] = {
        ARG_BUFFER(tensors[logits->tensor[0]]), ARG_BUFFER(tensors[parts[HEAD_LOSS].tensor[1]]),
        ARG_BUFFER(tensors[parts[HEAD_RELU_BACKWARD].tensor[2]]),
        ARG_BUFFER(tensors[parts[HEAD_METRICS].tensor[3]])};
    size_t count = 4;
    count += add_update(site, HEAD_WEIGHT_UPDATE, true, arguments + count);
    count += add_update(site, HEAD_BIAS_UPDATE, true, arguments + count);
    count += add_update(site, HEAD_HIDDEN_UPDATE, true, arguments + count);
    count += add_update(site, HEAD_HIDDEN_UPDATE, false, arguments + count);
    if (next->count)
        count += add_next(site, arguments + count);
    return op_launch(site, &launch, arguments, count);
}

static struct nncl_shape head_extent(const struct nncl_op_list *list, const struct op *op)
{
    const struct op *logits = &op->folded[HEAD_LOGITS];
    return SHAPE(
        op_size(list, logits, 0, 0), op_size(list, logits, 1, 1), op_size(list, logits, 0, 1));
}

const struct op_type op_head = {.name = "head", .prepare = head_prepare, .extent = head_extent};
