/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is done to a gradient before the optimizer sees it: decay of the weights, and clipping. */
#include <math.h>

#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

/* ---- Element by element ---- */

/* The tensors that it needs besides the gradient, and its one number. */
static size_t gradient_arguments(
    const struct op *op, struct buffer *const *tensors, struct step_argument *arguments)
{
    size_t count = 0;
    for (unsigned i = 1; i < op->type->inputs; i++)
        arguments[count++] = ARG_BUFFER(tensors[op->tensor[i]]);
    arguments[count++] = ARG_FLOAT(*(const float *)(const void *)op->attributes);
    return count;
}

/* The op itself is the first epilogue of its kernel. */
static enum nncl_status gradient_prepare(struct op_site *site)
{
    const size_t n = op_elements(site->list, site->op, 0);
    struct spread spread = spread_vectors(site->device, n);
    struct op_tail tail;
    enum nncl_status status = op_tail_of_all(site, &tail);
    if (status != NNCL_OK)
        return status;
    return spread_launch_tail(site, "clip", "clip", &spread, &tail,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(tail.result), ARG_SIZE(n),
            ARG_SIZE(spread.span)));
}

static void decay_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const float *rate = (const void *)op->attributes;
    ref_weight_decay(op_elements(list, op, 0), *rate, arrays[0], arrays[1], arrays[2]);
}

static void clip_value_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const float *limit = (const void *)op->attributes;
    ref_clip_value(op_elements(list, op, 0), *limit, arrays[0], arrays[1]);
}

static void clip_norm_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const float *limit = (const void *)op->attributes;
    ref_clip_norm(op_elements(list, op, 0), *limit, arrays[0], arrays[1], arrays[2]);
}

static double one_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 0);
}

static double two_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 2 * (double)op_elements(list, op, 0);
}

#define GRADIENT(name_, prefix_, inputs_, reference_, flop_)                                       \
    static const struct op_epilogue name_##_epilogue = {                                           \
        .prefix = prefix_, .value = 0, .arguments = gradient_arguments};                           \
    static const struct op_type op_##name_ = {.name = #name_,                                      \
        .inputs = inputs_,                                                                         \
        .outputs = 1,                                                                              \
        .prepare = gradient_prepare,                                                               \
        .reference = reference_,                                                                   \
        .flop = flop_,                                                                             \
        .epilogue = &name_##_epilogue,                                                             \
        .takes_epilogues = op_always_takes_epilogues};

GRADIENT(weight_decay, "WEIGHT_DECAY", 2, decay_reference, two_flop)
GRADIENT(clip_value, "CLIP_VALUE", 1, clip_value_reference, two_flop)
GRADIENT(clip_norm, "CLIP_NORM", 2, clip_norm_reference, one_flop)

static enum nncl_status demand_positive(const char *op, const char *what, float value)
{
    if (value > 0 && isfinite(value))
        return NNCL_OK;
    return nncl_fail(NNCL_USAGE, "%s: the %s must be above 0, not %g", op, what, (double)value);
}

enum nncl_status nncl_op_weight_decay(struct nncl_op_list *list, float rate,
    nncl_tensor_id gradient, nncl_tensor_id w, nncl_tensor_id *decayed)
{
    const struct nncl_shape shape = op_shape(list, gradient);
    const struct op_demand demands[] = {
        {gradient, "gradient", NNCL_FLOAT32, shape}, {w, "w", NNCL_FLOAT32, shape}};
    enum nncl_status status = op_demand(list, "weight_decay", demands, 2);
    if (status == NNCL_OK)
        status = demand_positive("weight_decay", "rate", rate);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {gradient, w};
    const struct op_output output = {NNCL_FLOAT32, shape, decayed};
    return op_append(list, &op_weight_decay, given, &output, &rate, sizeof rate);
}

enum nncl_status nncl_op_clip_value(
    struct nncl_op_list *list, float limit, nncl_tensor_id gradient, nncl_tensor_id *clipped)
{
    const struct nncl_shape shape = op_shape(list, gradient);
    const struct op_demand demand = {gradient, "gradient", NNCL_FLOAT32, shape};
    enum nncl_status status = op_demand(list, "clip_value", &demand, 1);
    if (status == NNCL_OK)
        status = demand_positive("clip_value", "limit", limit);
    if (status != NNCL_OK)
        return status;
    const struct op_output output = {NNCL_FLOAT32, shape, clipped};
    return op_append(list, &op_clip_value, &gradient, &output, &limit, sizeof limit);
}

enum nncl_status nncl_op_clip_norm(struct nncl_op_list *list, float limit, nncl_tensor_id gradient,
    nncl_tensor_id sums, nncl_tensor_id *clipped)
{
    const struct nncl_shape shape = op_shape(list, gradient);
    const struct op_demand demands[] = {{gradient, "gradient", NNCL_FLOAT32, shape},
        {sums, "sums", NNCL_FLOAT32, SHAPE(NNCL_NORM_PARTS)}};
    enum nncl_status status = op_demand(list, "clip_norm", demands, 2);
    if (status == NNCL_OK)
        status = demand_positive("clip_norm", "limit", limit);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {gradient, sums};
    const struct op_output output = {NNCL_FLOAT32, shape, clipped};
    return op_append(list, &op_clip_norm, given, &output, &limit, sizeof limit);
}

/* ---- The norm ---- */

static enum nncl_status sums_prepare(struct op_site *site)
{
    const size_t n = op_elements(site->list, site->op, 0);
    const bool counts = site->op->type->inputs == 2;
    const struct spread spread = {.span = 1, .rows = 1, .items = NNCL_NORM_PARTS, .count = n};
    return spread_launch(site, "clip", "square_sums", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(counts ? site->buffers[1] : NULL),
            ARG_BUFFER(site->buffers[counts ? 2 : 1]), ARG_SIZE(n), ARG_UINT(counts)));
}

static void sums_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const bool counts = op->type->inputs == 2;
    ref_square_sums(
        op_elements(list, op, 0), arrays[0], counts ? arrays[1] : NULL, arrays[counts ? 2 : 1]);
}

static const struct op_type op_square_sums = {.name = "square_sums",
    .inputs = 1,
    .outputs = 1,
    .prepare = sums_prepare,
    .reference = sums_reference,
    .flop = two_flop};

static const struct op_type op_square_sums_add = {.name = "square_sums_add",
    .inputs = 2,
    .outputs = 1,
    .prepare = sums_prepare,
    .reference = sums_reference,
    .flop = two_flop};

enum nncl_status nncl_op_square_sums(struct nncl_op_list *list, nncl_tensor_id gradient,
    const nncl_tensor_id *before, nncl_tensor_id *sums)
{
    const struct op_demand demands[] = {
        {gradient, "gradient", NNCL_FLOAT32, op_shape(list, gradient)},
        {before ? *before : gradient, "before", NNCL_FLOAT32, SHAPE(NNCL_NORM_PARTS)}};
    const struct op_type *type = before ? &op_square_sums_add : &op_square_sums;
    enum nncl_status status = op_demand(list, type->name, demands, type->inputs);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {gradient, before ? *before : 0};
    const struct op_output output = {NNCL_FLOAT32, SHAPE(NNCL_NORM_PARTS), sums};
    return op_append(list, type, given, &output, NULL, 0);
}
