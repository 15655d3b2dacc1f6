/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The confusion matrix. */
#include "base/status.h"
#include "ops/spread.h"
#include "ref/ref.h"

static enum nncl_status confusion_prepare(struct op_site *site)
{
    size_t n = op_size(site->list, site->op, 0, 0), classes = op_size(site->list, site->op, 2, 0);
    struct spread spread = spread_elements(site->device, n, 1);
    return spread_launch(site, "confusion", "confusion", NULL, &spread,
        ARGUMENTS(ARG_BUFFER(site->buffers[0]), ARG_BUFFER(site->buffers[1]),
            ARG_BUFFER(site->buffers[2]), ARG_SIZE(n), ARG_SIZE(classes), ARG_SIZE(spread.span)));
}

static void confusion_reference(
    const struct nncl_op_list *list, const struct op *op, void *const *arrays)
{
    ref_confusion(
        op_size(list, op, 0, 0), op_size(list, op, 2, 0), arrays[0], arrays[1], arrays[2]);
}

static const struct op_type op_confusion = {.name = "confusion",
    .inputs = 2,
    .updates = 1,
    .prepare = confusion_prepare,
    .reference = confusion_reference};

enum nncl_status nncl_op_confusion(struct nncl_op_list *list, nncl_tensor_id labels,
    nncl_tensor_id predicted, nncl_tensor_id counts)
{
    size_t n = op_shape(list, labels).size[0], classes = op_shape(list, counts).size[0];
    const struct op_demand demands[] = {{labels, "labels", NNCL_UINT32, SHAPE(0)},
        {predicted, "predicted", NNCL_UINT32, SHAPE(n)},
        {counts, "counts", NNCL_UINT32, SHAPE(classes, classes)}};
    enum nncl_status status = op_demand(list, "confusion", demands, 3);
    if (status != NNCL_OK)
        return status;
    const nncl_tensor_id given[] = {labels, predicted, counts};
    return op_append(list, &op_confusion, given, NULL, NULL, 0);
}
