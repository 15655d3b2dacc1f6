/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What ops cost. */
#include "ops/op.h"

/* A tensor as one part of a fused op uses it. */
struct use {
    unsigned part, index;
};

static nncl_tensor_id tensor_of(const struct op *op, struct use use)
{
    return op_part(op, use.part)->tensor[use.index];
}

/* Goes on to the next tensor; false behind the last. */
static bool next_use(const struct op *op, struct use *use)
{
    const struct op *part = op_part(op, use->part);
    if (part && ++use->index < op_tensor_count(part->type))
        return true;
    use->part++;
    use->index = 0;
    return part && op_part(op, use->part);
}

static bool reads(const struct op *op, struct use use)
{
    const struct op_type *type = op_part(op, use.part)->type;
    return use.index < type->inputs + type->updates;
}

static bool writes(const struct op *op, struct use use)
{
    return use.index >= op_part(op, use.part)->type->inputs;
}

/* How often memory is gone through for the tensor of `first`: once if it is read, once if it is
 * written; 0 if an earlier use has been counted. */
static unsigned transfers(const struct op *op, struct use first)
{
    bool before = true, read = false, written = false;
    struct use use = {0};
    do {
        if (use.part == first.part && use.index == first.index)
            before = false;
        if (tensor_of(op, use) != tensor_of(op, first))
            continue;
        if (before)
            return 0;
        read = read || reads(op, use);
        written = written || writes(op, use);
    } while (next_use(op, &use));
    return (unsigned)read + (unsigned)written;
}

static double bytes_of(const struct nncl_op_list *list, const struct op *op, struct use use)
{
    const struct op *part = op_part(op, use.part);
    const struct op_tensor *tensor = &list->tensors[tensor_of(op, use)];
    if (tensor->folded)
        return 0;
    size_t elements = part->type->touches ? part->type->touches(list, part, use.index)
                                          : nncl_shape_elements(&tensor->shape);
    return (double)elements * (double)nncl_type_size(tensor->type) * transfers(op, use);
}

struct op_cost op_cost(const struct nncl_op_list *list, const struct op *op)
{
    struct op_cost cost = {0};
    struct use use = {0};
    const struct op *part;
    for (unsigned p = 0; (part = op_part(op, p)); p++)
        cost.flop += part->type->flop ? part->type->flop(list, part) : 0;
    do
        cost.bytes += bytes_of(list, op, use);
    while (next_use(op, &use));
    return cost;
}

struct nncl_shape op_extent(const struct nncl_op_list *list, const struct op *op)
{
    return op->type->extent ? op->type->extent(list, op) : list->tensors[op->tensor[0]].shape;
}
