/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The check before a training: a device that computes wrongly trains nothing, one that has passed
 * is remembered. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "base/file.h"
#include "problem.h"
#include "support.h"

TestSuite(trial, .init = support_folder_make, .fini = support_folder_remove);

static bool count_checks(void *user, const struct nncl_fit_progress *progress)
{
    *(unsigned *)user += progress->event == NNCL_FIT_CHECK;
    return true;
}

static enum nncl_status train(
    const char *network, const char *optimizer, struct nncl_dataset *data, unsigned *checks)
{
    struct nncl_device *device = support_device();
    struct nncl_model *model = problem_model(network, data);
    const struct nncl_fit_options options = {
        .epochs = 1, .optimizer = optimizer, .seed = 7, .callback = count_checks, .user = checks};
    enum nncl_status status = nncl_fit(device, model, data, NULL, &options);
    nncl_model_free(&model);
    nncl_device_close(&device);
    return status;
}

Test(trial, a_network_is_checked_once)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    unsigned checks = 0;
    OK(train("dense 16 relu, dense 3", NULL, data, &checks));
    cr_expect_eq(checks, 1);
    OK(train("dense 16 relu, dense 3", NULL, data, &checks));
    cr_expect_eq(checks, 1, "the verdict was not kept");
    OK(train("dense 20 relu, dense 3", NULL, data, &checks));
    cr_expect_eq(checks, 2, "another network needs a check of its own");
    nncl_dataset_free(&data);
}

/* Puts cl/<file> with one text replaced where kernels are looked for first. */
static void break_kernel(const char *file, const char *text, const char *replacement)
{
    char path[4096];
    uint8_t *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/cl/%s", getenv("NNCL_SOURCE_DIR"), file);
    OK(file_read(path, 1 << 20, &bytes, &size));
    const char *found = strstr((const char *)bytes, text);
    cr_assert_not_null(found, "\"%s\" does not stand in %s", text, path);
    char *changed = text_format("%.*s%s%s", (int)(found - (const char *)bytes), (const char *)bytes,
        replacement, found + strlen(text));
    OK(nncl_file_write(file, changed, strlen(changed)));
    free(changed);
    free(bytes);
    cr_assert_eq(setenv("NNCL_CL_DIR", support_folder(), 1), 0);
}

static void expect_refusal(const char *file, const char *text, const char *replacement)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    unsigned checks = 0;
    break_kernel(file, text, replacement);
    cr_expect_eq(train("dense 16 relu, dense 3", NULL, data, &checks), NNCL_CHECK_FAILED);
    cr_expect(strstr(nncl_last_error(), "nothing was trained"), "%s", nncl_last_error());
    nncl_dataset_free(&data);
}

Test(trial, a_wrong_product_trains_nothing)
{
    expect_refusal("gemm_vector_panel.cl", "for (size_t i = 0; i < depth; i++)",
        "for (size_t i = 1; i < depth; i++)");
}

Test(trial, a_wrong_bias_trains_nothing)
{
    expect_refusal("bias.h.cl", "x + b", "x - b");
}

Test(trial, a_wrong_gradient_trains_nothing)
{
    expect_refusal("relu.h.cl", "y > SPLAT(0.0f)", "y >= SPLAT(0.0f)");
}

Test(trial, another_optimizer_is_checked_too)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    unsigned checks = 0;
    OK(train("dense 16 relu, dense 3", "sgd", data, &checks));
    OK(train("dense 16 relu, dense 3", "sgd", data, &checks));
    cr_expect_eq(checks, 1, "the verdict was not kept");
    break_kernel("update.h.cl", "*u = momentum * *u + g;", "*u = momentum * *u - g;");
    cr_expect_eq(train("dense 16 relu, dense 3", "momentum", data, &checks), NNCL_CHECK_FAILED);
    nncl_dataset_free(&data);
}

/* Also one that shows by little: the decay leaves a thousandth of the weights' change. */
Test(trial, a_wrong_average_trains_nothing)
{
    struct nncl_dataset *data = problem_floats(100, 37, 3);
    struct nncl_model *model = problem_model("dense 16 relu, dense 3", data);
    const struct nncl_fit_options options = {.epochs = 1, .ema_decay = 0.999f};
    break_kernel("ema.h.cl", "keep * (average - w)", "(average - w)");
    struct nncl_device *device = support_device();
    cr_expect_eq(nncl_fit(device, model, data, NULL, &options), NNCL_CHECK_FAILED);
    cr_expect(strstr(nncl_last_error(), "the average of"), "%s", nncl_last_error());
    nncl_device_close(&device);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
}

Test(trial, a_wrong_update_trains_nothing)
{
    expect_refusal("adam.h.cl", "(1.0f - adam.beta2)", "(1.0f - adam.beta1)");
}
