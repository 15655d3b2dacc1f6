/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Random displacement fields. */
#include "base/status.h"
#include "device/device.h"
#include "ops/spread.h"
#include "ref/ref.h"

enum { BLOCK_COST = 64 }; /* ten rounds of Philox by vectors and four elements */

static const struct nncl_elastic *settings(const struct op *op)
{
    return (const struct nncl_elastic *)(const void *)op->attributes;
}

static size_t field_size(const struct nncl_elastic *elastic)
{
    const struct nncl_shape shape = {3, {2, elastic->height, elastic->width}};
    return nncl_shape_elements(&shape);
}

static enum nncl_status noise_prepare(struct op_site *site)
{
    const struct nncl_elastic *elastic = settings(site->op);
    const size_t n = op_size(site->list, site->op, 1, 0), count = field_size(elastic),
                 blocks = (count + 3) / 4, width = device_vector_width(site->device);
    struct spread spread =
        spread_elements(site->device, n * ((blocks + width - 1) / width), BLOCK_COST);
    return spread_launch(site, "elastic", "elastic_noise", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_SIZE(n),
            ARG_SIZE(count), ARG_SIZE(blocks), ARG_UINT(elastic->seed),
            ARG_UINT(elastic->seed >> 32), ARG_FLOAT(elastic->amount), ARG_SIZE(spread.span)));
}

static void noise_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_elastic_noise(op_size(list, op, 1, 0), settings(op), arrays[0], arrays[1]);
}

static double noise_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 3 * (double)op_elements(list, op, 1);
}

static struct nncl_shape noise_extent(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->tensor[1]].shape;
}

static const struct op_type op_elastic_noise = {.name = "elastic_noise",
    .inputs = 1,
    .outputs = 1,
    .prepare = noise_prepare,
    .reference = noise_reference,
    .flop = noise_flop,
    .extent = noise_extent};

static enum nncl_status check_settings(const char *op, const struct nncl_elastic *elastic)
{
    if (field_size(elastic) == 0 || field_size(elastic) > STEP_MAX_SIZE)
        return nncl_fail(NNCL_USAGE, "%s: a field for pictures of %u x %u pixels", op,
            elastic->height, elastic->width);
    if (!(elastic->amount >= 0 && elastic->amount <= 1000))
        return nncl_fail(NNCL_USAGE, "%s: the amount must be 0 to 1000 pixels, not %g", op,
            (double)elastic->amount);
    if (!(elastic->sigma > 0 && elastic->sigma <= 10))
        return nncl_fail(NNCL_USAGE, "%s: sigma must be above 0 and at most 10 pixels, not %g", op,
            (double)elastic->sigma);
    return NNCL_OK;
}

enum nncl_status nncl_op_elastic_noise(struct nncl_op_list *list,
    const struct nncl_elastic *elastic, size_t batch, nncl_tensor_id state, nncl_tensor_id *noise)
{
    enum nncl_status status;
    const struct op_demand demand = {state, "state", NNCL_UINT32, SHAPE(NNCL_STATE_SIZE)};
    TRY(op_demand(list, "elastic_noise", &demand, 1));
    TRY(check_settings("elastic_noise", elastic));
    if (batch == 0)
        TRY(nncl_fail(NNCL_USAGE, "elastic_noise: a batch of 0 rows"));
    const struct op_output output = {NNCL_FLOAT32, SHAPE(batch, field_size(elastic)), noise};
    TRY(op_append(list, &op_elastic_noise, &state, &output, elastic, sizeof *elastic));
out:
    return status;
}

static size_t taps(const struct nncl_elastic *elastic)
{
    return 2 * (size_t)ref_elastic_reach(elastic->sigma) + 1;
}

static enum nncl_status smooth_prepare(struct op_site *site)
{
    const struct nncl_elastic *elastic = settings(site->op);
    const size_t lines = op_elements(site->list, site->op, 0) / elastic->width;
    struct spread spread = spread_elements(site->device, lines, taps(elastic) * elastic->width);
    return spread_launch(site, "elastic", "elastic_smooth", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_SIZE(lines),
            ARG_UINT(elastic->height), ARG_UINT(elastic->width), ARG_FLOAT(elastic->sigma),
            ARG_UINT(ref_elastic_reach(elastic->sigma)), ARG_SIZE(spread.span)));
}

static void smooth_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct nncl_elastic *elastic = settings(op);
    ref_elastic_smooth(2 * op_size(list, op, 0, 0), elastic->height, elastic->width, elastic->sigma,
        arrays[0], arrays[1]);
}

/* As many taps at the edges as in the middle. */
static double smooth_flop(const struct nncl_op_list *list, const struct op *op)
{
    return 2 * (double)taps(settings(op)) * (double)op_elements(list, op, 0);
}

static const struct op_type op_elastic_smooth = {.name = "elastic_smooth",
    .inputs = 1,
    .outputs = 1,
    .prepare = smooth_prepare,
    .reference = smooth_reference,
    .flop = smooth_flop};

enum nncl_status nncl_op_elastic_smooth(struct nncl_op_list *list,
    const struct nncl_elastic *elastic, nncl_tensor_id x, nncl_tensor_id *y)
{
    enum nncl_status status;
    TRY(check_settings("elastic_smooth", elastic));
    const struct op_demand demand = {x, "x", NNCL_FLOAT32, SHAPE(0, field_size(elastic))};
    TRY(op_demand(list, "elastic_smooth", &demand, 1));
    const struct op_output output = {NNCL_FLOAT32, op_shape(list, x), y};
    TRY(op_append(list, &op_elastic_smooth, &x, &output, elastic, sizeof *elastic));
out:
    return status;
}
