/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The op lists that models become: their ops and names, and their gradients against finite
 * differences, computed by the ops' references. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/emit.h"
#include "ops/op.h"

enum { ROWS = 4, FEATURES = 6, MAX_PARAMETERS = 16, MAX_TENSORS = 96 };

/* A model as a list of ops: forward, loss and backward. */
struct emitted {
    struct nncl_model *model;
    struct nncl_op_list *list;
    nncl_tensor_id x, labels, state, logits, loss, batch_loss, parameters[MAX_PARAMETERS],
        gradients[MAX_PARAMETERS];
    size_t forward_ops;
    void *arrays[MAX_TENSORS];
};

static void expect_ok(enum nncl_status status)
{
    cr_assert_eq(status, NNCL_OK, "%s", nncl_last_error());
}

static void build_backward(struct emitted *all, const struct model_tape *tape)
{
    nncl_tensor_id predicted, gradient;
    expect_ok(nncl_op_softmax_xent(all->list, all->logits, all->labels, &all->loss, &predicted));
    expect_ok(nncl_op_softmax_xent_backward(all->list, all->logits, all->labels, &gradient));
    expect_ok(model_backward(all->model, all->list, tape, gradient, all->gradients));
    expect_ok(model_update(all->model, all->list, tape, all->batch_loss));
}

static struct emitted build(const char *text)
{
    struct emitted all = {0};
    struct model_tape tape = {0};
    const struct nncl_model_input input = {.shape = {2, 3, 1}};
    const struct nncl_shape shape = SHAPE(ROWS, FEATURES), rows = SHAPE(ROWS);
    expect_ok(nncl_model_create(text, &input, &all.model));
    nncl_model_initialise(all.model, 1);
    expect_ok(nncl_op_list_create(&all.list));
    expect_ok(nncl_op_list_tensor(all.list, "x", NNCL_FLOAT32, &shape, &all.x));
    expect_ok(nncl_op_list_tensor(all.list, "labels", NNCL_UINT32, &rows, &all.labels));
    const struct nncl_shape words = SHAPE(NNCL_STATE_SIZE);
    expect_ok(nncl_op_list_tensor(all.list, "state", NNCL_UINT32, &words, &all.state));
    const struct nncl_shape scalar = SHAPE(1);
    expect_ok(nncl_op_list_tensor(all.list, "loss", NNCL_FLOAT32, &scalar, &all.batch_loss));
    expect_ok(model_declare(all.model, all.list, all.parameters));
    const struct model_pass pass = {.training = true, .seed = 1, .state = all.state};
    expect_ok(model_forward(all.model, all.list, &pass, all.x, all.parameters, &tape, &all.logits));
    all.forward_ops = all.list->op_count;
    build_backward(&all, &tape);
    model_tape_free(&tape);
    cr_assert_null(tape.records);
    return all;
}

static void emitted_free(struct emitted *all)
{
    for (size_t i = 0; i < MAX_TENSORS; i++)
        free(all->arrays[i]);
    nncl_op_list_free(&all->list);
    nncl_model_free(&all->model);
}

/* The ops' names, with spaces between. */
static void expect_ops(const struct emitted *all, const char *expected)
{
    char names[1024] = "";
    for (size_t i = 0; i < all->list->op_count; i++) {
        strcat(names, i ? " " : "");
        strcat(names, all->list->ops[i].type->name);
    }
    cr_expect_str_eq(names, expected);
}

Test(emit, the_default_kind_of_network)
{
    struct emitted all = build("dense 5 relu, dense 3");
    expect_ops(&all, "matmul bias relu matmul bias softmax_xent softmax_xent_backward "
                     "matmul matmul bias_backward relu_backward matmul bias_backward");
    const struct op_tensor *tensors = all.list->tensors;
    cr_expect_str_eq(tensors[all.parameters[0]].name, "0.weight");
    cr_expect_str_eq(tensors[all.parameters[3]].name, "2.bias");
    static const char *const layers[] = {"layer 0 (dense)", "layer 0 (dense)", "layer 1 (relu)",
        "layer 2 (dense)", "layer 2 (dense)"};
    for (size_t i = 0; i < all.forward_ops; i++) {
        const struct op *op = &all.list->ops[i];
        cr_expect_str_eq(tensors[op->tensor[op_tensor_count(op->type) - 1]].name, layers[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        const struct op_tensor *gradient = &tensors[all.gradients[i]];
        const struct op_tensor *parameter = &tensors[all.parameters[i]];
        cr_expect_eq(gradient->shape.rank, parameter->shape.rank);
        cr_expect_eq(gradient->shape.size[0], parameter->shape.size[0]);
        cr_expect(strstr(gradient->name, "gradient of ") == gradient->name);
        cr_expect_str_eq(gradient->name + strlen("gradient of "), parameter->name);
    }
    emitted_free(&all);
}

/* What lies below the first weights gets no gradient. */
Test(emit, nothing_is_computed_for_nothing)
{
    struct emitted all = build("relu, dense 3 relu");
    expect_ops(&all, "relu matmul bias relu softmax_xent softmax_xent_backward relu_backward "
                     "matmul bias_backward");
    emitted_free(&all);
}

Test(emit, no_tape_for_inference)
{
    const struct nncl_model_input input = {.shape = {1, FEATURES, 1}};
    const struct nncl_shape shape = SHAPE(ROWS, FEATURES);
    struct nncl_model *model = NULL;
    struct nncl_op_list *list = NULL;
    nncl_tensor_id x, parameters[2], logits;
    expect_ok(nncl_model_create("dense 3", &input, &model));
    expect_ok(nncl_op_list_create(&list));
    expect_ok(nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &shape, &x));
    expect_ok(model_declare(model, list, parameters));
    expect_ok(model_forward(model, list, NULL, x, parameters, NULL, &logits));
    cr_expect_eq(nncl_op_list_shape(list, logits)->size[1], 3u);
    nncl_op_list_free(&list);
    nncl_model_free(&model);
}

Test(emit, rows_of_another_width_are_refused)
{
    const struct nncl_model_input input = {.shape = {1, FEATURES, 1}};
    const struct nncl_shape shape = SHAPE(ROWS, FEATURES + 1);
    struct nncl_model *model = NULL;
    struct nncl_op_list *list = NULL;
    struct model_tape tape = {0};
    nncl_tensor_id x, parameters[2], logits;
    expect_ok(nncl_model_create("dense 3", &input, &model));
    expect_ok(nncl_op_list_create(&list));
    expect_ok(nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &shape, &x));
    expect_ok(model_declare(model, list, parameters));
    cr_expect_eq(model_forward(model, list, NULL, x, parameters, &tape, &logits), NNCL_USAGE);
    cr_expect_null(tape.records);
    model_tape_free(&tape);
    nncl_op_list_free(&list);
    nncl_model_free(&model);
}

static void allocate(struct emitted *all)
{
    cr_assert_lt(all->list->tensor_count, (size_t)MAX_TENSORS);
    for (size_t i = 0; i < all->list->tensor_count; i++)
        all->arrays[i] = calloc(nncl_shape_elements(&all->list->tensors[i].shape), 4);
    float *x = all->arrays[all->x];
    for (int i = 0; i < ROWS * FEATURES; i++)
        x[i] = (float)(i * 7 % 11) / 5 - 1;
    uint32_t *labels = all->arrays[all->labels];
    for (uint32_t i = 0; i < ROWS; i++)
        labels[i] = i % 3;
    for (size_t i = 0; i < nncl_model_parameter_count(all->model); i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(all->model, i);
        memcpy(all->arrays[all->parameters[i]], parameter->values,
            4 * nncl_shape_elements(&parameter->shape));
    }
}

/* Runs the list through the references; returns the batch's mean loss. */
static double run(struct emitted *all)
{
    for (size_t i = 0; i < all->list->op_count; i++) {
        const struct op *op = &all->list->ops[i];
        void *arrays[OP_MAX_TENSORS];
        for (unsigned j = 0; j < op_tensor_count(op->type); j++)
            arrays[j] = all->arrays[op->tensor[j]];
        op->type->reference(all->list, op, arrays);
    }
    const float *loss = all->arrays[all->loss];
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        sum += (double)loss[i];
    return sum / ROWS;
}

/* (loss(w + h) - loss(w - h)) / 2h for each weight. The loss is exact to about 1e-7, so with h =
 * 2^-7 the quotient is good to 1e-5 from rounding and about h² from curvature. */
static void expect_gradients(struct emitted *all, size_t index)
{
    const float h = 0x1p-7f;
    size_t elements = nncl_shape_elements(&nncl_model_parameter(all->model, index)->shape);
    float *values = all->arrays[all->parameters[index]], gradient[MAX_TENSORS];
    cr_assert_leq(elements, (size_t)MAX_TENSORS);
    run(all);
    memcpy(gradient, all->arrays[all->gradients[index]], 4 * elements);
    for (size_t i = 0; i < elements; i++) {
        float kept = values[i];
        values[i] = kept + h;
        double above = run(all);
        values[i] = kept - h;
        double below = run(all);
        values[i] = kept;
        cr_expect_float_eq((double)gradient[i], (above - below) / (2 * (double)h), 2e-4,
            "parameter %zu element %zu: %g", index, i, (double)gradient[i]);
    }
}

static void gradients_of(const char *text)
{
    struct emitted all = build(text);
    allocate(&all);
    for (size_t i = 0; i < nncl_model_parameter_count(all.model); i++)
        if (nncl_model_parameter(all.model, i)->trained)
            expect_gradients(&all, i);
    emitted_free(&all);
}

Test(emit, gradients_are_those_of_the_loss)
{
    gradients_of("dense 5 relu, dense 4, dense 3");
}

Test(emit, gradients_pass_through_every_activation)
{
    static const char *const texts[] = {"flatten, dense 5 leakyrelu 0.2, dense 4 elu, dense 3",
        "dense 5 gelu, dense 4 gelutanh, dense 3", "dense 5 silu, dense 4 sigmoid, dense 3",
        "dense 5 tanh, dense 4 softplus, dense 3", "dense 5 softmax, dense 3"};
    for (size_t text = 0; text < sizeof texts / sizeof *texts; text++)
        gradients_of(texts[text]);
}

/* Categorical cross-entropy takes its softmax by itself; other losses get probabilities. */
Test(emit, a_softmax_at_the_end_is_the_losss)
{
    struct emitted all = build("dense 4 tanh, dense 3 softmax");
    expect_ops(&all, "matmul bias tanh matmul bias softmax_xent softmax_xent_backward "
                     "matmul matmul bias_backward tanh_backward matmul bias_backward");
    nncl_tensor_id parameters[MAX_PARAMETERS], outputs;
    struct nncl_op_list *list = NULL;
    const struct nncl_shape shape = SHAPE(ROWS, FEATURES);
    nncl_tensor_id x;
    expect_ok(nncl_model_set_loss(all.model, NNCL_MEAN_SQUARED_ERROR));
    expect_ok(nncl_op_list_create(&list));
    expect_ok(nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &shape, &x));
    expect_ok(model_declare(all.model, list, parameters));
    expect_ok(model_forward(all.model, list, NULL, x, parameters, NULL, &outputs));
    cr_assert_eq(list->op_count, 6u);
    cr_expect_str_eq(list->ops[5].type->name, "softmax");
    nncl_op_list_free(&list);
    emitted_free(&all);
}

Test(emit, gradients_of_windows_are_those_of_the_loss)
{
    gradients_of("conv 3 1x2, maxpool 2x1 stride 1, conv 4 1x2, dense 3");
    gradients_of("conv 4 1x2, conv 4 2x2 same groups 2, avgpool 2 stride 1 same, dense 3");
    gradients_of("conv 3 1x1, globalavgpool, dense 3");
}

Test(emit, gradients_pass_through_batch_normalisation)
{
    gradients_of("dense 5 nobias, batchnorm epsilon 0.1 tanh, dense 3");
    gradients_of(
        "batchnorm epsilon 0.1, conv 3 1x2 nobias, batchnorm epsilon 0.1 sigmoid, dense 3");
}

Test(emit, gradients_pass_through_layer_normalisation)
{
    gradients_of("dense 5, layernorm epsilon 0.1 tanh, dense 3");
    gradients_of("layernorm epsilon 0.1, conv 3 1x2, layernorm channels epsilon 0.1 silu, dense 3");
    gradients_of(
        "conv 4 1x2 tanh, lrn 3 k 1 alpha 0.5 beta 0.5, conv 3 1x1, lrn alpha 0.1, dense 3");
}

/* In inference the running statistics stand, and nothing updates them. */
Test(emit, batch_normalisation_of_inference_is_one_op)
{
    const struct nncl_model_input input = {.shape = {1, FEATURES, 1}};
    const struct nncl_shape shape = SHAPE(ROWS, FEATURES);
    struct nncl_model *model = NULL;
    struct nncl_op_list *list = NULL;
    nncl_tensor_id x, parameters[MAX_PARAMETERS], logits;
    expect_ok(nncl_model_create("dense 3 nobias, batchnorm", &input, &model));
    expect_ok(nncl_op_list_create(&list));
    expect_ok(nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &shape, &x));
    expect_ok(model_declare(model, list, parameters));
    expect_ok(model_forward(model, list, NULL, x, parameters, NULL, &logits));
    cr_assert_eq(list->op_count, 2u);
    cr_expect_str_eq(list->ops[1].type->name, "batchnorm_inference");
    nncl_op_list_free(&list);
    nncl_model_free(&model);
}

/* Statistics move at the end of a step, when its loss is known. */
Test(emit, batch_normalisation_keeps_running_statistics)
{
    struct emitted all = build("dense 3 nobias, batchnorm");
    expect_ops(&all, "matmul batchnorm_statistics batchnorm softmax_xent softmax_xent_backward "
                     "batchnorm_backward_sums batchnorm_backward matmul batchnorm_running");
    allocate(&all);
    float *mean = all.arrays[all.parameters[3]], *variance = all.arrays[all.parameters[4]];
    const float *sums = all.arrays[all.list->ops[0].tensor[2]];
    run(&all);
    for (size_t c = 0; c < 3; c++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < ROWS; i++)
            sum += (double)sums[3 * i + c] / ROWS;
        for (size_t i = 0; i < ROWS; i++)
            squares += pow((double)sums[3 * i + c] - sum, 2) / (ROWS - 1);
        cr_expect_float_eq((double)mean[c], 0.1 * sum, 1e-6);
        cr_expect_float_eq((double)variance[c], 0.9 + 0.1 * squares, 1e-6);
    }
    emitted_free(&all);
}

/* A layer with several readers gets the sum of their gradients, the last reader's first; nothing is
 * computed for readers of what lies below the first weights. */
Test(emit, gradients_pass_through_sums)
{
    gradients_of("dense 5 tanh as start, dense 5 tanh, add start, dense 3");
    gradients_of("dense 5 as a tanh as b, dense 5 tanh, add a, dense 5 as c, add b, add a, add c, "
                 "dense 3");
    gradients_of("conv 3 1x2 as start tanh, conv 3 1x1, add start silu, dense 3");
    gradients_of("dense 4 as start, add start, dense 3");
    struct emitted all = build("dropout 0.5, flatten as x relu, add x, dense 3");
    expect_ops(&all, "dropout relu add matmul bias softmax_xent softmax_xent_backward matmul "
                     "bias_backward");
    emitted_free(&all);
}

Test(emit, gradients_pass_through_dropout)
{
    struct emitted all = build("dense 6 tanh, dropout 0.5, dense 5, dropout 0.25, dense 3");
    expect_ops(&all, "matmul bias tanh dropout matmul bias dropout matmul bias softmax_xent "
                     "softmax_xent_backward matmul matmul bias_backward dropout matmul matmul "
                     "bias_backward dropout tanh_backward matmul bias_backward");
    allocate(&all);
    for (size_t i = 0; i < nncl_model_parameter_count(all.model); i++)
        expect_gradients(&all, i);
    emitted_free(&all);
}
