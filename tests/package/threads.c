/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Two threads train at once, each on a device of its own, and get the bits that each device gives
 * when it trains alone. Through the shared library and its public headers only. */
#include <criterion/criterion.h>
#include <nncl/nncl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { ROWS = 257, FEATURES = 19, CLASSES = 3, WEIGHTS = FEATURES * 16 };

struct worker {
    char selector[16];
    float weights[WEIGHTS];
    enum nncl_status status;
    char error[512];
};

/* Rows whose class follows from the first feature. */
static enum nncl_status make_rows(struct nncl_dataset **dataset)
{
    static float features[ROWS][FEATURES];
    static uint32_t labels[ROWS];
    for (uint32_t row = 0; row < ROWS; row++) {
        labels[row] = row % CLASSES;
        for (uint32_t feature = 0; feature < FEATURES; feature++)
            features[row][feature] = (float)((row * 7 + feature * 13 + labels[row] * 5) % 31) / 31;
    }
    const struct nncl_dataset_source source = {.type = NNCL_FLOAT32,
        .features = features,
        .labels = labels,
        .rows = ROWS,
        .shape = {1, FEATURES, 1},
        .classes = CLASSES};
    return nncl_dataset_create(&source, dataset);
}

static enum nncl_status train(struct worker *worker, const struct nncl_dataset *dataset)
{
    const struct nncl_model_input input = {.shape = {1, FEATURES, 1}};
    const struct nncl_fit_options options = {.epochs = 5, .seed = 3};
    struct nncl_device *device = NULL;
    struct nncl_model *model = NULL;
    enum nncl_status status = nncl_device_open(worker->selector, &device);
    if (status == NNCL_OK)
        status = nncl_model_create("dense 16 relu, dense 3", &input, &model);
    if (status == NNCL_OK) {
        nncl_model_initialise(model, 1);
        status = nncl_fit(device, model, dataset, NULL, &options);
    }
    if (status == NNCL_OK)
        memcpy(worker->weights, nncl_model_parameter(model, 0)->values, sizeof worker->weights);
    nncl_model_free(&model);
    nncl_device_close(&device);
    return status;
}

static struct nncl_dataset *rows;

static void *work(void *argument)
{
    struct worker *worker = argument;
    worker->status = train(worker, rows);
    strncpy(worker->error, nncl_last_error(), sizeof worker->error - 1);
    return NULL;
}

/* The selectors of the first two devices that can compute; the only one twice where there is no
 * second. Returns their number. */
static size_t choose_devices(struct worker *workers)
{
    struct nncl_device_list *list = NULL;
    cr_assert_eq(nncl_device_list_create(&list), NNCL_OK, "%s", nncl_last_error());
    size_t found = 0;
    for (size_t i = 0; i < nncl_device_list_count(list) && found < 2; i++) {
        const struct nncl_device_info *info = nncl_device_list_get(list, i);
        if (info->eligible)
            memcpy(workers[found++].selector, info->selector, sizeof info->selector);
    }
    if (found == 1)
        memcpy(workers[1].selector, workers[0].selector, sizeof workers[0].selector);
    nncl_device_list_free(&list);
    return found;
}

TestSuite(threads, .init = support_folder_make, .fini = support_folder_remove);

Test(threads, a_device_each)
{
    static struct worker workers[2], alone[2];
    if (choose_devices(workers) == 0) {
        const char *required = getenv("NNCL_REQUIRE_DEVICE");
        cr_assert(required == NULL || strcmp(required, "1") != 0, "no OpenCL device");
        cr_skip_test("no OpenCL device");
    }
    memcpy(alone, workers, sizeof alone);
    cr_assert_eq(make_rows(&rows), NNCL_OK, "%s", nncl_last_error());

    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 2; i++) {
        work(&alone[i]);
        cr_expect_eq(workers[i].status, NNCL_OK, "%s: %s", workers[i].selector, workers[i].error);
        cr_expect_eq(alone[i].status, NNCL_OK, "%s: %s", alone[i].selector, alone[i].error);
        cr_expect_arr_eq(workers[i].weights, alone[i].weights, sizeof alone[i].weights,
            "%s: other weights than when it trains alone", workers[i].selector);
        cr_expect(workers[i].weights[0] != 0.0f, "%s: nothing trained", workers[i].selector);
    }
    nncl_dataset_free(&rows);
}

Test(threads, errors_belong_to_their_thread)
{
    struct worker bad = {.selector = "gpu99"};
    pthread_t thread;
    cr_assert_eq(make_rows(&rows), NNCL_OK, "%s", nncl_last_error());
    struct nncl_model *model = NULL;
    const struct nncl_model_input input = {.shape = {1, FEATURES, 1}};
    cr_assert_eq(nncl_model_create("dense nothing", &input, &model), NNCL_USAGE);
    char mine[512];
    strncpy(mine, nncl_last_error(), sizeof mine - 1);
    mine[sizeof mine - 1] = '\0';
    cr_assert_eq(pthread_create(&thread, NULL, work, &bad), 0);
    pthread_join(thread, NULL);
    cr_expect_eq(bad.status, NNCL_NO_DEVICE);
    cr_expect_str_eq(nncl_last_error(), mine);
    cr_expect_str_neq(bad.error, mine);
    nncl_dataset_free(&rows);
}
