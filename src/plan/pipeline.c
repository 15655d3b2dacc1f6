/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "plan/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "ops/groups.h"
#include "plan/uses.h"

/* The launches of a step in the list, and those of the pipelined one. */
enum { BATCH, FORWARD, HEAD, UPDATE, END, STEP_OPS };
enum { LEAD_BATCH, LEAD_FORWARD, LEAD_BEGIN, FIRST, SECOND, TAIL, ODD_TAIL, PIPELINE_OPS };

/* ---- Finding the step ---- */

static nncl_tensor_id rows_of(const struct op *batch)
{
    return batch->folded[BATCH_FEATURES].tensor[2];
}

static nncl_tensor_id state_of(const struct op *batch)
{
    return batch->folded[BATCH_PERMUTE].tensor[0];
}

/* A product of the batch's bytes with nothing but epilogues. */
static bool is_product_of_rows(const struct op *op, const struct op *batch)
{
    return op_is(op, "matmul") && op->byte_scale != 0 && op->tensor[0] == rows_of(batch);
}

/* Whether a step ends by going on to the rows that the batch of the next step has. */
static bool goes_on(const struct nncl_op_list *list, const struct op *end, const struct op *batch)
{
    const struct nncl_advance_state *advance = (const void *)end->attributes;
    const struct nncl_permute *permute = (const void *)batch->folded[BATCH_PERMUTE].attributes;
    return op_is(end, "advance_state") && end->tensor[1] == state_of(batch) &&
           advance->count == permute->count &&
           advance->batch == list->tensors[rows_of(batch)].shape.size[0];
}

/* Whether the first layer ends in a bias, which the head updates, and a ReLU. */
static bool is_relu_layer(const struct op *forward, const struct op *head)
{
    return forward->folded_count == 2 && op_is(&forward->folded[0], "bias") &&
           op_is(&forward->folded[1], "relu") &&
           forward->folded[0].tensor[1] == head[HEAD_HIDDEN_UPDATE].tensor[3];
}

/* Whether the first layer's weights are updated by the head's gradient, as it updates its own. */
static bool is_update(const struct op *update, const struct op *forward, const struct op *head)
{
    const struct op *adam = &update->folded[0], *other = &head[HEAD_WEIGHT_UPDATE];
    return update->folded_count == 1 && op_is(adam, "adam") &&
           update->tensor[1] == head[HEAD_RELU_BACKWARD].tensor[2] &&
           update->byte_scale == forward->byte_scale && adam->tensor[3] == forward->tensor[1] &&
           adam->tensor[1] == other->tensor[1] && adam->tensor[2] == other->tensor[2] &&
           memcmp(adam->attributes, other->attributes, OP_ATTRIBUTE_BYTES) == 0;
}

/* In how many slices the hidden layer is cut; 0: it is not. */
static unsigned slices_of(const struct nncl_op_list *list, const struct nncl_device *device)
{
    const struct op *update = &list->ops[UPDATE];
    return fused_step_slices(device, op_size(list, update, 0, 0), op_size(list, update, 0, 1),
        op_size(list, update, 1, 1));
}

/* Whether the list is batch, first layer, head, first layer's update and end, and nothing else. */
static bool can_pipeline(const struct nncl_op_list *list, const struct nncl_device *device)
{
    const struct op *ops = list->ops;
    if (list->op_count != STEP_OPS || !op_is(&ops[BATCH], "batch") || !op_is(&ops[HEAD], "head") ||
        !is_product_of_rows(&ops[FORWARD], &ops[BATCH]) ||
        !is_product_of_rows(&ops[UPDATE], &ops[BATCH]) || !goes_on(list, &ops[END], &ops[BATCH]))
        return false;
    const struct op *head = ops[HEAD].folded;
    return head[HEAD_LOGITS].tensor[0] == result_of(&ops[FORWARD]) &&
           head[HEAD_LOSS].tensor[1] == ops[BATCH].folded[BATCH_LABELS].tensor[2] &&
           is_relu_layer(&ops[FORWARD], head) && is_update(&ops[UPDATE], &ops[FORWARD], head) &&
           ops[UPDATE].folded[0].tensor[1] == state_of(&ops[BATCH]) &&
           ops[UPDATE].folded[0].tensor[2] == ops[END].tensor[0] && slices_of(list, device) > 0;
}

/* ---- Rotating it ---- */

/* A tensor and the one that the other step of a pair has in its place. */
struct twin {
    nncl_tensor_id first, second;
};

/* A tensor of the same type and shape. */
static nncl_tensor_id add_like(struct nncl_op_list *list, nncl_tensor_id of)
{
    const struct op_tensor *model = &list->tensors[of];
    list->tensors[list->tensor_count] =
        (struct op_tensor){.type = model->type, .shape = model->shape};
    return (nncl_tensor_id)list->tensor_count++;
}

static nncl_tensor_id add_words(struct nncl_op_list *list, size_t count)
{
    list->tensors[list->tensor_count] =
        (struct op_tensor){.type = NNCL_UINT32, .shape = SHAPE(count), .scratch = true};
    return (nncl_tensor_id)list->tensor_count++;
}

static struct twin add_twin(struct nncl_op_list *list, nncl_tensor_id of)
{
    return (struct twin){of, add_like(list, of)};
}

/* Has a step use each of the twins where it used the other. */
static void swap(struct op *op, struct twin twin)
{
    for (unsigned i = 0; i < op_tensor_count(op->type); i++)
        op->tensor[i] = op->tensor[i] == twin.first    ? twin.second
                        : op->tensor[i] == twin.second ? twin.first
                                                       : op->tensor[i];
    for (unsigned i = 0; i < op->folded_count; i++)
        swap(&op->folded[i], twin);
}

/* Copies an op and what is folded into it. */
static enum nncl_status copy(const struct op *from, struct op *to)
{
    struct op *folded = calloc(from->folded_count + 1, sizeof *folded);
    if (!folded)
        return nncl_fail_memory("a plan's ops", from->folded_count * sizeof *folded);
    if (from->folded_count)
        memcpy(folded, from->folded, from->folded_count * sizeof *folded);
    *to = *from;
    to->folded = folded;
    return NNCL_OK;
}

static void put_part(struct op *group, unsigned part, const struct op *op)
{
    group->folded[part] = *op;
    group->folded[part].folded = NULL;
    group->folded[part].folded_count = 0;
}

/* The tensors that a step leaves beside those it finds. */
enum twins { STATE, HIDDEN, WEIGHT, BIAS, WORDS, TWINS };

/* What pipelined steps have besides the list's own tensors. */
struct extra {
    struct twin twins[TWINS];
    nncl_tensor_id packed[3]; /* the first layer's weights and their moments */
    nncl_tensor_id lists;
};
_Static_assert(
    (int)PIPELINE_TENSORS == (int)TWINS + 1 + 3 + 1, "there is room for the extra tensors");

static struct extra add_tensors(struct nncl_op_list *list, const struct nncl_device *device)
{
    const struct op *head = list->ops[HEAD].folded, *update = &list->ops[UPDATE];
    const unsigned slices = slices_of(list, device);
    const nncl_tensor_id words = add_words(list, slices + 1);
    struct extra extra = {.twins = {[STATE] = add_twin(list, state_of(&list->ops[BATCH])),
                              [HIDDEN] = add_twin(list, head[HEAD_LOGITS].tensor[0]),
                              [WEIGHT] = add_twin(list, head[HEAD_LOGITS].tensor[1]),
                              [BIAS] = add_twin(list, head[HEAD_BIAS].tensor[1]),
                              [WORDS] = {words, add_words(list, slices + 1)}}};
    for (size_t i = 0; i < 3; i++)
        extra.packed[i] = add_like(list, update->folded[0].tensor[3 + i]);
    extra.lists = add_words(
        list, fused_step_list_words(op_size(list, update, 0, 0), op_size(list, update, 0, 1)));
    return extra;
}

/* The first step of a pair. */
static enum nncl_status make_first(
    struct nncl_op_list *list, const struct extra *extra, struct op *made)
{
    const struct op *ops = list->ops, *head = ops[HEAD].folded;
    const struct twin *twins = extra->twins;
    const struct fused_step own = {twins[WORDS].first, twins[WORDS].second, extra->lists};
    *made = (struct op){.type = &op_fused_step, .folded_count = STEP_PARTS};
    struct op *parts = made->folded = calloc(STEP_PARTS, sizeof *parts);
    if (!parts)
        return nncl_fail_memory("a plan's ops", STEP_PARTS * sizeof *parts);
    memcpy(made->attributes, &own, sizeof own);
    memcpy(parts, head, HEAD_PARTS * sizeof *parts);
    parts[STEP_END] = (struct op){.type = &op_next_state,
        .tensor = {ops[END].tensor[0], twins[STATE].first, twins[STATE].second}};
    put_part(made, STEP_GRADIENT, &ops[UPDATE]);
    put_part(made, STEP_UPDATE, &ops[UPDATE].folded[0]);
    memcpy(parts + STEP_BATCH, ops[BATCH].folded, BATCH_PARTS * sizeof *parts);
    put_part(made, STEP_PRODUCT, &ops[FORWARD]);
    put_part(made, STEP_BIAS, &ops[FORWARD].folded[0]);
    put_part(made, STEP_RELU, &ops[FORWARD].folded[1]);
    parts[STEP_PRODUCT].tensor[1] = extra->packed[0];
    for (size_t i = 0; i < 3; i++)
        parts[STEP_UPDATE].tensor[3 + i] = extra->packed[i];
    parts[STEP_RELU].tensor[1] = twins[HIDDEN].second;
    parts[HEAD_WEIGHT_UPDATE].tensor[3] = twins[WEIGHT].second;
    parts[HEAD_BIAS_UPDATE].tensor[3] = twins[BIAS].second;
    list->tensors[head[HEAD_RELU_BACKWARD].tensor[2]].folded = true;
    return NNCL_OK;
}

/* The second step, which finds what the first leaves, and leaves what that found. */
static enum nncl_status make_second(
    const struct op *first, const struct twin *twins, struct op *second)
{
    const struct fused_step *own = (const void *)first->attributes;
    const struct fused_step other = {own->next_slices, own->slices, own->lists};
    enum nncl_status status = copy(first, second);
    if (status != NNCL_OK)
        return status;
    for (size_t i = 0; i < TWINS; i++)
        swap(second, twins[i]);
    memcpy(second->attributes, &other, sizeof other);
    return NNCL_OK;
}

/* What ends a run whose last step was the first of a pair, or the second. */
static struct op make_tail(const struct extra *extra, const nncl_tensor_id *plain, bool odd)
{
    static const enum twins copied[] = {STATE, WEIGHT, BIAS};
    const nncl_tensor_id *packed = extra->packed;
    struct fused_step_end end;
    for (size_t i = 0; i < 3; i++) {
        const struct twin *twin = &extra->twins[copied[i]];
        end.last[i] = odd ? twin->second : twin->first;
        end.to[i] = twin->first;
    }
    struct op tail = {.type = &op_fused_step_end,
        .tensor = {packed[0], packed[1], packed[2], plain[0], plain[1], plain[2]}};
    memcpy(tail.attributes, &end, sizeof end);
    return tail;
}

/* A pair of steps and what runs around them, in place of the list's ops. */
static enum nncl_status rotate(
    struct nncl_op_list *list, const struct nncl_device *device, struct op *ops)
{
    enum nncl_status status = NNCL_OK;
    const struct extra extra = add_tensors(list, device);
    const nncl_tensor_id *packed = extra.packed, *plain = list->ops[UPDATE].folded[0].tensor + 3;
    TRY(make_first(list, &extra, &ops[FIRST]));
    TRY(make_second(&ops[FIRST], extra.twins, &ops[SECOND]));
    TRY(copy(&list->ops[BATCH], &ops[LEAD_BATCH]));
    TRY(copy(&list->ops[FORWARD], &ops[LEAD_FORWARD]));
    ops[LEAD_BEGIN] = (struct op){.type = &op_fused_step_begin,
        .tensor = {plain[0], plain[1], plain[2], packed[0], packed[1], packed[2],
            extra.twins[WORDS].first, extra.lists}};
    for (size_t i = TAIL; i <= ODD_TAIL; i++)
        ops[i] = make_tail(&extra, plain, i == ODD_TAIL);
out:
    return status;
}

enum nncl_status pipeline_list(
    struct nncl_op_list *list, const struct nncl_device *device, struct plan_round *round)
{
    *round = (struct plan_round){0, 0};
    if (!can_pipeline(list, device))
        return NNCL_OK;
    struct op *ops = calloc(PIPELINE_OPS, sizeof *ops);
    if (!ops)
        return nncl_fail_memory("a plan's ops", PIPELINE_OPS * sizeof *ops);
    enum nncl_status status = rotate(list, device, ops);
    struct op *old = list->ops;
    const size_t old_count = list->op_count;
    list->ops = ops;
    list->op_count = PIPELINE_OPS;
    for (size_t i = 0; i < old_count; i++)
        free(old[i].folded);
    free(old);
    *round = (struct plan_round){FIRST, 1};
    return status;
}

/* ---- Running it ---- */

enum nncl_status pipeline_create(struct nncl_device *device, const struct nncl_op_list *list,
    const struct nncl_binding *bindings, size_t count, const struct nncl_plan_options *options,
    struct nncl_plan **plan)
{
    const struct plan_settings settings = {
        .gemm = options ? options->gemm : NULL, .pipelined = true};
    enum nncl_status status = plan_create(device, list, bindings, count, &settings, plan);
    if (status == NNCL_OK && *plan && (*plan)->step_count != (*plan)->list->op_count)
        nncl_plan_free(plan); /* products in pieces: nothing for small steps */
    return status;
}

static enum nncl_status enqueue(struct nncl_plan *plan, size_t first, size_t count)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = first; i < first + count && status == NNCL_OK; i++)
        status = step_enqueue(&plan->steps[i]);
    return status;
}

enum nncl_status pipeline_run(struct nncl_plan *plan, uint32_t steps)
{
    enum nncl_status status = enqueue(plan, LEAD_BATCH, FIRST - LEAD_BATCH);
    for (uint32_t i = 0; i < steps && status == NNCL_OK; i++)
        status = enqueue(plan, i % 2 ? SECOND : FIRST, 1);
    return status == NNCL_OK ? enqueue(plan, steps % 2 ? ODD_TAIL : TAIL, 1) : status;
}
