/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pictures changed at random. */
#include <math.h>

#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { PIXEL_COST = 32, GPU_GROUP = 64 }; /* simple operations */

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
    struct spread spread =
        spread_elements(site->device, n * shape->height * shape->width, PIXEL_COST);
    if (spread.count > STEP_MAX_SIZE)
        return nncl_fail(
            NNCL_USAGE, "augment: %zu pixels are more than kernels count", spread.count);
    const bool cpu = site->device->info.kind == NNCL_DEVICE_CPU;
    const struct step_launch launch = {.program = "augment",
        .kernel = "augment",
        .options = "-DWIDTH=1",
        .dimensions = 1,
        .global = {spread.items},
        .local = {cpu ? 1 : step_group(site->device, GPU_GROUP)}};
    return op_launch(site, &launch,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_UINT(shape->height),
            ARG_UINT(shape->width), ARG_UINT(shape->channels), ARG_UINT(augment->seed),
            ARG_UINT(augment->seed >> 32), ARG_FLOAT(by->shift), ARG_FLOAT(radians(by->rotate)),
            ARG_FLOAT(by->scale), ARG_FLOAT(radians(by->shear)), ARG_FLOAT(by->noise),
            ARG_UINT(by->cutout), ARG_FLOAT(augment->fill), ARG_SIZE(spread.span)));
}

static void augment_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_augment(
        op_size(list, op, 1, 0), (const void *)op->attributes, arrays[0], arrays[1], arrays[2]);
}

/* The place that a pixel comes from, and what is between the four there. */
static double augment_flop(const struct nncl_op_list *list, const struct op *op)
{
    const struct nncl_augment *augment = (const void *)op->attributes;
    enum { PLACE = 13, BETWEEN = 9 };
    const double features = (double)op_elements(list, op, 2);
    return features * BETWEEN + features / augment->shape.channels * PLACE;
}

static struct nncl_shape augment_extent(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->tensor[2]].shape;
}

static const struct op_type op_augment = {.name = "augment",
    .inputs = 2,
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

enum nncl_status nncl_op_augment(struct nncl_op_list *list, const struct nncl_augment *augment,
    nncl_tensor_id state, nncl_tensor_id x, nncl_tensor_id *out)
{
    const struct nncl_picture_shape *shape = &augment->shape;
    const struct nncl_shape picture = {3, {shape->height, shape->width, shape->channels}};
    const size_t features = nncl_shape_elements(&picture);
    const struct op_demand demands[] = {{state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)},
        {x, "x", NNCL_FLOAT32, SHAPE(0, features)}};
    enum nncl_status status = op_demand(list, "augment", demands, 2);
    if (status == NNCL_OK && features == 0)
        status = nncl_fail(NNCL_USAGE, "augment: pictures of no pixels");
    if (status == NNCL_OK)
        status = check_amounts(augment);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {state, x};
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), out};
    return op_append(list, &op_augment, given, &output, augment, sizeof *augment);
}
