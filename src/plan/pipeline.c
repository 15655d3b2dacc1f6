/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "plan/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "ops/groups.h"
#include "plan/uses.h"

/* The launches of a fused step, in their order in the list. */
enum { BATCH, FORWARD, HEAD, UPDATE, END, STEP_OPS };

/* Those of a pipelined step, the last two of which may be one, and of the lead. */
enum { ROUND_HEAD, ROUND_UPDATE, ROUND_FORWARD, MOST_ROUND };
enum { LEAD_BATCH, LEAD_FORWARD, LEAD };

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

/* Whether the list is batch, first layer, head, first layer's update and end, and nothing else. */
static bool can_pipeline(const struct nncl_op_list *list)
{
    const struct op *ops = list->ops;
    if (list->op_count != STEP_OPS || !op_is(&ops[BATCH], "batch") || !op_is(&ops[HEAD], "head") ||
        !is_product_of_rows(&ops[FORWARD], &ops[BATCH]) ||
        !is_product_of_rows(&ops[UPDATE], &ops[BATCH]) || !goes_on(list, &ops[END], &ops[BATCH]))
        return false;
    const struct op *head = ops[HEAD].folded, *adam = &ops[UPDATE].folded[0];
    const struct head_next *next = (const void *)ops[HEAD].attributes;
    return head[HEAD_LOGITS].tensor[0] == result_of(&ops[FORWARD]) &&
           ops[UPDATE].tensor[1] == head[HEAD_RELU_BACKWARD].tensor[2] &&
           ops[UPDATE].folded_count == 1 && op_is(adam, "adam") &&
           adam->tensor[3] == ops[FORWARD].tensor[1] && adam->tensor[1] == state_of(&ops[BATCH]) &&
           adam->tensor[2] == ops[END].tensor[0] && next->count != 0 &&
           next->state == state_of(&ops[BATCH]);
}

/* ---- Rotating it ---- */

/* A tensor and the one that the other step of a pair has in its place. */
struct twin {
    nncl_tensor_id first, second;
};

static struct twin add_twin(struct nncl_op_list *list, nncl_tensor_id of)
{
    const nncl_tensor_id new = (nncl_tensor_id)list->tensor_count++;
    list->tensors[new] =
        (struct op_tensor){.type = list->tensors[of].type, .shape = list->tensors[of].shape};
    return (struct twin){of, new};
}

static void swap(struct op *op, struct twin twin)
{
    for (unsigned i = 0; i < op_tensor_count(op->type); i++)
        op->tensor[i] = op->tensor[i] == twin.first    ? twin.second
                        : op->tensor[i] == twin.second ? twin.first
                                                       : op->tensor[i];
    for (unsigned i = 0; i < op->folded_count; i++)
        swap(&op->folded[i], twin);
}

/* Copies an op with room for `more` folded ones; that of what is gathered is not needed here. */
static enum nncl_status copy(const struct op *from, unsigned more, struct op *to)
{
    const size_t count = from->folded_count + more;
    struct op *folded = calloc(count + 1, sizeof *folded);
    if (!folded)
        return nncl_fail_memory("a plan's ops", count * sizeof *folded);
    if (from->folded_count)
        memcpy(folded, from->folded, from->folded_count * sizeof *folded);
    *to = *from;
    to->folded = folded;
    return NNCL_OK;
}

/* The head of the first step, which also ends it and gathers for the second. */
static enum nncl_status make_head(
    const struct nncl_op_list *list, const struct twin *state, struct op *made)
{
    enum nncl_status status = copy(&list->ops[HEAD], HEAD_ALL_PARTS - HEAD_PARTS, made);
    if (status != NNCL_OK)
        return status;
    made->folded_count = HEAD_ALL_PARTS;
    made->folded[HEAD_END] = (struct op){
        .type = &op_next_state, .tensor = {list->ops[END].tensor[0], state->first, state->second}};
    memcpy(&made->folded[HEAD_NEXT], list->ops[BATCH].folded, BATCH_PARTS * sizeof *made->folded);
    return NNCL_OK;
}

static void put_part(struct op *group, unsigned part, const struct op *op)
{
    group->folded[part] = *op;
    group->folded[part].folded = NULL;
    group->folded[part].folded_count = 0;
}

/* Whether the forward product ends in what update_forward computes. */
static bool is_relu_layer(const struct op *forward)
{
    return forward->folded_count == 2 && op_is(&forward->folded[0], "bias") &&
           op_is(&forward->folded[1], "relu");
}

/* In how many slices the first layer's update and forward product are one launch; 0: they are two.
 */
static unsigned count_slices(const struct nncl_op_list *list, const struct nncl_device *device)
{
    const struct op *update = &list->ops[UPDATE], *forward = &list->ops[FORWARD];
    if (!is_relu_layer(forward) || update->byte_scale != forward->byte_scale)
        return 0;
    return update_forward_slices(device, op_size(list, update, 0, 0), op_size(list, update, 0, 1),
        op_size(list, update, 1, 1));
}

/* Makes one op of the update and the forward product behind it, which is left empty. */
static enum nncl_status merge(struct op *update, struct op *forward, struct update_forward slices)
{
    struct op merged = {.type = &op_update_forward, .folded_count = UPDATE_FORWARD_PARTS};
    merged.folded = calloc(UPDATE_FORWARD_PARTS, sizeof *merged.folded);
    if (!merged.folded)
        return nncl_fail_memory("a plan's ops", UPDATE_FORWARD_PARTS * sizeof *merged.folded);
    put_part(&merged, UPDATE_FORWARD_GRADIENT, update);
    put_part(&merged, UPDATE_FORWARD_UPDATE, &update->folded[0]);
    put_part(&merged, UPDATE_FORWARD_PRODUCT, forward);
    put_part(&merged, UPDATE_FORWARD_BIAS, &forward->folded[0]);
    put_part(&merged, UPDATE_FORWARD_RELU, &forward->folded[1]);
    memcpy(merged.attributes, &slices, sizeof slices);
    free(update->folded);
    free(forward->folded);
    *update = merged;
    *forward = (struct op){0};
    return NNCL_OK;
}

/* The words of the slices, where update and forward product are one launch. */
static struct update_forward add_slices(struct nncl_op_list *list, unsigned count)
{
    const nncl_tensor_id id = (nncl_tensor_id)list->tensor_count;
    if (count == 0)
        return (struct update_forward){0};
    list->tensors[list->tensor_count++] =
        (struct op_tensor){.type = NNCL_UINT32, .shape = SHAPE(count), .scratch = true};
    return (struct update_forward){id, count};
}

/* The first of a pair of steps, which has room for MOST_ROUND launches. */
static enum nncl_status make_first(struct nncl_op_list *list, const struct twin *twins,
    struct update_forward slices, struct op *first)
{
    enum nncl_status status = NNCL_OK;
    const struct twin *state = &twins[0], *rows = &twins[1], *labels = &twins[2];
    TRY(make_head(list, state, &first[ROUND_HEAD]));
    swap(&first[ROUND_HEAD].folded[HEAD_NEXT + BATCH_FEATURES], *rows);
    swap(&first[ROUND_HEAD].folded[HEAD_NEXT + BATCH_LABELS], *labels);
    struct head_next *next = (void *)first[ROUND_HEAD].attributes;
    next->slices = slices.slices;
    next->slice_count = slices.count;
    TRY(copy(&list->ops[UPDATE], 0, &first[ROUND_UPDATE]));
    TRY(copy(&list->ops[FORWARD], 0, &first[ROUND_FORWARD]));
    swap(&first[ROUND_FORWARD], *rows);
    if (slices.count)
        TRY(merge(&first[ROUND_UPDATE], &first[ROUND_FORWARD], slices));
out:
    return status;
}

/* A pair of steps of `round` launches each and the lead, in place of the list's ops. */
static enum nncl_status rotate(
    struct nncl_op_list *list, struct update_forward slices, size_t round, struct op *ops)
{
    enum { TWINS = 3 };
    enum nncl_status status = NNCL_OK;
    struct op *second = ops + round, *lead = ops + 2 * round;
    const struct op *batch = &list->ops[BATCH];
    const struct twin twins[TWINS] = {add_twin(list, state_of(batch)),
        add_twin(list, rows_of(batch)), add_twin(list, batch->folded[BATCH_LABELS].tensor[2])};
    TRY(make_first(list, twins, slices, ops));
    for (size_t i = 0; i < round; i++) {
        TRY(copy(&ops[i], 0, &second[i]));
        for (size_t j = 0; j < TWINS; j++)
            swap(&second[i], twins[j]);
    }
    TRY(copy(&list->ops[BATCH], 0, &lead[LEAD_BATCH]));
    TRY(copy(&list->ops[FORWARD], 0, &lead[LEAD_FORWARD]));
out:
    return status;
}

enum nncl_status pipeline_list(
    struct nncl_op_list *list, const struct nncl_device *device, size_t *round)
{
    *round = 0;
    if (!can_pipeline(list))
        return NNCL_OK;
    const struct update_forward slices = add_slices(list, count_slices(list, device));
    const size_t launches = slices.count ? MOST_ROUND - 1 : MOST_ROUND, count = 2 * launches + LEAD;
    struct op *ops = calloc(count, sizeof *ops);
    if (!ops)
        return nncl_fail_memory("a plan's ops", count * sizeof *ops);
    enum nncl_status status = rotate(list, slices, launches, ops);
    struct op *old = list->ops;
    const size_t old_count = list->op_count;
    list->ops = ops;
    list->op_count = count;
    for (size_t i = 0; i < old_count; i++)
        free(old[i].folded);
    free(old);
    *round = launches;
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

enum nncl_status pipeline_run(struct nncl_plan *plan, uint32_t pairs)
{
    const size_t pair = 2 * plan->round;
    enum nncl_status status = enqueue(plan, pair, plan->step_count - pair);
    for (uint32_t i = 0; i < pairs && status == NNCL_OK; i++)
        status = enqueue(plan, 0, pair);
    return status;
}
