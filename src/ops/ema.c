/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The exponential moving average of a parameter. */
#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { W, STATE, BATCH_LOSS, AVERAGE, TENSORS };

static float decay_of(const struct op *op)
{
    return *(const float *)(const void *)op->attributes;
}

static size_t ema_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    for (unsigned i = 0; i < TENSORS; i++)
        arguments[i] = ARG_BUFFER(tensors[op->tensor[i]]);
    arguments[TENSORS] = ARG_FLOAT(decay_of(op));
    return TENSORS + 1;
}

static enum nncl_status ema_prepare(struct op_site *site)
{
    const size_t n = op_elements(site->list, site->op, W);
    struct spread spread = spread_vectors(site->device, n);
    struct step_argument all[2 + TENSORS + 1] = {ARG_SIZE(n), ARG_SIZE(spread.span)};
    const size_t count = 2 + ema_arguments(site->op, site->tensors, all + 2);
    return spread_launch(site, "ema", "ema", NULL, &spread, all, count);
}

static void ema_reference(const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_ema(op_elements(list, op, W), decay_of(op), arrays[W], arrays[STATE], arrays[BATCH_LOSS],
        arrays[AVERAGE]);
}

static double ema_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 3 * (double)op_elements(list, op, W);
}

static const struct op_epilogue ema_epilogue = {
    .prefix = "EMA", .value = W, .arguments = ema_arguments, .of_update = true};

static const struct op_type op_ema = {.name = "ema",
    .inputs = AVERAGE,
    .updates = 1,
    .prepare = ema_prepare,
    .reference = ema_reference,
    .flop = ema_flop,
    .epilogue = &ema_epilogue};

enum nncl_status nncl_op_ema(struct nncl_op_list *list, float decay, nncl_tensor_id w,
    nncl_tensor_id state, nncl_tensor_id batch_loss, nncl_tensor_id average)
{
    const struct nncl_shape shape = op_shape(list, w);
    const struct op_demand demands[] = {{w, "w", NNCL_FLOAT32, shape},
        {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)},
        {batch_loss, "batch_loss", NNCL_FLOAT32, SHAPE(1)},
        {average, "average", NNCL_FLOAT32, shape}};
    enum nncl_status status = op_demand(list, "ema", demands, TENSORS);
    if (status != NNCL_OK)
        return status;
    if (!(decay > 0 && decay < 1))
        return nncl_fail(
            NNCL_USAGE, "ema: the decay must be above 0 and below 1, not %g", (double)decay);
    const nncl_tensor_id given[] = {w, state, batch_loss, average};
    return op_append(list, &op_ema, given, NULL, &decay, sizeof decay);
}
