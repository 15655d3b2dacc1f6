/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pictures changed at random. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "device/device.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { VECTOR_COST = 64, GPU_GROUP = 64 }; /* simple operations */

static float radians(float degrees)
{
    return degrees * (3.14159265f / 180.0f);
}

static enum nncl_status augment_prepare(struct op_site *site)
{
    const struct nncl_augment *augment = (const void *)site->op->attributes;
    const struct nncl_picture_shape *shape = &augment->shape;
    const struct nncl_augmentation *by = &augment->by;
    size_t n = op_size(site->list, site->op, 1, 0);
    const size_t pixels = n * shape->height * shape->width;
    const bool cpu = site->device->info.kind == NNCL_DEVICE_CPU;
    const unsigned width = cpu ? device_vector_width(site->device) : 1;
    const struct spread spread = spread_elements(
        site->device, n * shape->height * ((shape->width + width - 1) / width), VECTOR_COST);
    if ((size_t)shape->height * shape->width * shape->channels > INT32_MAX ||
        pixels > STEP_MAX_SIZE)
        return nncl_fail(NNCL_USAGE, "augment: %zu pixels are more than kernels count", pixels);
    const bool elastic = site->op->type->inputs == 3;
    char options[48];
    snprintf(options, sizeof options, "-DWIDTH=%u%s", width, elastic ? " -DELASTIC" : "");
    const struct step_launch launch = {.program = "augment",
        .kernel = "augment",
        .options = options,
        .dimensions = 1,
        .global = {spread.items},
        .local = {cpu ? 1 : step_group(site->device, GPU_GROUP)}};
    struct step_argument arguments[20] = {
        ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_BUFFER(site->buffers[2])};
    size_t count = op_tensor_count(site->op->type);
    if (elastic)
        arguments[3] = ARG_BUFFER(site->buffers[3]);
    const struct step_argument others[] = {ARG_SIZE(n), ARG_UINT(shape->height),
        ARG_UINT(shape->width), ARG_UINT(shape->channels), ARG_UINT(augment->seed),
        ARG_UINT(augment->seed >> 32), ARG_FLOAT(by->shift), ARG_FLOAT(radians(by->rotate)),
        ARG_FLOAT(by->scale), ARG_FLOAT(radians(by->shear)), ARG_FLOAT(by->noise),
        ARG_UINT(by->cutout), ARG_FLOAT(augment->fill), ARG_SIZE(spread.span)};
    memcpy(arguments + count, others, sizeof others);
    return op_launch(site, &launch, arguments, count + sizeof others / sizeof *others);
}

static void augment_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const bool elastic = op->type->inputs == 3;
    ref_augment(op_size(list, op, 1, 0), (const void *)op->attributes, arrays[0], arrays[1],
        elastic ? arrays[2] : NULL, arrays[elastic ? 3 : 2]);
}

/* The place that a pixel comes from, and what is between the four there. */
static double augment_flop(const struct nncl_op_list *list, const struct op *op)
{
    const struct nncl_augment *augment = (const void *)op->attributes;
    enum { PLACE = 13, BETWEEN = 9 };
    const double features = (double)op_elements(list, op, 1);
    return features * BETWEEN + features / augment->shape.channels * PLACE;
}

static struct nncl_shape augment_extent(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->tensor[1]].shape;
}

static const struct op_type op_augment = {.name = "augment",
    .inputs = 2,
    .outputs = 1,
    .prepare = augment_prepare,
    .reference = augment_reference,
    .flop = augment_flop,
    .extent = augment_extent};

static const struct op_type op_augment_elastic = {.name = "augment_elastic",
    .inputs = 3,
    .outputs = 1,
    .prepare = augment_prepare,
    .reference = augment_reference,
    .flop = augment_flop,
    .extent = augment_extent};

static enum nncl_status check_amounts(const struct nncl_augment *augment)
{
    const struct nncl_augmentation *by = &augment->by;
    if (by->shift >= 0 && by->shift <= 1000 && by->rotate >= 0 && by->rotate <= 180 &&
        by->scale >= 0 && by->scale <= 0.9f && by->shear >= 0 && by->shear <= 60 &&
        by->noise >= 0 && by->noise <= 1000 && by->cutout <= 65536 && isfinite(augment->fill))
        return NNCL_OK;
    return nncl_fail(NNCL_USAGE,
        "augment: shift must be 0 to 1000 pixels, rotate 0 to 180 and shear 0 to 60 degrees, scale "
        "0 to 0.9, noise 0 to 1000 and cutout 0 to 65536 pixels");
}

/* field: NULL where there is none */
static enum nncl_status append(struct nncl_op_list *list, const struct op_type *type,
    const struct nncl_augment *augment, nncl_tensor_id state, nncl_tensor_id x,
    const nncl_tensor_id *field, nncl_tensor_id *out)
{
    enum nncl_status status;
    const struct nncl_picture_shape *shape = &augment->shape;
    const struct nncl_shape picture = {3, {shape->height, shape->width, shape->channels}};
    const size_t features = nncl_shape_elements(&picture),
                 pixels = (size_t)shape->height * shape->width;
    const struct op_demand demands[] = {{state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)},
        {x, "x", NNCL_FLOAT32, SHAPE(0, features)},
        {field ? *field : 0, "field", NNCL_FLOAT32, SHAPE(op_shape(list, x).size[0], 2 * pixels)}};
    TRY(op_demand(list, type->name, demands, field ? 3 : 2));
    if (features == 0)
        TRY(nncl_fail(NNCL_USAGE, "%s: pictures of no pixels", type->name));
    TRY(check_amounts(augment));
    const nncl_tensor_id given[] = {state, x, field ? *field : 0};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), out};
    TRY(op_append(list, type, given, &output, augment, sizeof *augment));
out:
    return status;
}

enum nncl_status nncl_op_augment(struct nncl_op_list *list, const struct nncl_augment *augment,
    nncl_tensor_id state, nncl_tensor_id x, nncl_tensor_id *out)
{
    return append(list, &op_augment, augment, state, x, NULL, out);
}

enum nncl_status nncl_op_augment_elastic(struct nncl_op_list *list,
    const struct nncl_augment *augment, nncl_tensor_id state, nncl_tensor_id x,
    nncl_tensor_id field, nncl_tensor_id *out)
{
    return append(list, &op_augment_elastic, augment, state, x, &field, out);
}
