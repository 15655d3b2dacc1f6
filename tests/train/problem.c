/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "problem.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"

/* The same number in [0, 1) for the same index, on every machine. */
static float noise(size_t index)
{
    const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), 0, 0}, key[2] = {5, 6};
    uint32_t out[4];
    nncl_philox(counter, key, out);
    return nncl_uniform(out[0]);
}

static struct nncl_dataset *make(const struct nncl_dataset_source *source)
{
    struct nncl_dataset *dataset = NULL;
    OK(nncl_dataset_create(source, &dataset));
    return dataset;
}

static uint32_t *make_labels(size_t rows, uint32_t classes)
{
    uint32_t *labels = malloc(rows * sizeof *labels);
    cr_assert_not_null(labels);
    for (size_t row = 0; row < rows; row++)
        labels[row] = (uint32_t)(row % classes);
    return labels;
}

struct nncl_dataset *problem_floats(size_t rows, uint32_t features, uint32_t classes)
{
    float *values = malloc(rows * features * sizeof *values);
    uint32_t *labels = make_labels(rows, classes);
    cr_assert_not_null(values);
    for (size_t row = 0; row < rows; row++)
        for (uint32_t j = 0; j < features; j++) {
            float lift = j % classes == labels[row] ? 1.0f : 0.0f;
            values[row * features + j] = 2 * noise(row * features + j) - 1 + lift;
        }
    const struct nncl_dataset_source source = {.type = NNCL_FLOAT32,
        .features = values,
        .labels = labels,
        .rows = rows,
        .shape = {1, features, 1},
        .classes = classes};
    struct nncl_dataset *dataset = make(&source);
    free(values);
    free(labels);
    return dataset;
}

void problem_split(struct nncl_dataset **train, struct nncl_dataset **validation)
{
    struct nncl_dataset *all = problem_floats(90, 60, 3);
    OK(nncl_dataset_split(all, 0.3, 3, train, validation));
    nncl_dataset_free(&all);
}

struct nncl_dataset *problem_pictures(size_t rows)
{
    enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };
    uint8_t *pixels = malloc(rows * PIXELS);
    uint32_t *labels = make_labels(rows, CLASSES);
    cr_assert_not_null(pixels);
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < PIXELS; i++) {
            bool bright = i / SIDE / 6 == labels[row] / 3 && i % SIDE / 9 == labels[row] % 3;
            pixels[row * PIXELS + i] =
                (uint8_t)(100 * noise(row * PIXELS + i) + (bright ? 150 : 0));
        }
    const struct nncl_dataset_source source = {.type = NNCL_UINT8,
        .features = pixels,
        .labels = labels,
        .rows = rows,
        .shape = {SIDE, SIDE, 1},
        .classes = CLASSES};
    struct nncl_dataset *dataset = make(&source);
    free(pixels);
    free(labels);
    return dataset;
}

struct nncl_model *problem_model(const char *text, const struct nncl_dataset *dataset)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    const struct nncl_model_input input = {
        .shape = source->shape, .scale = source->scale, .shift = source->shift};
    struct nncl_model *model = NULL;
    OK(nncl_model_create(text, &input, &model));
    nncl_model_initialise(model, 1);
    return model;
}

float *problem_parameters(const struct nncl_model *model, size_t *count)
{
    float *all = NULL;
    *count = 0;
    for (size_t i = 0; i < nncl_model_parameter_count(model); i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(model, i);
        size_t elements = nncl_shape_elements(&parameter->shape);
        all = realloc(all, (*count + elements) * sizeof *all);
        cr_assert_not_null(all);
        memcpy(all + *count, parameter->values, elements * sizeof *all);
        *count += elements;
    }
    return all;
}

double problem_difference(const struct nncl_model *a, const struct nncl_model *b)
{
    size_t count_a, count_b;
    float *all_a = problem_parameters(a, &count_a), *all_b = problem_parameters(b, &count_b);
    cr_assert_eq(count_a, count_b);
    double largest = 0;
    for (size_t i = 0; i < count_a; i++) {
        double difference = fabs((double)all_a[i] - (double)all_b[i]);
        largest = !(difference <= largest) ? difference : largest; /* a NaN counts as largest */
    }
    free(all_a);
    free(all_b);
    return largest;
}
