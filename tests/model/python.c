/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The safetensors package from PyPI reads what nncl writes, and the other way round. $NNCL_PYTHON,
 * or python3, runs the scripts beside this file if it has the packages safetensors and numpy. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/model.h>
#include <nncl/program.h>
#include <nncl/train.h>

#include "base/file.h"
#include "scratch.h"

TestSuite(python, .init = scratch_enter, .fini = scratch_leave);

static int run_python(const char *arguments)
{
    const char *python = getenv("NNCL_PYTHON");
    char *command = text_format("'%s' %s", python && *python ? python : "python3", arguments);
    cr_assert_not_null(command);
    int result = system(command);
    free(command);
    return result;
}

static int run_script(const char *name, const char *arguments)
{
    const char *source = getenv("NNCL_SOURCE_DIR");
    char *all = text_format("'%s/tests/model/%s' %s", source ? source : ".", name, arguments);
    cr_assert_not_null(all);
    int result = run_python(all);
    free(all);
    return result;
}

static void need_packages(void)
{
    if (run_python("-c 'import numpy, safetensors' 2>/dev/null") != 0)
        cr_skip_test("no Python with the packages numpy and safetensors; see NNCL_PYTHON");
}

static const char network[] = "dense 16 relu, dense 7 relu, dense 5";
enum { FEATURES = 12, ROWS = 9, CLASSES = 5 };

static struct nncl_model *saved_model(const char *path)
{
    const struct nncl_model_input input = {.shape = {3, 4, 1}, .scale = 1 / 255.0f, .shift = -0.5f};
    struct nncl_model *model = NULL;
    cr_assert_eq(nncl_model_create(network, &input, &model), NNCL_OK);
    nncl_model_initialise(model, 3);
    for (size_t i = 1; i < 6; i += 2)
        nncl_model_parameter(model, i)->values[i - 1] = 0.125f * (float)i;
    cr_assert_eq(nncl_model_save(model, path), NNCL_OK, "%s", nncl_last_error());
    return model;
}

enum { MOST = ROWS * CLASSES };

/* What nncl itself predicts on a device; false if there is no such device. */
static bool predict(const char *selector, const char *path, const float *rows, float *p)
{
    struct nncl_device *device = NULL;
    struct nncl_model *model = NULL;
    struct nncl_dataset *dataset = NULL;
    enum nncl_status status = nncl_device_open(selector, &device);
    if (status == NNCL_NO_DEVICE)
        return false;
    cr_assert_eq(status, NNCL_OK, "%s", nncl_last_error());
    cr_assert_eq(nncl_model_load(path, &model), NNCL_OK, "%s", nncl_last_error());
    const struct nncl_model_input *input = nncl_model_get_input(model);
    const struct nncl_dataset_source source = {.type = NNCL_FLOAT32,
        .features = rows,
        .rows = ROWS,
        .shape = input->shape,
        .scale = input->scale,
        .shift = input->shift};
    cr_assert_eq(nncl_dataset_create(&source, &dataset), NNCL_OK, "%s", nncl_last_error());
    cr_assert_eq(nncl_predict(device, model, dataset, NULL, p), NNCL_OK, "%s", nncl_last_error());
    nncl_dataset_free(&dataset);
    nncl_model_free(&model);
    nncl_device_close(&device);
    return true;
}

static void expect_same(const char *selector, const float *rows, const double *from_numpy)
{
    float p[MOST];
    if (!predict(selector, "m.safetensors", rows, p))
        return;
    for (size_t i = 0; i < MOST; i++)
        cr_expect_float_eq(from_numpy[i], (double)p[i], 1e-5, "%s: row %zu class %zu", selector,
            i / CLASSES, i % CLASSES);
}

Test(python, numpy_computes_the_same_from_the_file)
{
    need_packages();
    struct nncl_model *model = saved_model("m.safetensors");
    float rows[ROWS][FEATURES];
    for (size_t i = 0; i < ROWS * FEATURES; i++)
        rows[i / FEATURES][i % FEATURES] = (float)(i * 37 % 256);
    cr_assert_eq(nncl_file_write("rows", rows, sizeof rows), NNCL_OK);
    cr_assert_eq(run_script("forward.py", "m.safetensors rows > probabilities"), 0);

    double from_numpy[MOST];
    FILE *file = fopen("probabilities", "r");
    cr_assert_not_null(file);
    for (size_t i = 0; i < MOST; i++)
        cr_assert_eq(fscanf(file, "%lf", &from_numpy[i]), 1, "number %zu", i);
    double more;
    cr_expect_eq(fscanf(file, "%lf", &more), EOF);
    fclose(file);
    expect_same("ref", rows[0], from_numpy);
    expect_same("auto", rows[0], from_numpy);
    nncl_model_free(&model);
}

Test(python, what_the_package_writes_is_read)
{
    need_packages();
    struct nncl_model *model = saved_model("m.safetensors"), *back = NULL;
    cr_assert_eq(run_script("rewrite.py", "m.safetensors again.safetensors"), 0);
    cr_assert_eq(nncl_model_load("again.safetensors", &back), NNCL_OK, "%s", nncl_last_error());
    for (size_t i = 0; i < nncl_model_parameter_count(model); i++) {
        const struct nncl_parameter *p = nncl_model_parameter(model, i);
        cr_expect_arr_eq(p->values, nncl_model_parameter(back, i)->values,
            nncl_shape_elements(&p->shape) * sizeof(float));
    }
    nncl_model_free(&model);
    nncl_model_free(&back);
}
