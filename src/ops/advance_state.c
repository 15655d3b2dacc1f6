/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The end of a training step. */
#include "base/status.h"
#include "ops/groups.h"
#include "ref/ref.h"

static enum nncl_status advance_prepare(struct op_site *site)
{
    const struct nncl_advance_state *advance = (const void *)site->op->attributes;
    const struct step_launch launch = {.program = "advance_state",
        .kernel = "advance_state",
        .dimensions = 1,
        .global = {1},
        .local = {1}};
    return op_launch(site, &launch,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_UINT(advance->batch), ARG_UINT(advance->count)));
}

static void advance_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    (void)list;
    const struct nncl_advance_state *advance = (const void *)op->attributes;
    ref_advance_state(advance->batch, advance->count, arrays[0], arrays[1]);
}

static const struct op_type op_advance_state = {.name = "advance_state",
    .inputs = 1,
    .updates = 1,
    .prepare = advance_prepare,
    .reference = advance_reference};

const struct op_type op_next_state = {.name = "advance_state", .inputs = 2, .outputs = 1};

enum nncl_status nncl_op_advance_state(struct nncl_op_list *list,
    const struct nncl_advance_state *advance, nncl_tensor_id batch_loss, nncl_tensor_id state)
{
    const struct op_demand demands[] = {{batch_loss, "batch_loss", NNCL_FLOAT32, SHAPE(1)},
        {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)}};
    enum nncl_status status = op_demand(list, "advance_state", demands, 2);
    if (status != NNCL_OK)
        return status;
    if (advance->batch == 0 || advance->batch > advance->count)
        return nncl_fail(NNCL_USAGE,
            "advance_state: a batch of %u rows cannot come from data of %u rows", advance->batch,
            advance->count);
    const nncl_tensor_id given[] = {batch_loss, state};
    return op_append(list, &op_advance_state, given, NULL, advance, sizeof *advance);
}
