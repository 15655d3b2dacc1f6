/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The products and convolutions of a training step. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "gemm/database.h"
#include "model/emit.h"
#include "ops/conv2d.h"
#include "ops/op.h"
#include "tune/tune.h"

/* The step's op list, as far as products are concerned. */
static enum nncl_status emit(
    const struct nncl_model *model, size_t batch, struct nncl_op_list *list)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_picture_shape *input = &nncl_model_get_input(model)->shape;
    const struct nncl_shape rows = SHAPE(
                                batch, (size_t)input->height * input->width * input->channels),
                            one = SHAPE(batch);
    size_t count = nncl_model_parameter_count(model);
    nncl_tensor_id x, labels, logits, slope, *ids = calloc(2 * count + 1, sizeof *ids);
    struct model_tape tape = {0};
    if (!ids)
        return nncl_fail_memory("a network's tensors", 2 * count * sizeof *ids);
    TRY(nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &rows, &x));
    TRY(nncl_op_list_tensor(list, "labels", NNCL_UINT32, &one, &labels));
    TRY(model_declare(model, list, ids));
    TRY(model_forward(model, list, NULL, x, ids, &tape, &logits));
    TRY(nncl_op_softmax_xent_backward(list, logits, labels, &slope));
    TRY(model_backward(model, list, &tape, slope, ids + count));
out:
    model_tape_free(&tape);
    free(ids);
    return status;
}

/* False if the op is no product. */
static bool product_of(
    const struct nncl_op_list *list, const struct op *op, struct nncl_tune_shape *shape)
{
    const struct nncl_matmul *matmul = (const void *)op->attributes;
    if (strcmp(op->type->name, "matmul") != 0)
        return false;
    *shape = (struct nncl_tune_shape){.m = op_size(list, op, 2, 0),
        .n = op_size(list, op, 2, 1),
        .k = op_size(list, op, 0, matmul->transpose_a ? 0 : 1),
        .transpose_a = matmul->transpose_a,
        .transpose_b = matmul->transpose_b};
    return true;
}

static bool is_new(
    const struct nncl_tune_shape *shapes, size_t count, const struct nncl_tune_shape *shape)
{
    for (size_t i = 0; i < count; i++)
        if (shapes[i].m == shape->m && shapes[i].n == shape->n && shapes[i].k == shape->k &&
            shapes[i].transpose_a == shape->transpose_a &&
            shapes[i].transpose_b == shape->transpose_b)
            return false;
    return true;
}

enum nncl_status nncl_tune_shapes(
    const struct nncl_model *model, size_t batch, struct nncl_tune_shape **shapes, size_t *count)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_op_list *list = NULL;
    struct nncl_tune_shape *found = NULL;
    size_t found_count = 0;
    if (batch == 0)
        return nncl_fail(NNCL_USAGE, "a batch has at least one row");
    TRY(nncl_op_list_create(&list));
    TRY(emit(model, batch, list));
    found = calloc(list->op_count + 1, sizeof *found);
    if (!found)
        TRY(nncl_fail_memory("a network's products", list->op_count * sizeof *found));
    for (size_t i = 0; i < list->op_count; i++) {
        struct nncl_tune_shape shape;
        if (product_of(list, &list->ops[i], &shape) && is_new(found, found_count, &shape))
            found[found_count++] = shape;
    }
    *shapes = found;
    *count = found_count;
    found = NULL;
out:
    free(found);
    nncl_op_list_free(&list);
    return status;
}

/* False if the op is no convolution. */
static bool convolution_of(
    const struct nncl_op_list *list, const struct op *op, struct nncl_tune_convolution *convolution)
{
    static const char *const names[TUNING_PASSES] = {[TUNING_FORWARD] = "conv2d",
        [TUNING_INPUT] = "conv2d_backward_input",
        [TUNING_WEIGHTS] = "conv2d_backward_weights"};
    for (unsigned pass = 0; pass < TUNING_PASSES; pass++)
        if (strcmp(op->type->name, names[pass]) == 0) {
            const struct tuning_convolution tuned = conv_tuned(
                (const void *)op->attributes, (enum tuning_pass)pass, op_size(list, op, 0, 0));
            *convolution = tune_public_convolution(&tuned);
            return true;
        }
    return false;
}

static bool is_new_convolution(const struct nncl_tune_convolution *convolutions, size_t count,
    const struct nncl_tune_convolution *convolution)
{
    struct tuning_convolution one, other;
    (void)tune_take_convolution(convolution, &one);
    for (size_t i = 0; i < count; i++) {
        (void)tune_take_convolution(&convolutions[i], &other);
        if (tuning_same_convolution(&one, &other))
            return false;
    }
    return true;
}

enum nncl_status nncl_tune_convolutions(const struct nncl_model *model, size_t batch,
    struct nncl_tune_convolution **convolutions, size_t *count)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_op_list *list = NULL;
    struct nncl_tune_convolution *found = NULL;
    size_t found_count = 0;
    if (batch == 0)
        return nncl_fail(NNCL_USAGE, "a batch has at least one row");
    TRY(nncl_op_list_create(&list));
    TRY(emit(model, batch, list));
    found = calloc(list->op_count + 1, sizeof *found);
    if (!found)
        TRY(nncl_fail_memory("a network's convolutions", list->op_count * sizeof *found));
    for (size_t i = 0; i < list->op_count; i++) {
        struct nncl_tune_convolution convolution;
        if (convolution_of(list, &list->ops[i], &convolution) &&
            is_new_convolution(found, found_count, &convolution))
            found[found_count++] = convolution;
    }
    *convolutions = found;
    *count = found_count;
    found = NULL;
out:
    free(found);
    nncl_op_list_free(&list);
    return status;
}
