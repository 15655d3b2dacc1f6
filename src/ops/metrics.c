/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Loss and hits of a batch, added up. */
#include <stdio.h>

#include "ops/op.h"
#include "ref/ref.h"

enum { GPU_GROUP = 256 };

/* One work-group; its size fixes the order of the sums, so it depends on the device alone. */
static enum nncl_status metrics_prepare(struct op_site *site)
{
    bool cpu = site->device->info.kind == NNCL_DEVICE_CPU;
    size_t group = cpu ? 1 : step_group(site->device, GPU_GROUP);
    char options[32];
    snprintf(options, sizeof options, "-DGROUP=%zu", group);
    const struct step_launch launch = {.program = "metrics",
        .kernel = "metrics",
        .options = options,
        .dimensions = 1,
        .global = {group},
        .local = {group}};
    return op_launch(site, &launch,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_BUFFER(site->buffers[3]),
            ARG_BUFFER(site->buffers[4]), ARG_SIZE(op_size(site->list, site->op, 0, 0))));
}

static void metrics_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_metrics(op_size(list, op, 0, 0), arrays[0], arrays[1], arrays[2], arrays[3], arrays[4]);
}

/* The sum; what is done once a batch is not counted. */
static double metrics_flop(const struct nncl_op_list *list, const struct op *op)
{
    return (double)op_elements(list, op, 0);
}

static const struct op_type op_metrics = {.name = "metrics",
    .inputs = 3,
    .updates = 1,
    .outputs = 1,
    .prepare = metrics_prepare,
    .reference = metrics_reference,
    .flop = metrics_flop};

enum nncl_status nncl_op_metrics(struct nncl_op_list *list, nncl_tensor_id loss,
    nncl_tensor_id predicted, nncl_tensor_id labels, nncl_tensor_id metrics,
    nncl_tensor_id *batch_loss)
{
    size_t n = op_shape(list, loss).size[0];
    const struct op_demand demands[] = {{loss, "loss", NNCL_FLOAT32, SHAPE(0)},
        {predicted, "predicted", NNCL_UINT32, SHAPE(n)}, {labels, "labels", NNCL_UINT32, SHAPE(n)},
        {metrics, "metrics", NNCL_UINT32, SHAPE(NNCL_METRICS_SIZE)}};
    enum nncl_status status = op_demand(list, "metrics", demands, 4);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {loss, predicted, labels, metrics};
    const struct op_output output = {NNCL_FLOAT32, SHAPE(1), batch_loss};
    return op_append(list, &op_metrics, given, &output, NULL, 0);
}
