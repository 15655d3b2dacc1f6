/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A provider of products may keep the kernels it has built only while some product is prepared. One
 * that is never run keeps them through all cases. */
#include "check/run.h"

static enum nncl_status make_plan(
    struct nncl_device *device, const char *gemm, struct nncl_op_list *list, struct hold *hold)
{
    static const struct nncl_matmul plain = {0};
    const struct nncl_shape one = SHAPE(1, 1);
    const struct nncl_plan_options options = {.gemm = gemm};
    struct nncl_binding bindings[2];
    enum nncl_status status = NNCL_OK;
    for (int i = 0; i < 2 && status == NNCL_OK; i++) {
        status = nncl_op_list_tensor(list, "one", NNCL_FLOAT32, &one, &bindings[i].id);
        if (status == NNCL_OK)
            status = nncl_tensor_create(device, NNCL_FLOAT32, &one, &hold->factors[i]);
        bindings[i].tensor = hold->factors[i];
    }
    nncl_tensor_id product;
    if (status == NNCL_OK)
        status = nncl_op_matmul(list, &plain, bindings[0].id, bindings[1].id, &product);
    if (status == NNCL_OK)
        status = nncl_plan_create(device, list, bindings, 2, &options, &hold->plan);
    return status;
}

enum nncl_status hold_products(struct nncl_device *device, const char *gemm, struct hold *hold)
{
    struct nncl_op_list *list = NULL;
    *hold = (struct hold){0};
    enum nncl_status status = nncl_op_list_create(&list);
    if (status == NNCL_OK)
        status = make_plan(device, gemm, list, hold);
    nncl_op_list_free(&list);
    return status;
}

void hold_release(struct hold *hold)
{
    nncl_plan_free(&hold->plan);
    for (int i = 0; i < 2; i++)
        nncl_tensor_free(&hold->factors[i]);
}
