/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whole training steps on the device, every parameter held against the plain-C reference. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "support.h"

TestSuite(step, .init = support_folder_make, .fini = support_folder_remove);

static const float learning_rate = 0.001f;

static void fit(struct nncl_device *device, struct nncl_model *model,
    const struct nncl_dataset *dataset, uint32_t epochs, const char *gemm)
{
    const struct nncl_fit_options options = {
        .epochs = epochs, .seed = 3, .gemm = gemm, .skip_check = true};
    OK(nncl_fit(device, model, dataset, NULL, &options));
}

/* Trains twice, on the device and on the reference, and returns the largest difference. */
static double difference(
    const char *text, const struct nncl_dataset *dataset, uint32_t epochs, const char *gemm)
{
    struct nncl_device *device = support_device(), *reference = NULL;
    OK(nncl_device_open("ref", &reference));
    struct nncl_model *here = problem_model(text, dataset), *there = problem_model(text, dataset);
    fit(device, here, dataset, epochs, gemm);
    fit(reference, there, dataset, epochs, NULL);
    double largest = problem_difference(here, there);
    nncl_model_free(&here);
    nncl_model_free(&there);
    nncl_device_close(&device);
    nncl_device_close(&reference);
    return largest;
}

/* Adam's first step is α·g/(|g| + ε'), with ε' = ε/√(1 - β2) = 3e-6: a gradient g that is a sum of
 * 32 terms near 1e-2 carries a rounding error near 1e-9, which moves the step by at most α·1e-9/ε'
 * = 3e-4·α. Ten times that, and what later steps add to it, is allowed. */
static void expect_close(double largest, unsigned steps)
{
    cr_expect_lt(largest, 3e-3 * (double)learning_rate * steps, "%g", largest);
}

static void one_and_more_steps(const char *gemm)
{
    struct nncl_dataset *one = problem_floats(32, 37, 3), *more = problem_floats(150, 37, 3);
    expect_close(difference("dense 19 relu, dense 3", one, 1, gemm), 1);
    expect_close(difference("dense 19 relu, dense 3", more, 2, gemm), 10); /* the last batch: 22 */
    nncl_dataset_free(&one);
    nncl_dataset_free(&more);
}

Test(step, chosen_provider)
{
    one_and_more_steps("auto");
}

Test(step, vector)
{
    one_and_more_steps("vector");
}

Test(step, tiled)
{
    one_and_more_steps("tiled");
}

Test(step, clblast)
{
    if (strcmp(nncl_clblast_version(), "none") == 0)
        cr_skip_test("built without CLBlast");
    one_and_more_steps("clblast");
}

Test(step, the_default_network)
{
    struct nncl_dataset *dataset = problem_pictures(64);
    expect_close(difference("dense 128 relu, dense 10", dataset, 1, NULL), 2);
    nncl_dataset_free(&dataset);
}

Test(step, other_depths)
{
    struct nncl_dataset *dataset = problem_floats(33, 5, 2); /* a last batch of one row */
    expect_close(difference("dense 2", dataset, 1, NULL), 2);
    expect_close(difference("dense 7 relu, dense 1 relu, dense 2", dataset, 1, NULL), 2);
    nncl_dataset_free(&dataset);
}

/* What ran before step 1 to build kernels has left no trace: the first step of Adam moves no
 * parameter by more than the learning rate, and the largest move is all but it. */
Test(step, is_the_first)
{
    struct nncl_dataset *dataset = problem_floats(32, 37, 3);
    struct nncl_device *device = support_device();
    struct nncl_model *before = problem_model("dense 19 relu, dense 3", dataset);
    struct nncl_model *after = problem_model("dense 19 relu, dense 3", dataset);
    fit(device, after, dataset, 1, NULL);
    cr_expect_float_eq(
        problem_difference(before, after), (double)learning_rate, 0.002 * (double)learning_rate);
    nncl_model_free(&before);
    nncl_model_free(&after);
    nncl_dataset_free(&dataset);
    nncl_device_close(&device);
}
