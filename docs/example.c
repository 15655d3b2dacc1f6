/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Trains the classic network on MNIST for one epoch and prints its accuracy on the test set. Build
 * with cc example.c -o example $(pkg-config --cflags --libs nncl) */
#include <nncl/nncl.h>
#include <stdio.h>

/* Leaves at the first failure. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != NNCL_OK)                                                                     \
            goto out;                                                                              \
    } while (0)

int main(void)
{
    struct nncl_device *device = NULL;
    struct nncl_mnist mnist = {0};
    struct nncl_model *model = NULL;
    struct nncl_evaluation test = {0};
    const struct nncl_fit_options options = {.epochs = 1, .seed = 1};
    enum nncl_status status;

    TRY(nncl_device_open(NULL, &device)); /* $NNCL_DEVICE, or the best device there is */
    printf("%s: %s\n", nncl_device_get_info(device)->name, nncl_device_choice(device));
    TRY(nncl_mnist_open(NULL, &mnist));
    printf("data: %s\n", mnist.source);

    const struct nncl_dataset_source *rows = nncl_dataset_get(mnist.train);
    const struct nncl_model_input input = {
        .shape = rows->shape, .scale = rows->scale, .shift = rows->shift};
    TRY(nncl_model_create("dense 128 relu, dense 10", &input, &model));
    nncl_model_initialise(model, 1);
    TRY(nncl_fit(device, model, mnist.train, NULL, &options));
    TRY(nncl_evaluate(device, model, mnist.test, NULL, &test));
    printf("%s accuracy: %.4f\n", mnist.generated ? "Generated digits, not MNIST:" : "Test",
        test.accuracy);
out:
    if (status != NNCL_OK)
        fprintf(stderr, "example: %s\n", nncl_last_error());
    nncl_evaluation_free(&test);
    nncl_model_free(&model);
    nncl_mnist_free(&mnist);
    nncl_device_close(&device);
    return (int)status;
}
