/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A host program that speaks German: locale_host LOCALE FOLDER. Under a decimal comma, a model must
 * be written as under the C locale, read back, and trained. Exit status: 0 all well, 1 not, 77 if
 * there is no such locale or no device. */
#include <locale.h>
#include <nncl/nncl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77

/* Saves a fresh model to FOLDER/name. */
static enum nncl_status save_fresh(const char *folder, const char *name, char path[4096])
{
    const struct nncl_model_input input = {.shape = {1, 5, 1}, .scale = 1.0f / 255, .shift = -0.5f};
    struct nncl_model *model = NULL;
    enum nncl_status status = nncl_model_create("dense 4 relu, dense 2", &input, &model);
    if (status != NNCL_OK)
        return status;
    nncl_model_initialise(model, 1);
    snprintf(path, 4096, "%s/%s", folder, name);
    status = nncl_model_save(model, path);
    nncl_model_free(&model);
    return status;
}

static size_t read_bytes(const char *path, unsigned char *bytes, size_t limit)
{
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(bytes, 1, limit, file);
    if (file != NULL)
        fclose(file);
    return size;
}

static int equal_files(const char *a, const char *b)
{
    unsigned char left[16384], right[16384];
    size_t size = read_bytes(a, left, sizeof left);
    return size > 0 && size == read_bytes(b, right, sizeof right) && memcmp(left, right, size) == 0;
}

/* Trains the saved model a little: constants of kernels are written as text, too. */
static enum nncl_status train(const char *path, struct nncl_evaluation *evaluation)
{
    static const float features[4][5] = {{1}, {0, 200}, {3}, {0, 190}};
    static const uint32_t labels[4] = {0, 1, 0, 1};
    const struct nncl_dataset_source source = {.type = NNCL_FLOAT32,
        .features = features,
        .labels = labels,
        .rows = 4,
        .shape = {1, 5, 1},
        .scale = 1.0f / 255,
        .shift = -0.5f};
    const struct nncl_fit_options options = {.epochs = 100, .learning_rate = 0.05f};
    struct nncl_device *device = NULL;
    struct nncl_dataset *dataset = NULL;
    struct nncl_model *model = NULL;
    enum nncl_status status = nncl_device_open(NULL, &device);
    if (status == NNCL_OK)
        status = nncl_model_load(path, &model);
    if (status == NNCL_OK)
        status = nncl_dataset_create(&source, &dataset);
    if (status == NNCL_OK)
        status = nncl_fit(device, model, dataset, NULL, &options);
    if (status == NNCL_OK)
        status = nncl_evaluate(device, model, dataset, NULL, evaluation);
    nncl_dataset_free(&dataset);
    nncl_model_free(&model);
    nncl_device_close(&device);
    return status;
}

int main(int count, char **arguments)
{
    char plain[4096], german[4096];
    if (count != 3)
        return 2;
    enum nncl_status status = save_fresh(arguments[2], "plain.safetensors", plain);
    if (setlocale(LC_ALL, arguments[1]) == NULL || strcmp(localeconv()->decimal_point, ",") != 0) {
        fprintf(stderr, "no locale %s with a decimal comma\n", arguments[1]);
        return SKIPPED;
    }
    struct nncl_evaluation evaluation = {0};
    if (status == NNCL_OK)
        status = save_fresh(arguments[2], "german.safetensors", german);
    if (status == NNCL_OK)
        status = train(german, &evaluation);
    if (status != NNCL_OK) {
        fprintf(stderr, "%s\n", nncl_last_error());
        return status == NNCL_NO_DEVICE ? SKIPPED : 1;
    }
    double accuracy = evaluation.accuracy;
    nncl_evaluation_free(&evaluation);
    if (!equal_files(plain, german)) {
        fprintf(stderr, "%s and %s differ\n", plain, german);
        return 1;
    }
    fprintf(stderr, "accuracy %g\n", accuracy);
    return accuracy == 1.0 ? 0 : 1;
}
