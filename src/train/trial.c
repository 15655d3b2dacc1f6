/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "data/dataset.h"
#include "device/device.h"
#include "model/model.h"
#include "train/optimizer.h"
#include "train/pass.h"

enum { DEVICE_RUNS = 3, DRAWS = 2 };

/* Operations that the plain-C reference gets through in a moment. */
static const double most_operations = 2e8;

/* A step's loss, and of each parameter its new values between what the optimizer keeps of it and
 * their average, on one device; and those of a pair of steps if they are pipelined. */
struct outcome {
    float *values;
    size_t count;
};

/* What both devices are given. */
struct trial {
    const struct nncl_model *model;
    struct nncl_dataset *rows;
    float *start;                    /* every parameter's values, one after the other */
    struct nncl_fit_options options; /* of the step */
    struct nncl_optimizer optimizer;
    size_t values;         /* of one or more steps, in an outcome */
    bool pipelined;        /* steps behind one another may go another way than one alone */
    bool nondeterministic; /* seen so: no other draw can make up for that */
};

static size_t choose_rows(const struct nncl_model *model, size_t batch)
{
    double products = 1;
    for (size_t i = 0; i < model->layer_count; i++)
        products += model_layer_products(model, &model->layers[i]);
    double most = most_operations / (6.0 * products);
    return most < 1 ? 1 : most < (double)batch ? (size_t)most : batch;
}

/* Rows of noise in the form of the training set's. */
static enum nncl_status draw_rows(const struct nncl_dataset *train, uint32_t classes, size_t rows,
    uint64_t seed, struct nncl_dataset **dataset)
{
    struct nncl_dataset_source source = *nncl_dataset_get(train);
    const uint32_t key[2] = {(uint32_t)seed, 0};
    size_t features = dataset_row_features(&source.shape);
    size_t count = rows * features, bytes = count * nncl_type_size(source.type);
    void *noise = malloc(bytes);
    uint32_t *labels = calloc(rows, sizeof *labels), random[4];
    enum nncl_status status = NNCL_OK;
    if (!noise || !labels)
        TRY(nncl_fail_memory("the rows of a check", bytes));
    for (size_t i = 0; i < count; i++) {
        nncl_philox((const uint32_t[4]){(uint32_t)i, 0, 0, NNCL_STREAM_TRIAL}, key, random);
        if (source.type == NNCL_UINT8)
            ((uint8_t *)noise)[i] = (uint8_t)random[0];
        else
            ((float *)noise)[i] = nncl_uniform(random[0]);
    }
    for (size_t i = 0; i < rows; i++)
        labels[i] = (uint32_t)(i * 7 + seed) % classes;
    source.features = noise;
    source.labels = labels;
    source.rows = rows;
    source.classes = classes;
    TRY(nncl_dataset_create(&source, dataset));
out:
    free(noise);
    free(labels);
    return status;
}

static enum nncl_status fill_with_ones(struct nncl_tensor *tensor)
{
    size_t count = nncl_shape_elements(nncl_tensor_shape(tensor));
    float *ones = malloc(count * sizeof *ones);
    if (!ones)
        return nncl_fail_memory("a check", count * sizeof *ones);
    for (size_t i = 0; i < count; i++)
        ones[i] = 1;
    enum nncl_status status = nncl_tensor_write(tensor, ones);
    free(ones);
    return status;
}

/* Appends a tensor to an outcome that has room for it. */
static enum nncl_status append(struct nncl_tensor *tensor, struct outcome *outcome)
{
    enum nncl_status status = nncl_tensor_read(tensor, outcome->values + outcome->count);
    outcome->count += nncl_shape_elements(nncl_tensor_shape(tensor));
    return status;
}

/* What an optimizer keeps is 0, or 1 if it sums up squares, which keeps the update in proportion to
 * the gradient: from zeros, Adam's first step would be ±α however small the gradient is. */
static enum nncl_status begin_slots(
    const struct parameter_set *set, const struct parameter *parameter)
{
    enum nncl_status status = NNCL_OK;
    for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS && parameter->slots[j]; j++)
        TRY(set->optimizer->slots[j].squares ? fill_with_ones(parameter->slots[j])
                                             : buffer_zero(parameter->slots[j]->buffer));
out:
    return status;
}

static bool averages(const struct trial *trial)
{
    return trial->options.ema_decay != 0;
}

/* Some steps from the trial's start, appended to the outcome. */
static enum nncl_status try_steps(struct pass *pass, struct parameter_set *set,
    const struct trial *trial, uint32_t steps, struct outcome *outcome)
{
    enum nncl_status status = NNCL_OK;
    const uint32_t second = 1;
    uint32_t metrics[NNCL_METRICS_SIZE];
    const float *start = trial->start;
    for (size_t i = 0; i < set->count; i++) {
        TRY(nncl_tensor_write(set->parameters[i].weight, start));
        TRY(begin_slots(set, &set->parameters[i]));
        if (set->parameters[i].average)
            TRY(nncl_tensor_write(set->parameters[i].average, start));
        start += nncl_shape_elements(nncl_tensor_shape(set->parameters[i].weight));
    }
    TRY(buffer_zero(pass->metrics->buffer));
    TRY(pass_reset(pass));
    if (averages(trial)) /* the first step's average would be the weights alone */
        TRY(buffer_write(
            pass->state->buffer, NNCL_STATE_STEP * sizeof second, &second, sizeof second));
    TRY(pass_run_full(pass, steps));
    TRY(nncl_tensor_read(pass->metrics, metrics));
    memcpy(&outcome->values[outcome->count++], &metrics[NNCL_METRICS_LOSS], sizeof(float));
    for (size_t i = 0; i < set->count; i++) {
        for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS && set->parameters[i].slots[j]; j++)
            TRY(append(set->parameters[i].slots[j], outcome));
        TRY(append(set->parameters[i].weight, outcome));
        if (set->parameters[i].average)
            TRY(append(set->parameters[i].average, outcome));
    }
out:
    return status;
}

static enum nncl_status try_all(struct pass *pass, struct parameter_set *set,
    const struct trial *trial, struct outcome *outcome)
{
    outcome->count = 0;
    enum nncl_status status = try_steps(pass, set, trial, 1, outcome);
    if (status == NNCL_OK && trial->pipelined)
        status = try_steps(pass, set, trial, 2, outcome);
    return status;
}

/* Runs the step on one device; further runs must give the same bits. */
static enum nncl_status run_on(
    struct nncl_device *device, struct trial *trial, unsigned runs, struct outcome *outcome)
{
    enum nncl_status status = NNCL_OK;
    struct parameter_set set = {0};
    struct device_data data = {0};
    struct pass pass = {0};
    struct outcome again = {calloc(2 * trial->values, sizeof(float)), 0};
    outcome->values = calloc(2 * trial->values, sizeof(float));
    if (!outcome->values || !again.values)
        TRY(nncl_fail_memory("a check", 2 * trial->values * sizeof(float)));
    TRY(parameter_set_create(device, trial->model, &trial->optimizer,
        averages(trial) ? PARAMETERS_AVERAGE : PARAMETERS_ALONE, &set));
    TRY(device_data_upload(device, trial->model, trial->rows, "check", 0, &data));
    const struct pass_recipe recipe = {.purpose = PASS_TRAIN,
        .model = trial->model,
        .parameters = &set,
        .data = &data,
        .batch = data.rows,
        .options = &trial->options,
        .gemm = trial->options.gemm};
    TRY(pass_create(device, &recipe, &pass));
    trial->pipelined = trial->pipelined || pass.pipeline;
    TRY(try_all(&pass, &set, trial, outcome));
    for (unsigned run = 1; run < runs; run++) {
        TRY(try_all(&pass, &set, trial, &again));
        trial->nondeterministic =
            memcmp(again.values, outcome->values, again.count * sizeof(float)) != 0;
        if (trial->nondeterministic)
            TRY(nncl_fail(NNCL_CHECK_FAILED, "the same training step gives different results when "
                                             "run twice"));
    }
out:
    pass_free(&pass);
    device_data_free(&data);
    parameter_set_free(&set);
    free(again.values);
    return status;
}

static float largest(const float *values, const float *from, size_t count)
{
    float most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmaxf(most, fabsf(from ? values[i] - from[i] : values[i]));
    return most;
}

/* Holds one tensor against the reference. Its elements are sums of like size, so that rounding is
 * measured by the largest of them (or by the largest change, for weights): 1e-4 of that is about a
 * hundred roundings, and far below what a wrong kernel does. *scale: the largest so far of what
 * belongs together, brought up to date; NULL: this tensor stands for itself. */
static enum nncl_status compare(const char *what, const char *name, const float *got,
    const float *wanted, const float *before, size_t count, float *scale)
{
    float own = 0;
    scale = scale ? scale : &own;
    *scale = fmaxf(*scale, largest(wanted, before, count));
    float bound = 1e-4f * *scale;
    if (before)
        bound += 0x1p-22f * largest(before, NULL, count);
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(got[i] - wanted[i]) <= bound)) /* a NaN compares as false */
            return nncl_fail(NNCL_CHECK_FAILED, "%s %s [%zu] is %.9g where the reference has %.9g",
                what, name, i, (double)got[i], (double)wanted[i]);
    return NNCL_OK;
}

/* Where a comparison of two outcomes is. */
struct cursor {
    const float *got, *wanted, *start;
};

/* A layer's parameters have gradients of like size, or smaller ones: a bias before a batch
 * normalisation has none but for rounding. */
static enum nncl_status compare_layer(
    const struct trial *trial, const struct model_layer *layer, struct cursor *at)
{
    enum nncl_status status = NNCL_OK;
    const struct optimizer *optimizer = optimizer_of(&trial->optimizer);
    float sums = 0, changes[] = {0, 0};
    char what[32];
    for (size_t i = 0; i < layer->parameter_count; i++) {
        const struct nncl_parameter *parameter =
            nncl_model_parameter(trial->model, layer->first_parameter + i);
        const char *name = parameter->name;
        const size_t count = nncl_shape_elements(&parameter->shape);
        for (unsigned j = 0; parameter->trained && j < optimizer->info.slots; j++) {
            snprintf(what, sizeof what, "the optimizer's %s of", optimizer->slots[j].name);
            TRY(compare(what, name, at->got, at->wanted, NULL, count,
                optimizer->slots[j].squares ? NULL : &sums));
            at->got += count;
            at->wanted += count;
        }
        for (unsigned j = 0; j < (parameter->trained && averages(trial) ? 2 : 1); j++) {
            TRY(compare(j == 0 ? "the parameter" : "the average of", name, at->got, at->wanted,
                at->start, count, parameter->trained ? &changes[j] : NULL));
            at->got += count;
            at->wanted += count;
        }
        at->start += count;
    }
out:
    return status;
}

/* Of the outcomes what begins at `first`. */
static enum nncl_status compare_steps(const struct trial *trial, const struct outcome *got,
    const struct outcome *wanted, size_t first)
{
    enum nncl_status status = NNCL_OK;
    struct cursor at = {got->values + first, wanted->values + first, trial->start};
    TRY(compare("the", "loss", at.got++, at.wanted++, NULL, 1, NULL));
    for (size_t i = 0; i < trial->model->layer_count; i++)
        TRY(compare_layer(trial, &trial->model->layers[i], &at));
out:
    return status;
}

/* Outcomes have one part, or two of equal size. */
static enum nncl_status compare_all(
    const struct trial *trial, const struct outcome *got, const struct outcome *wanted)
{
    enum nncl_status status = compare_steps(trial, got, wanted, 0);
    if (status != NNCL_OK)
        return nncl_fail_while(status, "after one training step");
    if (trial->pipelined)
        status = compare_steps(trial, got, wanted, got->count / 2);
    return status == NNCL_OK ? status : nncl_fail_while(status, "after two training steps");
}

static enum nncl_status run_draw(
    struct nncl_device *device, struct nncl_device *reference, struct trial *trial)
{
    enum nncl_status status = NNCL_OK;
    struct outcome got = {0}, wanted = {0};
    TRY(run_on(device, trial, DEVICE_RUNS, &got));
    TRY(run_on(reference, trial, 1, &wanted));
    TRY(compare_all(trial, &got, &wanted));
out:
    free(got.values);
    free(wanted.values);
    return status;
}

/* The model's parameters with noise added: biases that start at 0 would hide that they are not
 * used. */
static enum nncl_status draw_start(struct trial *trial)
{
    const uint32_t key[2] = {1, 0};
    size_t next = 0;
    uint32_t random[4];
    trial->start = calloc(trial->values, sizeof *trial->start);
    if (!trial->start)
        return nncl_fail_memory("a check", trial->values * sizeof *trial->start);
    for (size_t i = 0; i < nncl_model_parameter_count(trial->model); i++) {
        const struct nncl_parameter *parameter = nncl_model_parameter(trial->model, i);
        for (size_t j = 0; j < nncl_shape_elements(&parameter->shape); j++, next++) {
            nncl_philox((const uint32_t[4]){(uint32_t)next, 0, 0, NNCL_STREAM_TRIAL}, key, random);
            trial->start[next] = parameter->values[j] + 0.1f * (nncl_uniform(random[0]) - 0.5f);
        }
    }
    return NNCL_OK;
}

static enum nncl_status run_draws(
    struct nncl_device *device, struct trial *trial, const struct nncl_dataset *train, size_t rows)
{
    struct nncl_device *reference = NULL;
    enum nncl_status status = nncl_device_open("ref", &reference);
    /* Where a ReLU's input is nearly 0, rounding decides whether its gradient passes. That happens
     * to one draw in a hundred; a wrong kernel fails every one. */
    for (uint64_t draw = 0; draw < DRAWS && status == NNCL_OK; draw++) {
        status = draw_rows(train, nncl_model_classes(trial->model), rows, draw, &trial->rows);
        if (status == NNCL_OK)
            status = run_draw(device, reference, trial);
        nncl_dataset_free(&trial->rows);
        if (status != NNCL_CHECK_FAILED || trial->nondeterministic)
            break;
        if (draw + 1 < DRAWS)
            status = NNCL_OK;
    }
    nncl_device_close(&reference);
    return status;
}

enum nncl_status trial_run(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_fit_options *options)
{
    struct trial trial = {.model = model, .options = *options, .values = 1};
    trial.options.learning_rate = 1;
    trial.options.seed = 0;
    trial.options.schedule = NULL;
    trial.options.augment = (struct nncl_augmentation){.mixup = options->augment.mixup};
    enum nncl_status status = optimizer_choose(options, &trial.optimizer);
    if (status != NNCL_OK)
        return status;
    for (size_t i = 0; i < nncl_model_parameter_count(model); i++)
        trial.values += (2 + NNCL_OPTIMIZER_SLOTS) *
                        nncl_shape_elements(&nncl_model_parameter(model, i)->shape);
    /* Two parts of a batch show how all are brought together. */
    size_t rows = choose_rows(model, options->batch_size);
    trial.options.batch_size = (uint32_t)rows;
    rows *= options->accumulate > 1 ? 2 : 1;
    status = draw_start(&trial);
    if (status == NNCL_OK)
        status = run_draws(device, &trial, train, rows);
    free(trial.start);
    return status;
}
