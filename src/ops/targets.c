/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels as targets. */
#include <math.h>

#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

static const struct nncl_targets *settings(const struct op *op)
{
    return (const struct nncl_targets *)op->attributes;
}

static enum nncl_status targets_prepare(struct op_site *site)
{
    const struct nncl_targets *targets = settings(site->op);
    const size_t n = op_size(site->list, site->op, 0, 0);
    struct spread spread = spread_elements(site->device, n, targets->classes);
    return spread_launch(site, "targets", "targets", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]), ARG_SIZE(n),
            ARG_UINT(targets->classes), ARG_FLOAT(targets->on), ARG_FLOAT(targets->off),
            ARG_SIZE(spread.span)));
}

static void targets_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_targets(op_size(list, op, 0, 0), settings(op), arrays[0], arrays[1]);
}

static struct nncl_shape targets_extent(const struct nncl_op_list *list, const struct op *op)
{
    return list->tensors[op->tensor[1]].shape;
}

static const struct op_type op_targets = {.name = "targets",
    .inputs = 1,
    .outputs = 1,
    .prepare = targets_prepare,
    .reference = targets_reference,
    .extent = targets_extent};

enum nncl_status nncl_op_targets(struct nncl_op_list *list, const struct nncl_targets *targets,
    nncl_tensor_id labels, nncl_tensor_id *t)
{
    enum nncl_status status;
    const struct op_demand demand = {labels, "labels", NNCL_UINT32, SHAPE(0)};
    TRY(op_demand(list, "targets", &demand, 1));
    if (targets->classes == 0 || !isfinite(targets->on) || !isfinite(targets->off))
        TRY(nncl_fail(NNCL_USAGE,
            "targets: %u classes, of which %g and %g stand for the right one "
            "and the others",
            targets->classes, (double)targets->on, (double)targets->off));
    const struct op_output output = {
        NNCL_FLOAT32, SHAPE(op_shape(list, labels).size[0], targets->classes), t};
    TRY(op_append(list, &op_targets, &labels, &output, targets, sizeof *targets));
out:
    return status;
}
