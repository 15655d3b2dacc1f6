/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Rows by index. */
#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

static enum nncl_type source_type(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->tensor[0]].type;
}

/* Labels: one uint32 a row. */
static enum nncl_status prepare_labels(struct op_site *site)
{
    size_t n = op_size(site->list, site->op, 1, 0);
    struct spread spread = spread_elements(site->device, n, 1);
    return spread_launch(site, "gather", "gather_uint", "-DSOURCE=uint", &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(spread.span)));
}

/* Rows that stay bytes: few long work-items, because each waits for memory that is far apart. */
static enum nncl_status prepare_bytes(struct op_site *site, size_t n, size_t features)
{
    struct spread spread = spread_matrix(site->device, n, features);
    return spread_launch(site, "gather", "gather_bytes", "-DSOURCE=uchar", &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(features), ARG_SIZE(spread.rows),
            ARG_SIZE(spread.span)));
}

static enum nncl_status gather_prepare(struct op_site *site)
{
    enum nncl_type type = source_type(site->list, site->op);
    if (type == NNCL_UINT32)
        return prepare_labels(site);
    const struct nncl_gather *gather = (const void *)site->op->attributes;
    size_t n = op_size(site->list, site->op, 2, 0), features = op_size(site->list, site->op, 2, 1);
    if (site->list->tensors[site->op->tensor[2]].type == NNCL_UINT8)
        return prepare_bytes(site, n, features);
    struct spread spread = spread_matrix(site->device, n, features);
    return spread_launch(site, "gather", "gather",
        type == NNCL_UINT8 ? "-DSOURCE=uchar" : "-DSOURCE=float", &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(features), ARG_FLOAT(gather->scale),
            ARG_FLOAT(gather->shift), ARG_SIZE(spread.rows), ARG_SIZE(spread.span)));
}

static void gather_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    const struct nncl_gather *gather = (const void *)op->attributes;
    size_t n = op_size(list, op, 1, 0);
    switch (source_type(list, op)) {
    case NNCL_UINT32:
        ref_gather_uint32(n, arrays[0], arrays[1], arrays[2]);
        break;
    case NNCL_UINT8:
        ref_gather_uint8(n, op_size(list, op, 2, 1), gather->scale, gather->shift, arrays[0],
            arrays[1], arrays[2]);
        break;
    case NNCL_FLOAT32:
        ref_gather_float32(n, op_size(list, op, 2, 1), gather->scale, gather->shift, arrays[0],
            arrays[1], arrays[2]);
        break;
    }
}

/* Rows of bytes in which 0 stays 0: kernels skip those. */
static bool is_gather(const struct nncl_op_list *list, const struct op *op)
{
    const struct nncl_gather *gather = (const void *)op->attributes;
    return source_type(list, op) == NNCL_UINT8 && gather->shift == 0;
}

/* A scale for each element, and a shift where there is one. */
static double gather_flop(const struct nncl_op_list *list, const struct op *op)
{
    const struct nncl_gather *gather = (const void *)op->attributes;
    bool labels = source_type(list, op) == NNCL_UINT32;
    return labels ? 0 : (gather->shift == 0 ? 1 : 2) * (double)op_elements(list, op, 2);
}

/* Of the source only the rows asked for. */
static size_t gather_touches(const struct nncl_op_list *list, const struct op *op, unsigned index)
{
    return op_elements(list, op, index == 0 ? 2 : index);
}

static struct nncl_shape gather_extent(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->tensor[2]].shape;
}

static const struct op_type op_gather = {.name = "gather",
    .inputs = 2,
    .outputs = 1,
    .prepare = gather_prepare,
    .reference = gather_reference,
    .flop = gather_flop,
    .touches = gather_touches,
    .extent = gather_extent,
    .is_gather = is_gather};

enum nncl_status nncl_op_gather(struct nncl_op_list *list, const struct nncl_gather *gather,
    nncl_tensor_id source, nncl_tensor_id rows, nncl_tensor_id *out)
{
    enum nncl_type type = source < list->tensor_count ? list->tensors[source].type : NNCL_FLOAT32;
    bool labels = type == NNCL_UINT32;
    const struct op_demand demands[] = {{source, "source", type, labels ? SHAPE(0) : SHAPE(0, 0)},
        {rows, "rows", NNCL_UINT32, SHAPE(0)}};
    enum nncl_status status = op_demand(list, "gather", demands, 2);
    if (status != NNCL_OK)
        return status;
    const size_t n = op_shape(list, rows).size[0], most = op_shape(list, source).size[0];
    struct nncl_gather attributes = gather ? *gather : (struct nncl_gather){0};
    if (attributes.scale == 0)
        attributes.scale = 1;
    if (attributes.in_order && n != most)
        return nncl_fail(NNCL_USAGE, "gather: %zu rows in order are not all of %zu", n, most);
    const nncl_tensor_id given[] = {source, rows};
    const struct op_output output = {labels ? NNCL_UINT32 : NNCL_FLOAT32,
        labels ? SHAPE(n) : SHAPE(n, op_shape(list, source).size[1]), out};
    return op_append(list, &op_gather, given, &output, &attributes, sizeof attributes);
}
