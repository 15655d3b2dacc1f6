/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Whole trainings beside PyTorch's, step by step (trainings.py records them): clipping, weight
 * decay and averages stand where they do there. Runs on the device, and again on the reference. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"
#include "record.h"
#include "support.h"

TestSuite(trainings, .init = support_folder_make, .fini = support_folder_remove);

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* All rows, as floats. */
static struct nncl_dataset *read_rows(const json_t *record)
{
    const json_t *rows = json_object_get(record, "rows"),
                 *labels = json_object_get(record, "labels");
    const size_t count = json_array_size(rows), features = json_array_size(json_array_get(rows, 0));
    float *values = malloc(count * features * sizeof *values);
    uint32_t *classes = malloc(count * sizeof *classes);
    cr_assert(values && classes);
    for (size_t i = 0; i < count; i++) {
        classes[i] = (uint32_t)json_integer_value(json_array_get(labels, i));
        for (size_t j = 0; j < features; j++)
            values[i * features + j] =
                (float)json_number_value(json_array_get(json_array_get(rows, i), j));
    }
    const struct nncl_dataset_source source = {.type = NNCL_FLOAT32,
        .features = values,
        .labels = classes,
        .rows = count,
        .shape = {1, (uint32_t)features, 1},
        .classes = 2};
    struct nncl_dataset *data = NULL;
    OK(nncl_dataset_create(&source, &data));
    free(values);
    free(classes);
    return data;
}

static void set_parameters(struct nncl_model *model, const json_t *values)
{
    size_t next = 0;
    for (size_t i = 0; i < nncl_model_parameter_count(model); i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(model, i);
        for (size_t j = 0; j < nncl_shape_elements(&parameter->shape); j++)
            parameter->values[j] = (float)json_number_value(json_array_get(values, next++));
    }
    cr_assert_eq(next, json_array_size(values));
}

/* A step an epoch, on all rows, also if these come in parts. */
static struct nncl_fit_options options_of(const json_t *recorded, size_t rows)
{
    const uint32_t parts = (uint32_t)number(recorded, "parts");
    return (struct nncl_fit_options){.batch_size = (uint32_t)rows / (parts ? parts : 1),
        .accumulate = parts,
        .optimizer = json_string_value(json_object_get(recorded, "optimizer")),
        .learning_rate = (float)number(recorded, "lr"),
        .weight_decay = (float)number(recorded, "weight_decay"),
        .clip_norm = (float)number(recorded, "clip_norm"),
        .clip_value = (float)number(recorded, "clip_value"),
        .ema_decay = (float)number(recorded, "ema_decay"),
        .skip_check = true};
}

/* Of numbers near 1, each step some roundings off. */
static void expect_near(
    const struct nncl_model *model, const json_t *wanted, size_t index, size_t step)
{
    size_t count;
    float *got = problem_parameters(model, &count);
    cr_assert_eq(count, json_array_size(wanted));
    for (size_t i = 0; i < count; i++) {
        const double value = json_number_value(json_array_get(wanted, i));
        cr_expect(fabs((double)got[i] - value) <= 3e-6 * (1 + fabs(value)),
            "case %zu, step %zu, [%zu]: %.9g, recorded %.9g", index, step + 1, i, (double)got[i],
            value);
    }
    free(got);
}

Test(trainings, do_what_pytorch_does)
{
    json_t *record = record_read("tests/train/trainings.json");
    struct nncl_device *device = support_device();
    struct nncl_dataset *data = read_rows(record);
    size_t index;
    const json_t *recorded;
    json_array_foreach(json_object_get(record, "cases"), index, recorded)
    {
        const char *network = json_string_value(json_object_get(recorded, "network"));
        const json_t *start = json_object_get(json_object_get(record, "starts"), network);
        const json_t *steps = json_object_get(recorded, "steps");
        struct nncl_fit_options options = options_of(recorded, nncl_dataset_get(data)->rows);
        for (size_t step = 0; step < json_array_size(steps); step++) {
            struct nncl_model *model = problem_model(network, data);
            set_parameters(model, start);
            options.epochs = (uint32_t)step + 1;
            OK(nncl_fit(device, model, data, NULL, &options));
            expect_near(model, json_array_get(steps, step), index, step);
            nncl_model_free(&model);
        }
    }
    cr_expect_eq(index, 10);
    nncl_dataset_free(&data);
    nncl_device_close(&device);
    json_decref(record);
}
