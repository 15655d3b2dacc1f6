/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "plan/uses.h"

#include <stdint.h>
#include <string.h>

bool op_is(const struct op *op, const char *name)
{
    return op->type && strcmp(op->type->name, name) == 0;
}

size_t result_of(const struct op *op)
{
    const struct op *last = op->folded_count ? &op->folded[op->folded_count - 1] : op;
    return last->type->outputs ? last->tensor[op_tensor_count(last->type) - 1] : SIZE_MAX;
}

unsigned count_uses(const struct op *op, size_t tensor)
{
    unsigned uses = 0;
    const struct op *part;
    for (unsigned p = 0; op->type && (part = op_part(op, p)); p++)
        for (unsigned i = 0; i < part->type->inputs + part->type->updates; i++)
            uses += part->tensor[i] == tensor;
    return uses;
}

size_t only_reader(const struct nncl_op_list *list, size_t tensor)
{
    size_t reader = list->op_count;
    unsigned uses = 0;
    for (size_t i = 0; i < list->op_count; i++) {
        unsigned here = count_uses(&list->ops[i], tensor);
        uses += here;
        if (here)
            reader = i;
    }
    return uses == 1 ? reader : list->op_count;
}

bool updates_any_input_of(const struct op *updating, const struct op *op)
{
    const struct op *part;
    for (unsigned p = 0; updating->type && (part = op_part(updating, p)); p++)
        for (unsigned i = 0; i < part->type->updates; i++)
            if (count_uses(op, part->tensor[part->type->inputs + i]))
                return true;
    return false;
}
