/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Answers one question at a time, as a program in a control loop or behind a socket does: is a
 * point of the square inside the circle? Build with cc example_predict.c -o example_predict
 * $(pkg-config --cflags --libs nncl) */
#include <nncl/nncl.h>
#include <stdio.h>

#define ROWS 4000
#define QUESTIONS 1000

static float points[ROWS + QUESTIONS][2];
static uint32_t inside[ROWS + QUESTIONS];

/* Points all over the square from -1 to 1, by a small generator (Numerical Recipes' linear
 * congruential one). */
static void draw(void)
{
    uint32_t random = 1;
    for (uint32_t row = 0; row < ROWS + QUESTIONS; row++) {
        for (uint32_t axis = 0; axis < 2; axis++) {
            random = random * 1664525U + 1013904223U;
            points[row][axis] = (float)(random >> 8) / (float)(1U << 23) - 1.0f;
        }
        float x = points[row][0], y = points[row][1];
        inside[row] = x * x + y * y < 0.5f;
    }
}

static enum nncl_status learn(struct nncl_device *device, struct nncl_model *model)
{
    const struct nncl_dataset_source source = {.type = NNCL_FLOAT32,
        .features = points,
        .labels = inside,
        .rows = ROWS,
        .shape = {.height = 1, .width = 2, .channels = 1}};
    const struct nncl_fit_options options = {.epochs = 10, .learning_rate = 0.01f, .seed = 1};
    struct nncl_dataset *training = NULL;
    nncl_model_initialise(model, 1);
    enum nncl_status status = nncl_dataset_create(&source, &training);
    if (status == NNCL_OK)
        status = nncl_fit(device, model, training, NULL, &options);
    nncl_dataset_free(&training);
    return status;
}

/* One predictor, many questions: only the first line takes long. */
static enum nncl_status answer(struct nncl_device *device, const struct nncl_model *model)
{
    struct nncl_predictor *predictor = NULL;
    uint32_t right = 0;
    enum nncl_status status = nncl_predictor_create(device, model, 1, NULL, &predictor);
    for (uint32_t row = ROWS; row < ROWS + QUESTIONS && status == NNCL_OK; row++) {
        uint32_t class = 0;
        float probabilities[2];
        status = nncl_predictor_run(predictor, points[row], 1, probabilities, &class);
        right += class == inside[row];
    }
    nncl_predictor_free(&predictor);
    if (status == NNCL_OK)
        printf("Test accuracy: %.4f\n", (double)right / QUESTIONS);
    return status;
}

int main(void)
{
    const struct nncl_model_input input = {.shape = {1, 2, 1}};
    struct nncl_device *device = NULL;
    struct nncl_model *model = NULL;

    draw();
    enum nncl_status status = nncl_device_open(NULL, &device);
    if (status == NNCL_OK)
        status = nncl_model_create("dense 32 relu, dense 2", &input, &model);
    if (status == NNCL_OK)
        status = learn(device, model);
    if (status == NNCL_OK)
        status = answer(device, model);
    if (status != NNCL_OK)
        fprintf(stderr, "example_predict: %s\n", nncl_last_error());
    nncl_model_free(&model);
    nncl_device_close(&device);
    return (int)status;
}
