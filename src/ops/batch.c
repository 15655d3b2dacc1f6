/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A batch brought together: the group of permute and both gathers. */
#include "ops/groups.h"
#include "ops/spread.h"

static enum nncl_status batch_prepare(struct op_site *site)
{
    const struct op *parts = site->op->folded;
    const struct op *order = &parts[BATCH_PERMUTE], *features = &parts[BATCH_FEATURES],
                    *labels = &parts[BATCH_LABELS];
    const struct nncl_permute *permute = (const void *)order->attributes;
    struct buffer *const *tensors = site->tensors;
    size_t n = op_size(site->list, features, 2, 0), width = device_vector_width(site->device);
    struct spread spread = {.items = (n + width - 1) / width, .count = n};
    return spread_launch(site, "batch", "batch", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(tensors[order->tensor[0]]), ARG_BUFFER(tensors[features->tensor[0]]),
            ARG_BUFFER(tensors[labels->tensor[0]]), ARG_BUFFER(tensors[features->tensor[2]]),
            ARG_BUFFER(tensors[labels->tensor[2]]), ARG_SIZE(n),
            ARG_SIZE(op_size(site->list, features, 2, 1)), ARG_UINT(permute->count),
            ARG_UINT(permute->seed), ARG_UINT(permute->seed >> 32), ARG_UINT(permute->shuffle)));
}

static struct nncl_shape batch_extent(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->folded[BATCH_FEATURES].tensor[2]].shape;
}

const struct op_type op_batch = {.name = "batch", .prepare = batch_prepare, .extent = batch_extent};
