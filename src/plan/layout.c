/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The memory layout of a plan: lifetimes, then the largest tensors first, each at the lowest offset
 * that is free for its whole lifetime (greedy by size; Pisarchyk and Lee 2020). */
#include <stdint.h>
#include <stdlib.h>

#include "base/status.h"
#include "plan/plan.h"

/* What op number `i` makes begins to live, what it reads lives until now. */
static void note_uses(const struct op *op, size_t i, bool keep_all, struct placement *placements)
{
    unsigned given = op->type->inputs + op->type->updates;
    for (unsigned j = 0; j < op_tensor_count(op->type); j++) {
        struct placement *placement = &placements[op->tensor[j]];
        if (j >= given) {
            placement->first = i;
            placement->last = SIZE_MAX;
        } else if (!keep_all) {
            placement->last = i;
        }
    }
}

static void find_lifetimes(
    const struct nncl_op_list *list, bool keep_all, struct placement *placements)
{
    for (size_t i = 0; i < list->tensor_count && keep_all; i++)
        placements[i].last = SIZE_MAX;
    for (size_t i = 0; i < list->op_count; i++) {
        const struct op *op = &list->ops[i], *part;
        for (unsigned p = 0; (part = op_part(op, p)); p++)
            note_uses(part, i, keep_all, placements);
    }
}

static bool overlap(const struct placement *a, const struct placement *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset at which `tensor` meets no placed tensor that lives at the same time. `order`
 * lists the tensors placed so far; each round moves past one of them, so there are at most `placed`
 * rounds. */
static size_t lowest_offset(const struct placement *placements, const size_t *order, size_t placed,
    const struct placement *tensor)
{
    size_t offset = 0;
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < placed; i++) {
            const struct placement *other = &placements[order[i]];
            if (overlap(tensor, other) && offset < other->offset + other->bytes &&
                other->offset < offset + tensor->bytes) {
                offset = other->offset + other->bytes;
                moved = true;
            }
        }
    }
    return offset;
}

/* Puts inner tensors into `order`, the largest first, equals by id. */
static size_t order_by_size(
    const struct nncl_op_list *list, const struct placement *placements, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < list->tensor_count; i++) {
        if (list->tensors[i].declared || list->tensors[i].folded)
            continue;
        size_t j = count++;
        for (; j > 0 && placements[order[j - 1]].bytes < placements[i].bytes; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
    return count;
}

enum nncl_status plan_layout(const struct nncl_op_list *list, const struct plan_settings *settings,
    size_t alignment, struct placement *placements, size_t *arena_bytes)
{
    size_t *order = calloc(list->tensor_count + 1, sizeof *order);
    if (!order)
        return nncl_fail_memory("a plan's layout", list->tensor_count * sizeof *order);
    /* What a pipelined step leaves, the next ones read. */
    find_lifetimes(list, settings->keep_all || settings->pipelined, placements);
    size_t guard = (settings->guard_bytes + alignment - 1) / alignment * alignment;
    for (size_t i = 0; i < list->tensor_count; i++) {
        size_t bytes =
            nncl_shape_elements(&list->tensors[i].shape) * nncl_type_size(list->tensors[i].type);
        placements[i].bytes = 2 * guard + (bytes + alignment - 1) / alignment * alignment;
    }
    size_t count = order_by_size(list, placements, order);
    *arena_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        struct placement *tensor = &placements[order[i]];
        tensor->offset = lowest_offset(placements, order, i, tensor);
        tensor->placed = true;
        if (tensor->offset + tensor->bytes > *arena_bytes)
            *arena_bytes = tensor->offset + tensor->bytes;
    }
    for (size_t i = 0; i < count; i++)
        placements[order[i]].offset += guard;
    free(order);
    return NNCL_OK;
}
