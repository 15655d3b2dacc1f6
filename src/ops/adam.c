/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The optimizer Adam. */
#include <math.h>

#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

/* What ADAM_PARAMETERS in cl/adam.h.cl lists. */
static size_t adam_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    const struct nncl_adam *adam = (const void *)op->attributes;
    const float numbers[] = {adam->beta1, adam->beta2, (float)log((double)adam->beta1),
        (float)log((double)adam->beta2), adam->epsilon};
    size_t count = 0;
    for (unsigned i = 1; i < 6; i++)
        arguments[count++] = ARG_BUFFER(tensors[op->tensor[i]]);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        arguments[count++] = ARG_FLOAT(numbers[i]);
    return count;
}

static const struct op_epilogue adam_epilogue = {
    .prefix = "ADAM", .value = 0, .arguments = adam_arguments};

static enum nncl_status adam_prepare(struct op_site *site)
{
    size_t n = op_elements(site->list, site->op, 0);
    struct spread spread = spread_vectors(site->device, n);
    struct op_tail tail = {0};
    tail.count = adam_arguments(site->op, site->tensors, tail.arguments);
    return spread_launch_tail(site, "adam", "adam", &spread, &tail,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_SIZE(n), ARG_SIZE(spread.span)));
}

static void adam_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct nncl_adam *adam = (const void *)op->attributes;
    ref_adam(op_elements(list, op, 0), adam->beta1, adam->beta2, adam->epsilon, arrays[0],
        arrays[1], arrays[2], arrays[3], arrays[4], arrays[5]);
}

/* Three for m, four for v and five for w; what is the same for all elements is not counted. */
static double adam_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 12 * (double)op_elements(list, op, 0);
}

static const struct op_type op_adam = {.name = "adam",
    .inputs = 3,
    .updates = 3,
    .prepare = adam_prepare,
    .reference = adam_reference,
    .flop = adam_flop,
    .epilogue = &adam_epilogue};

/* Fills in the defaults. Errors: NNCL_USAGE naming the one that is out of range. */
static enum nncl_status complete(const struct nncl_adam *given, struct nncl_adam *adam)
{
    *adam = given ? *given : (struct nncl_adam){0};
    adam->beta1 = adam->beta1 == 0 ? 0.9f : adam->beta1;
    adam->beta2 = adam->beta2 == 0 ? 0.999f : adam->beta2;
    adam->epsilon = adam->epsilon == 0 ? 1e-7f : adam->epsilon;
    if (!(adam->beta1 > 0 && adam->beta1 < 1) || !(adam->beta2 > 0 && adam->beta2 < 1))
        return nncl_fail(NNCL_USAGE,
            "adam: beta1 and beta2 must lie between 0 and 1, not %g and %g", (double)adam->beta1,
            (double)adam->beta2);
    if (!(adam->epsilon > 0))
        return nncl_fail(
            NNCL_USAGE, "adam: epsilon must be positive, not %g", (double)adam->epsilon);
    return NNCL_OK;
}

enum nncl_status nncl_op_adam(struct nncl_op_list *list, const struct nncl_adam *adam,
    nncl_tensor_id gradient, nncl_tensor_id state, nncl_tensor_id batch_loss, nncl_tensor_id w,
    nncl_tensor_id m, nncl_tensor_id v)
{
    struct nncl_adam attributes;
    const struct nncl_shape shape = op_shape(list, w);
    const struct op_demand demands[] = {{w, "w", NNCL_FLOAT32, shape},
        {gradient, "gradient", NNCL_FLOAT32, shape},
        {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)},
        {batch_loss, "batch_loss", NNCL_FLOAT32, SHAPE(1)}, {m, "m", NNCL_FLOAT32, shape},
        {v, "v", NNCL_FLOAT32, shape}};
    enum nncl_status status = op_demand(list, "adam", demands, 6);
    if (status == NNCL_OK)
        status = complete(adam, &attributes);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {gradient, state, batch_loss, w, m, v};
    return op_append(list, &op_adam, given, NULL, &attributes, sizeof attributes);
}
