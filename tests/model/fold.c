/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Models for inference: their layers, and that they predict what the trained ones do. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include <nncl/nncl.h>

static void expect_ok(enum nncl_status status)
{
    cr_assert_eq(status, NNCL_OK, "%s", nncl_last_error());
}

static const struct nncl_model_input input = {.shape = {6, 5, 2}, .scale = 0.5f, .shift = -0.25f};
enum { FEATURES = 6 * 5 * 2, ROWS = 9, CLASSES = 3 };

/* Parameters as after a training: nothing is 0 or 1, variances are positive. */
static struct nncl_model *make(const char *network)
{
    struct nncl_model *model = NULL;
    expect_ok(nncl_model_create(network, &input, &model));
    nncl_model_initialise(model, 4);
    for (size_t i = 0; i < nncl_model_parameter_count(model); i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(model, i);
        for (size_t j = 0; parameter->shape.rank == 1 && j < parameter->shape.size[0]; j++)
            parameter->values[j] = 0.25f + 0.125f * (float)((i * 5 + j * 3) % 11);
    }
    return model;
}

static void predict(const struct nncl_model *model, float probabilities[ROWS * CLASSES])
{
    float rows[ROWS * FEATURES];
    struct nncl_device *device = NULL;
    struct nncl_dataset *dataset = NULL;
    for (size_t i = 0; i < ROWS * FEATURES; i++)
        rows[i] = (float)(i * 37 % 101) / 25;
    const struct nncl_dataset_source source = {.type = NNCL_FLOAT32,
        .features = rows,
        .rows = ROWS,
        .shape = input.shape,
        .scale = input.scale,
        .shift = input.shift};
    expect_ok(nncl_device_open("ref", &device));
    expect_ok(nncl_dataset_create(&source, &dataset));
    expect_ok(nncl_predict(device, model, dataset, NULL, probabilities));
    nncl_dataset_free(&dataset);
    nncl_device_close(&device);
}

static void expect_folded(const char *network, const char *wanted)
{
    struct nncl_model *model = make(network), *folded = NULL;
    float before[ROWS * CLASSES], after[ROWS * CLASSES];
    expect_ok(nncl_model_fold(model, &folded));
    cr_expect_str_eq(nncl_model_text(folded), wanted);
    predict(model, before);
    predict(folded, after);
    for (size_t i = 0; i < ROWS * CLASSES; i++)
        cr_expect_float_eq((double)before[i], (double)after[i], 1e-5, "%s: [%zu] is %g, not %g",
            network, i, (double)after[i], (double)before[i]);
    nncl_model_free(&folded);
    nncl_model_free(&model);
}

Test(fold, batch_normalisation_becomes_part_of_the_product)
{
    expect_folded("dense 7 nobias, batchnorm relu, dense 3", "dense 7 relu, dense 3");
    expect_folded("conv 4 3x3 nobias, batchnorm relu, dense 5, batchnorm tanh, dense 3 nobias",
        "conv 4 3x3 relu, dense 5 tanh, dense 3 nobias");
    expect_folded("conv 4 3x3 groups 2 stride 2 nobias, batchnorm epsilon 0.5, batchnorm, dense 3",
        "conv 4 3x3 stride 2 groups 2, dense 3");
}

Test(fold, what_stands_elsewhere_stays)
{
    expect_folded("dense 3", "dense 3");
    expect_folded("batchnorm, dense 4 relu, batchnorm, dense 3",
        "batchnorm momentum 0.1 epsilon 1e-05, dense 4 relu, "
        "batchnorm momentum 0.1 epsilon 1e-05, dense 3");
}

/* A layer that another one reads keeps what that one reads. */
Test(fold, layers_that_are_joined_are_found_again)
{
    expect_folded("conv 4 1x1 nobias, batchnorm relu as start, conv 4 3x3 same nobias, batchnorm, "
                  "add start relu, dense 3",
        "conv 4 1x1 relu as start, conv 4 3x3 same, add start relu, dense 3");
    expect_folded("conv 4 1x1, batchnorm as start, conv 4 3x3 same, batchnorm, add start, dense 3",
        "conv 4 1x1 as start, conv 4 3x3 same, add start, dense 3");
    expect_folded("conv 4 1x1 as start, batchnorm, add start, dense 3",
        "conv 4 1x1 as start, batchnorm momentum 0.1 epsilon 1e-05, add start, dense 3");
}

Test(fold, names_of_classes_input_and_loss_stay)
{
    static const char *const names[] = {"cat", "dog", "cow"};
    struct nncl_model *model = make("dense 3, batchnorm"), *folded = NULL;
    expect_ok(nncl_model_name_classes(model, names));
    expect_ok(nncl_model_set_loss(model, NNCL_BINARY_CROSSENTROPY));
    expect_ok(nncl_model_fold(model, &folded));
    cr_expect_eq(nncl_model_loss(folded), NNCL_BINARY_CROSSENTROPY);
    cr_assert_not_null(nncl_model_class_names(folded));
    cr_expect_str_eq(nncl_model_class_names(folded)[1], "dog");
    cr_expect_eq(nncl_model_get_input(folded)->scale, 0.5f);
    nncl_model_free(&folded);
    nncl_model_free(&model);
}
