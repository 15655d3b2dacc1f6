/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The safetensors package from PyPI reads what nncl writes, and the other way round. $NNCL_PYTHON,
 * or python3, runs the scripts beside this file if it has the packages safetensors and numpy. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/model.h>
#include <nncl/program.h>

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

/* y = x·W + b for one row. */
static void dense(const struct nncl_model *model, size_t index, const double *x, double *y)
{
    const struct nncl_parameter *weight = nncl_model_parameter(model, index);
    const float *bias = nncl_model_parameter(model, index + 1)->values;
    size_t inputs = weight->shape.size[0], outputs = weight->shape.size[1];
    for (size_t j = 0; j < outputs; j++) {
        y[j] = (double)bias[j];
        for (size_t i = 0; i < inputs; i++)
            y[j] += x[i] * (double)weight->values[i * outputs + j];
    }
}

static void relu(double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = fmax(x[i], 0);
}

/* The network above, written out. */
static void probabilities(const struct nncl_model *model, const float *row, double *p)
{
    const struct nncl_model_input *input = nncl_model_get_input(model);
    double x[FEATURES], first[16], second[7], sum = 0;
    for (size_t i = 0; i < FEATURES; i++)
        x[i] = (double)row[i] * (double)input->scale + (double)input->shift;
    dense(model, 0, x, first);
    relu(first, 16);
    dense(model, 2, first, second);
    relu(second, 7);
    dense(model, 4, second, p);
    for (size_t i = 0; i < CLASSES; i++)
        sum += p[i] = exp(p[i]);
    for (size_t i = 0; i < CLASSES; i++)
        p[i] /= sum;
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

    FILE *file = fopen("probabilities", "r");
    cr_assert_not_null(file);
    for (size_t i = 0; i < ROWS; i++) {
        double expected[CLASSES], value;
        probabilities(model, rows[i], expected);
        for (size_t j = 0; j < CLASSES; j++) {
            cr_assert_eq(fscanf(file, "%lf", &value), 1, "row %zu class %zu", i, j);
            cr_expect_float_eq(value, expected[j], 1e-5, "row %zu class %zu", i, j);
        }
    }
    double more;
    cr_expect_eq(fscanf(file, "%lf", &more), EOF);
    fclose(file);
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
