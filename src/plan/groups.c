/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "plan/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "ops/groups.h"
#include "plan/uses.h"

/* ---- Finding ops ---- */

/* The first op named `name` that reads tensor `id` as its input number `input`; NULL if none does.
 */
static struct op *find(
    struct nncl_op_list *list, const char *name, unsigned input, nncl_tensor_id id)
{
    for (size_t i = 0; i < list->op_count; i++)
        if (op_is(&list->ops[i], name) && list->ops[i].tensor[input] == id)
            return &list->ops[i];
    return NULL;
}

/* The op whose result is tensor `id`; NULL if none is. */
static struct op *find_producer(struct nncl_op_list *list, nncl_tensor_id id)
{
    for (size_t i = 0; i < list->op_count; i++)
        if (list->ops[i].type && result_of(&list->ops[i]) == id)
            return &list->ops[i];
    return NULL;
}

/* How many ops read tensor `id`, in all. */
static unsigned count_readers(const struct nncl_op_list *list, nncl_tensor_id id)
{
    unsigned readers = 0;
    for (size_t i = 0; i < list->op_count; i++)
        readers += count_uses(&list->ops[i], id);
    return readers;
}

/* The op folded into `op` if that is exactly one, named `name`; else NULL. */
static const struct op *folded_into(const struct op *op, const char *name)
{
    return op && op->folded_count == 1 && op_is(&op->folded[0], name) ? &op->folded[0] : NULL;
}

static bool same_matmul(const struct op *op, bool transpose_a, bool transpose_b)
{
    const struct nncl_matmul *matmul = (const void *)op->attributes;
    return matmul->transpose_a == transpose_a && matmul->transpose_b == transpose_b &&
           op->byte_scale == 0;
}

/* ---- Making groups ---- */

/* Puts copies of `parts` into `place`, which becomes the group; the ops they came from, those in
 * `whole`, leave gaps. */
static enum nncl_status make_group(struct nncl_op_list *list, const struct op_type *type,
    const struct op *const *parts, size_t part_count, struct op *const *whole, size_t whole_count,
    size_t place)
{
    struct op *folded = calloc(part_count, sizeof *folded);
    if (!folded)
        return nncl_fail_memory("a plan's ops", part_count * sizeof *folded);
    for (size_t i = 0; i < part_count; i++) {
        folded[i] = *parts[i];
        folded[i].folded = NULL;
        folded[i].folded_count = 0;
    }
    for (size_t i = 0; i < whole_count; i++) {
        free(whole[i]->folded);
        memset(whole[i], 0, sizeof *whole[i]);
    }
    list->ops[place] =
        (struct op){.type = type, .folded = folded, .folded_count = (unsigned)part_count};
    return NNCL_OK;
}

enum nncl_status group_batch(struct nncl_op_list *list)
{
    for (size_t i = 0; i < list->op_count; i++) {
        struct op *order = &list->ops[i];
        if (!op_is(order, "permute") || ((const struct nncl_permute *)order->attributes)->first > 0)
            continue;
        nncl_tensor_id rows = order->tensor[1];
        struct op *features = NULL, *labels = NULL;
        for (size_t j = i; j < list->op_count; j++) {
            struct op *op = &list->ops[j];
            if (op_is(op, "gather") && op->tensor[1] == rows)
                *(list->tensors[op->tensor[2]].type == NNCL_UINT8 ? &features : &labels) = op;
        }
        if (!features || !labels || list->tensors[labels->tensor[2]].type != NNCL_UINT32 ||
            count_readers(list, rows) != 2)
            continue;
        list->tensors[rows].folded = true;
        struct op *const whole[] = {order, features, labels};
        return make_group(
            list, &op_batch, (const struct op *const *)whole, BATCH_PARTS, whole, BATCH_PARTS, i);
    }
    return NNCL_OK;
}

/* What the head is made of, as it stands in the list. */
struct head {
    struct op *logits, *loss, *metrics, *slope, *back, *hidden, *weight, *bias;
};

enum { HEAD_OPS = sizeof(struct head) / sizeof(struct op *) };

/* Adam, folded into `gradient`, of tensor w. */
static bool updates(const struct op *gradient, nncl_tensor_id w)
{
    const struct op *adam = folded_into(gradient, "adam");
    return adam && adam->tensor[3] == w;
}

/* The ops around a loss, if they are those of a head. */
static bool find_head(struct nncl_op_list *list, struct op *loss, struct head *head)
{
    nncl_tensor_id x = loss->tensor[0], slope, h;
    *head = (struct head){.loss = loss,
        .logits = find_producer(list, x),
        .metrics = find(list, "metrics", 0, loss->tensor[2]),
        .slope = find(list, "softmax_xent_backward", 0, x)};
    if (!head->logits || !head->metrics || !head->slope || !op_is(head->logits, "matmul") ||
        !folded_into(head->logits, "bias") || !same_matmul(head->logits, false, false))
        return false;
    slope = head->slope->tensor[2];
    h = head->logits->tensor[0];
    head->back = find(list, "matmul", 0, slope);
    head->weight = find(list, "matmul", 1, slope);
    head->bias = find(list, "bias_backward", 0, slope);
    const struct op *relu = folded_into(head->back, "relu_backward");
    if (!relu || !head->weight || !head->bias || relu->tensor[0] != h)
        return false;
    head->hidden = find(list, "bias_backward", 0, relu->tensor[2]);
    return head->hidden && folded_into(head->hidden, "adam") &&
           updates(head->weight, head->logits->tensor[1]) &&
           updates(head->bias, head->logits->folded[0].tensor[1]) && head->weight->tensor[0] == h &&
           head->back->tensor[1] == head->logits->tensor[1] &&
           same_matmul(head->weight, true, false) && same_matmul(head->back, false, true);
}

/* Whether what stays inside the kernel is read nowhere else, and all updates are alike. */
static bool is_closed(const struct nncl_op_list *list, const struct head *head)
{
    const struct op *updates[] = {
        &head->weight->folded[0], &head->bias->folded[0], &head->hidden->folded[0]};
    for (size_t i = 1; i < 3; i++)
        if (memcmp(updates[0]->attributes, updates[i]->attributes, OP_ATTRIBUTE_BYTES) != 0 ||
            updates[0]->tensor[1] != updates[i]->tensor[1] ||
            updates[0]->tensor[2] != updates[i]->tensor[2])
            return false;
    return head->loss->tensor[1] == head->slope->tensor[1] &&
           head->metrics->tensor[1] == head->loss->tensor[3] &&
           head->metrics->tensor[2] == head->loss->tensor[1] &&
           updates[0]->tensor[2] == head->metrics->tensor[4] &&
           count_readers(list, head->loss->tensor[0]) == 2 &&
           count_readers(list, head->loss->tensor[2]) == 1 &&
           count_readers(list, head->loss->tensor[3]) == 1 &&
           count_readers(list, head->slope->tensor[2]) == 3;
}

/* Whether `op`, or what is folded into it, updates or makes a tensor that `other` uses. */
static bool writes_what_uses(const struct op *op, const struct op *other)
{
    const struct op *part;
    for (unsigned p = 0; (part = op_part(op, p)); p++)
        for (unsigned i = part->type->inputs; i < op_tensor_count(part->type); i++)
            if (count_uses(other, part->tensor[i]))
                return true;
    return false;
}

static bool is_among(const struct op *op, struct op *const *ops, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ops[i] == op)
            return true;
    return false;
}

/* Whether `op` may run in the place of `back`: all between them that is no part of the head neither
 * depends on it nor the other way round. */
static bool can_run_at(const struct op *op, const struct op *back, struct op *const *head)
{
    const struct op *first = back < op ? back : op, *last = back < op ? op : back;
    for (const struct op *other = first; other < last; other++)
        if (other->type && !is_among(other, head, HEAD_OPS) &&
            (writes_what_uses(op, other) || writes_what_uses(other, op)))
            return false;
    return true;
}

static bool can_all_run_at(const struct op *back, struct op *const *head)
{
    for (size_t i = 0; i < HEAD_OPS; i++)
        if (!can_run_at(head[i], back, head))
            return false;
    return true;
}

/* What a batch grouped in the same list brings together, if it goes by the state the head sees. */
static void note_next(const struct nncl_op_list *list, nncl_tensor_id state, struct op *head)
{
    for (size_t i = 0; i < list->op_count; i++) {
        if (!op_is(&list->ops[i], "batch"))
            continue;
        const struct op *parts = list->ops[i].folded;
        const struct nncl_permute *permute = (const void *)parts[BATCH_PERMUTE].attributes;
        const struct head_next next = {.seed = permute->seed,
            .state = state,
            .source = parts[BATCH_FEATURES].tensor[0],
            .count = permute->count,
            .shuffle = permute->shuffle};
        if (parts[BATCH_PERMUTE].tensor[0] == state)
            memcpy(head->attributes, &next, sizeof next);
    }
}

enum nncl_status group_head(struct nncl_op_list *list, const struct nncl_device *device)
{
    for (size_t i = 0; i < list->op_count; i++) {
        struct head head;
        if (!op_is(&list->ops[i], "softmax_xent") || !find_head(list, &list->ops[i], &head) ||
            !is_closed(list, &head))
            continue;
        struct op *const whole[HEAD_OPS] = {head.logits, head.loss, head.metrics, head.slope,
            head.back, head.hidden, head.weight, head.bias};
        if (!head_pays(device, op_size(list, head.logits, 0, 0), op_size(list, head.logits, 0, 1),
                op_size(list, head.logits, 1, 1)) ||
            !can_all_run_at(head.back, whole))
            continue;
        const struct op *parts[HEAD_PARTS] = {[HEAD_LOGITS] = head.logits,
            [HEAD_BIAS] = &head.logits->folded[0],
            [HEAD_LOSS] = head.loss,
            [HEAD_METRICS] = head.metrics,
            [HEAD_SLOPE] = head.slope,
            [HEAD_BACK] = head.back,
            [HEAD_RELU_BACKWARD] = &head.back->folded[0],
            [HEAD_HIDDEN_GRADIENT] = head.hidden,
            [HEAD_HIDDEN_UPDATE] = &head.hidden->folded[0],
            [HEAD_WEIGHT_GRADIENT] = head.weight,
            [HEAD_WEIGHT_UPDATE] = &head.weight->folded[0],
            [HEAD_BIAS_GRADIENT] = head.bias,
            [HEAD_BIAS_UPDATE] = &head.bias->folded[0]};
        const nncl_tensor_id inside[] = {
            head.loss->tensor[2], head.loss->tensor[3], head.slope->tensor[2]};
        for (size_t j = 0; j < sizeof inside / sizeof inside[0]; j++)
            list->tensors[inside[j]].folded = true;
        nncl_tensor_id state = head.hidden->folded[0].tensor[1];
        size_t place = (size_t)(head.back - list->ops);
        enum nncl_status status =
            make_group(list, &op_head, parts, HEAD_PARTS, whole, HEAD_OPS, place);
        if (status == NNCL_OK)
            note_next(list, state, &list->ops[place]);
        return status;
    }
    return NNCL_OK;
}
