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
                            one = SHAPE(batch), words = SHAPE(NNCL_STATE_SIZE);
    size_t count = nncl_model_parameter_count(model);
    nncl_tensor_id x, labels, logits, slope, *ids = calloc(2 * count + 1, sizeof *ids);
    struct model_pass pass = {.training = true};
    struct model_tape tape = {0};
    if (!ids)
        return nncl_fail_memory("a network's tensors", 2 * count * sizeof *ids);
    TRY(nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &rows, &x));
    TRY(nncl_op_list_tensor(list, "labels", NNCL_UINT32, &one, &labels));
    TRY(nncl_op_list_tensor(list, "state", NNCL_UINT32, &words, &pass.state));
    TRY(model_declare(model, list, ids));
    TRY(model_forward(model, list, &pass, x, ids, &tape, &logits));
    TRY(nncl_op_softmax_xent_backward(list, logits, labels, &slope));
    TRY(model_backward(model, list, &tape, slope, ids + count));
out:
    model_tape_free(&tape);
    free(ids);
    return status;
}

/* A kind of op that a list is searched for, and what is told of each. */
struct kind {
    const char *name;
    size_t size; /* of what is told */
    /* False if the op is of another kind. */
    bool (*take)(const struct nncl_op_list *list, const struct op *op, void *taken);
    bool (*same)(const void *one, const void *other);
};

static bool take_product(const struct nncl_op_list *list, const struct op *op, void *taken)
{
    struct nncl_tune_shape *shape = taken;
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

static bool same_product(const void *one, const void *other)
{
    const struct nncl_tune_shape *a = one, *b = other;
    return a->m == b->m && a->n == b->n && a->k == b->k && a->transpose_a == b->transpose_a &&
           a->transpose_b == b->transpose_b;
}

static bool take_convolution(const struct nncl_op_list *list, const struct op *op, void *taken)
{
    static const char *const names[TUNING_PASSES] = {[TUNING_FORWARD] = "conv2d",
        [TUNING_INPUT] = "conv2d_backward_input",
        [TUNING_WEIGHTS] = "conv2d_backward_weights"};
    struct nncl_tune_convolution *convolution = taken;
    for (unsigned pass = 0; pass < TUNING_PASSES; pass++)
        if (strcmp(op->type->name, names[pass]) == 0) {
            const struct tuning_convolution tuned = conv_tuned(
                (const void *)op->attributes, (enum tuning_pass)pass, op_size(list, op, 0, 0));
            *convolution = tune_public_convolution(&tuned);
            return true;
        }
    return false;
}

static bool same_convolution(const void *one, const void *other)
{
    struct tuning_convolution a, b;
    (void)tune_take_convolution(one, &a);
    (void)tune_take_convolution(other, &b);
    return tuning_same_convolution(&a, &b);
}

/* What there is of a kind in a training step, each once. */
static enum nncl_status collect(const struct nncl_model *model, size_t batch,
    const struct kind *kind, void **found, size_t *count)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_op_list *list = NULL;
    char *items = NULL;
    size_t taken = 0;
    if (batch == 0)
        return nncl_fail(NNCL_USAGE, "a batch has at least one row");
    TRY(nncl_op_list_create(&list));
    TRY(emit(model, batch, list));
    items = calloc(list->op_count + 1, kind->size);
    if (!items)
        TRY(nncl_fail_memory(kind->name, list->op_count * kind->size));
    for (size_t i = 0; i < list->op_count; i++) {
        char *item = items + taken * kind->size;
        bool is_new = kind->take(list, &list->ops[i], item);
        for (size_t j = 0; j < taken && is_new; j++)
            is_new = !kind->same(items + j * kind->size, item);
        taken += is_new;
    }
    *found = items;
    *count = taken;
out:
    nncl_op_list_free(&list);
    return status;
}

enum nncl_status nncl_tune_shapes(
    const struct nncl_model *model, size_t batch, struct nncl_tune_shape **shapes, size_t *count)
{
    static const struct kind products = {
        "a network's products", sizeof **shapes, take_product, same_product};
    void *found = NULL;
    enum nncl_status status = collect(model, batch, &products, &found, count);
    if (status == NNCL_OK)
        *shapes = found;
    return status;
}

enum nncl_status nncl_tune_convolutions(const struct nncl_model *model, size_t batch,
    struct nncl_tune_convolution **convolutions, size_t *count)
{
    static const struct kind kind = {
        "a network's convolutions", sizeof **convolutions, take_convolution, same_convolution};
    void *found = NULL;
    enum nncl_status status = collect(model, batch, &kind, &found, count);
    if (status == NNCL_OK)
        *convolutions = found;
    return status;
}
