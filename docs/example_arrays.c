/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Trains on the caller's own arrays: rows of 37 measurements, each row of one of 3 classes. Build
 * with cc example_arrays.c -o example_arrays $(pkg-config --cflags --libs nncl) */
#include <nncl/nncl.h>
#include <stdio.h>

#define TRAINING_ROWS 2500
#define TEST_ROWS 500
#define ROWS (TRAINING_ROWS + TEST_ROWS)
#define FEATURES 37
#define CLASSES 3

static float features[ROWS][FEATURES];
static uint32_t labels[ROWS];

/* Made-up measurements: each class lifts every third feature, under noise from a small generator
 * (Numerical Recipes' linear congruential one). */
static void measure(void)
{
    uint32_t random = 1;
    for (uint32_t row = 0; row < ROWS; row++) {
        labels[row] = row % CLASSES;
        for (uint32_t feature = 0; feature < FEATURES; feature++) {
            random = random * 1664525U + 1013904223U;
            float noise = (float)(random >> 8) / (float)(1U << 24) - 0.5f;
            features[row][feature] =
                4.0f * noise + (feature % CLASSES == labels[row] ? 1.0f : 0.0f);
        }
    }
}

/* The first `count` rows from `first` on, as a data set. */
static enum nncl_status take(uint32_t first, uint32_t count, struct nncl_dataset **dataset)
{
    const struct nncl_dataset_source source = {
        .type = NNCL_FLOAT32,
        .features = features[first],
        .labels = labels + first,
        .rows = count,
        .shape = {.height = 1, .width = FEATURES, .channels = 1},
        .classes = CLASSES,
    };
    return nncl_dataset_create(&source, dataset);
}

/* Trains, evaluates and shows the probabilities of the first row of the test set. */
static enum nncl_status train(struct nncl_device *device, struct nncl_model *model,
    const struct nncl_dataset *training, const struct nncl_dataset *test)
{
    const struct nncl_fit_options options = {.epochs = 10, .learning_rate = 0.01f, .seed = 1};
    static float probabilities[TEST_ROWS][CLASSES];
    struct nncl_evaluation result;

    nncl_model_initialise(model, 1);
    enum nncl_status status = nncl_fit(device, model, training, NULL, &options);
    if (status == NNCL_OK)
        status = nncl_evaluate(device, model, test, NULL, &result);
    if (status != NNCL_OK)
        return status;
    printf("Test accuracy: %.4f\n", result.accuracy);
    nncl_evaluation_free(&result);

    status = nncl_predict(device, model, test, NULL, probabilities[0]);
    if (status == NNCL_OK)
        printf("Row 0 is of class %u; probabilities: %.3f %.3f %.3f\n",
            nncl_dataset_get(test)->labels[0], (double)probabilities[0][0],
            (double)probabilities[0][1], (double)probabilities[0][2]);
    return status;
}

int main(void)
{
    const struct nncl_model_input input = {.shape = {1, FEATURES, 1}};
    struct nncl_device *device = NULL;
    struct nncl_dataset *training = NULL, *test = NULL;
    struct nncl_model *model = NULL;

    measure();
    enum nncl_status status = nncl_device_open(NULL, &device);
    if (status == NNCL_OK)
        status = take(0, TRAINING_ROWS, &training);
    if (status == NNCL_OK)
        status = take(TRAINING_ROWS, TEST_ROWS, &test);
    if (status == NNCL_OK)
        status = nncl_model_create("dense 32 relu, dense 3", &input, &model);
    if (status == NNCL_OK)
        status = train(device, model, training, test);
    if (status != NNCL_OK)
        fprintf(stderr, "example_arrays: %s\n", nncl_last_error());
    nncl_model_free(&model);
    nncl_dataset_free(&test);
    nncl_dataset_free(&training);
    nncl_device_close(&device);
    return (int)status;
}
