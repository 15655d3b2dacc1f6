/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Fusion: rewriting an op list so that fewer kernels touch memory less often. One function per
 * rewrite; the result computes the same formulas in the same order. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "plan/groups.h"
#include "plan/plan.h"
#include "plan/uses.h"

/* Whether `producer` computes the same when it runs in the place of `consumer`: nothing between
 * them updates what it uses. */
static bool can_move(const struct nncl_op_list *list, size_t producer, size_t consumer)
{
    for (size_t i = producer + 1; i < consumer; i++)
        if (updates_any_input_of(&list->ops[i], &list->ops[producer]))
            return false;
    return true;
}

/* Each kind of epilogue can be applied once: its kernel arguments have one name. */
static bool has_folded(const struct op *op, const struct op_type *type)
{
    for (unsigned i = 0; i < op->folded_count; i++)
        if (op->folded[i].type->epilogue == type->epilogue)
            return true;
    return false;
}

/* Whether the kernel of `op` counts as many columns as the epilogue needs. */
static bool columns_fit(
    const struct nncl_op_list *list, const struct op *op, const struct op *consumer)
{
    if (!consumer->type->epilogue->columns)
        return true;
    const struct nncl_shape *result = &list->tensors[result_of(op)].shape;
    size_t columns =
        op->type->columns ? op->type->columns(list, op) : result->size[result->rank - 1];
    return columns == consumer->type->epilogue->columns(list, consumer);
}

/* Whether `consumer`, applied element by element behind `op`, would update what `op` still has to
 * read for other elements. What stands in the result's own places has been read by then. */
static bool updates_what_is_read(const struct op *consumer, const struct op *op)
{
    const struct op *part;
    for (unsigned p = 0; (part = op_part(op, p)); p++) {
        const struct op_epilogue *epilogue = part->type->epilogue;
        const bool in_place = epilogue && !epilogue->columns;
        for (unsigned i = 0; i < consumer->type->updates && !in_place; i++)
            for (unsigned j = 0; j < op_tensor_count(part->type); j++)
                if (part->tensor[j] == consumer->tensor[consumer->type->inputs + i])
                    return true;
    }
    return false;
}

/* Where the op's result can be folded into: the consumer's index, or the count of ops. */
static size_t find_consumer(const struct nncl_op_list *list, size_t producer)
{
    const struct op *op = &list->ops[producer];
    size_t result = result_of(op);
    if (result == SIZE_MAX || op->folded_count == OP_MAX_FOLDED)
        return list->op_count;
    size_t reader = only_reader(list, result);
    if (reader == list->op_count)
        return reader;
    const struct op *consumer = &list->ops[reader];
    const struct op_epilogue *epilogue = consumer->type->epilogue;
    bool fits = epilogue && !epilogue->of_update && !consumer->folded_count &&
                !has_folded(op, consumer->type) && consumer->tensor[epilogue->value] == result &&
                columns_fit(list, op, consumer) && can_move(list, producer, reader) &&
                !updates_what_is_read(consumer, op);
    return fits ? reader : list->op_count;
}

/* Appends op number `from` to what is folded into op number `into`; it leaves a gap. */
static enum nncl_status fold(struct nncl_op_list *list, size_t from, size_t into)
{
    struct op *op = &list->ops[into];
    struct op *folded = realloc(op->folded, (op->folded_count + 1) * sizeof *folded);
    if (!folded)
        return nncl_fail_memory("a plan's ops", sizeof *folded);
    folded[op->folded_count++] = list->ops[from];
    op->folded = folded;
    memset(&list->ops[from], 0, sizeof list->ops[from]);
    return NNCL_OK;
}

/* Rewrite: element-wise ops behind an op whose kernel applies epilogues become part of it. The op
 * moves to the place of the last of them. */
static enum nncl_status fold_epilogues(struct nncl_op_list *list, size_t producer)
{
    for (;;) {
        size_t consumer = find_consumer(list, producer);
        if (consumer == list->op_count)
            return NNCL_OK;
        struct op *op = &list->ops[producer];
        const size_t result = result_of(op);
        enum nncl_status status = fold(list, consumer, producer);
        if (status != NNCL_OK)
            return status;
        list->tensors[result].folded = true;
        list->ops[consumer] = *op;
        memset(op, 0, sizeof *op);
        producer = consumer;
    }
}

/* Whether op number `reader` can scale the bytes of a gather itself. */
static bool can_scale(const struct nncl_op_list *list, size_t gather, size_t reader,
    const struct nncl_device *device, const char *gemm)
{
    const struct op *op = &list->ops[reader];
    size_t rows = result_of(&list->ops[gather]);
    return op->type->takes_bytes && op->tensor[0] == rows && count_uses(op, rows) == 1 &&
           can_move(list, gather, reader) && op->type->takes_bytes(device, gemm, list, op);
}

/* Who reads the gather's rows scales them. What is left of it only brings them together; nothing,
 * if its source has them in order. */
static void keep_bytes(struct nncl_op_list *list, struct op *gather)
{
    const struct nncl_gather *attributes = (const void *)gather->attributes;
    const size_t rows = result_of(gather);
    for (size_t i = 0; i < list->op_count; i++) {
        if (!count_uses(&list->ops[i], rows))
            continue;
        list->ops[i].byte_scale = attributes->scale;
        if (attributes->in_order)
            list->ops[i].tensor[0] = gather->tensor[0];
    }
    list->tensors[rows].type = NNCL_UINT8;
    list->tensors[rows].folded = attributes->in_order;
    if (attributes->in_order)
        memset(gather, 0, sizeof *gather);
}

/* Rewrite: rows of bytes that only kernels read which can scale them are not made floats. All
 * readers do so, or none. */
static void fold_gather(
    struct nncl_op_list *list, size_t gather, const struct nncl_device *device, const char *gemm)
{
    const size_t rows = result_of(&list->ops[gather]);
    size_t readers = 0;
    for (size_t i = 0; i < list->op_count; i++)
        if (count_uses(&list->ops[i], rows)) {
            readers++;
            if (!can_scale(list, gather, i, device, gemm))
                return;
        }
    if (readers > 0)
        keep_bytes(list, &list->ops[gather]);
}

/* Whether `op` ends by updating tensor `id`, element by element. */
static bool ends_by_updating(const struct op *op, nncl_tensor_id id)
{
    const struct op *last = op->folded_count ? &op->folded[op->folded_count - 1] : op;
    return op->type && op_tensor_count(op->type) > 0 && last->type->epilogue &&
           last->type->updates > 0 && last->tensor[last->type->inputs] == id;
}

/* Whether op number `average` computes the same right behind op number `update` before it. */
static bool can_follow(const struct nncl_op_list *list, size_t average, size_t update)
{
    const struct op *op = &list->ops[average];
    const nncl_tensor_id kept = op->tensor[op->type->inputs];
    for (size_t i = update; i < average; i++)
        if (count_uses(&list->ops[i], kept) ||
            (i > update && updates_any_input_of(&list->ops[i], op)))
            return false;
    return true;
}

/* Where what comes behind an update can be folded into: the update's index, or the count of ops. */
static size_t find_update(const struct nncl_op_list *list, size_t average,
    const struct nncl_device *device, const char *gemm)
{
    const struct op *op = &list->ops[average];
    for (size_t i = average; i-- > 0;) {
        const struct op *update = &list->ops[i];
        if (!ends_by_updating(update, op->tensor[op->type->epilogue->value]))
            continue;
        const bool fits = update->folded_count < OP_MAX_FOLDED && !has_folded(update, op->type) &&
                          update->type->takes_epilogues &&
                          update->type->takes_epilogues(device, gemm, list, update) &&
                          can_follow(list, average, i);
        return fits ? i : list->op_count;
    }
    return list->op_count;
}

/* Rewrite: what takes a parameter as an update leaves it becomes part of the update. */
static enum nncl_status fold_behind_updates(
    struct nncl_op_list *list, const struct nncl_device *device, const char *gemm)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < list->op_count && status == NNCL_OK; i++) {
        const struct op *op = &list->ops[i];
        if (!op->type || !op->type->epilogue || !op->type->epilogue->of_update)
            continue;
        const size_t update = find_update(list, i, device, gemm);
        if (update < list->op_count)
            status = fold(list, i, update);
    }
    return status;
}

/* Closes the gaps that moved ops left. */
static void compact(struct nncl_op_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->op_count; i++)
        if (list->ops[i].type)
            list->ops[kept++] = list->ops[i];
    list->op_count = kept;
}

enum nncl_status plan_fuse(
    struct nncl_op_list *list, const struct nncl_device *device, const char *gemm)
{
    enum nncl_status status = NNCL_OK;
    const char *wanted = gemm ? gemm : "auto";
    for (size_t i = 0; i < list->op_count && status == NNCL_OK; i++) {
        const struct op *op = &list->ops[i];
        if (op->type && op->type->is_gather && op->type->is_gather(list, op))
            fold_gather(list, i, device, wanted);
        else if (op->type && op->type->takes_epilogues &&
                 op->type->takes_epilogues(device, wanted, list, op))
            status = fold_epilogues(list, i);
    }
    compact(list);
    if (status == NNCL_OK)
        status = group_batch(list);
    if (status == NNCL_OK)
        status = group_head(list, device);
    if (status == NNCL_OK) /* a head takes updates only as they are */
        status = fold_behind_updates(list, device, wanted);
    compact(list);
    return status;
}
