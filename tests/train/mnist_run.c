/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "mnist.h"
#include "problem.h"
#include "support.h"

struct nncl_mnist mnist_open(void)
{
    struct nncl_mnist mnist;
    if (!getenv("NNCL_DATA_DIR"))
        cr_skip_test("no MNIST: NNCL_DATA_DIR is not set");
    OK(nncl_mnist_open(NULL, &mnist));
    return mnist;
}

static bool keep_accuracy(void *user, const struct nncl_fit_progress *progress)
{
    if (progress->event == NNCL_FIT_EPOCH_END)
        *(double *)user = progress->val_accuracy;
    return true;
}

double mnist_train(const struct nncl_mnist *mnist, uint32_t epochs, uint64_t seed, const char *gemm,
    const char *path)
{
    double accuracy = 0;
    struct nncl_device *device = support_device();
    struct nncl_model *model = problem_model("dense 128 relu, dense 10", mnist->train);
    const struct nncl_fit_options options = {.epochs = epochs,
        .seed = seed,
        .gemm = gemm,
        .skip_check = true,
        .callback = keep_accuracy,
        .user = &accuracy};
    nncl_model_initialise(model, seed);
    OK(nncl_fit(device, model, mnist->train, mnist->test, &options));
    if (path)
        OK(nncl_model_save(model, path));
    nncl_model_free(&model);
    nncl_device_close(&device);
    return accuracy;
}
