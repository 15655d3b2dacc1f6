/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Prediction with the default network: how soon one row is answered, and how many rows a second. */
#include <stdlib.h>

#include <nncl/predict.h>
#include <nncl/program.h>

#include "base/status.h"
#include "tune/bench.h"
#include "tune/bench_digits.h"

enum { PIXELS = 28 * 28, HIDDEN = 128, CLASSES = 10, MANY = 4096, BLOCKS = 9, MOST_CALLS = 200 };

/* Floating-point operations and weights of one row. */
static const double multiplications = PIXELS * HIDDEN + HIDDEN * CLASSES;

/* A model ready to predict, and what goes in and out. */
struct prediction {
    struct nncl_model *model;
    struct nncl_predictor *predictor;
    size_t batch;
    const void *features; /* bytes */
    float *probabilities;
};

static void close_prediction(struct prediction *prediction)
{
    nncl_predictor_free(&prediction->predictor);
    nncl_model_free(&prediction->model);
    free(prediction->probabilities);
}

static enum nncl_status open_prediction(struct bench *bench, const struct nncl_dataset *digits,
    size_t batch, struct prediction *prediction)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_dataset_source *source = nncl_dataset_get(digits);
    const struct nncl_model_input input = {.shape = source->shape, .scale = source->scale};
    const struct nncl_predictor_options options = {
        .type = source->type, .gemm = bench->options.gemm};
    *prediction = (struct prediction){.batch = batch,
        .features = source->features,
        .probabilities = malloc(batch * CLASSES * sizeof(float))};
    if (!prediction->probabilities)
        return nncl_fail_memory("predictions", batch * CLASSES * sizeof(float));
    TRY(nncl_model_create("dense 128 relu, dense 10", &input, &prediction->model));
    nncl_model_initialise(prediction->model, 0);
    TRY(nncl_predictor_create(
        bench->device, prediction->model, batch, &options, &prediction->predictor));
out:
    return status;
}

static enum nncl_status predict(void *context)
{
    struct prediction *prediction = context;
    return nncl_predictor_run(prediction->predictor, prediction->features, prediction->batch,
        prediction->probabilities, NULL);
}

/* The probabilities of the first and the last row add up to 1. */
static enum nncl_status check(const struct bench *bench, const struct prediction *prediction)
{
    enum nncl_status status = NNCL_OK;
    const size_t rows[] = {0, prediction->batch - 1};
    for (size_t i = 0; i < 2 && status == NNCL_OK; i++) {
        double sum = 0;
        for (size_t j = 0; j < CLASSES; j++)
            sum += prediction->probabilities[rows[i] * CLASSES + j];
        status = bench_expect(bench, "a prediction", sum, 1);
    }
    return status;
}

/* What the peaks allow for a batch: its rows and the parameters are read. */
static double batch_bound(const struct bench *bench, size_t batch, const char **bound)
{
    double rows = (double)batch;
    double bytes = rows * PIXELS + sizeof(float) * multiplications;
    return bench_bound(bench, 2 * rows * multiplications, bytes, (size_t)bytes, bound);
}

/* ---- One row at a time ---- */

/* Times single calls one by one: their median, and what one in a hundred takes longer than. */
static enum nncl_status time_block(
    struct prediction *prediction, size_t calls, struct samples *median, struct samples *late)
{
    double seconds[MOST_CALLS];
    for (size_t i = 0; i < calls; i++) {
        double begin = nncl_clock();
        enum nncl_status status = predict(prediction);
        if (status != NNCL_OK)
            return status;
        seconds[i] = nncl_clock() - begin;
    }
    samples_add(median, quantile(seconds, calls, 0.5));
    samples_add(late, quantile(seconds, calls, 0.99));
    return NNCL_OK;
}

static enum nncl_status time_calls(struct bench *bench, struct prediction *prediction,
    struct samples *median, struct samples *late)
{
    enum nncl_status status = NNCL_OK;
    double begin = nncl_clock();
    *median = *late = (struct samples){0};
    TRY(predict(prediction));
    bool slow = nncl_clock() - begin > 0.01;
    size_t calls = slow || bench->options.quick ? MOST_CALLS / 10 : MOST_CALLS;
    for (unsigned i = 0; i < BLOCKS; i++) {
        TRY(bench_begin(bench, bench->doing));
        TRY(time_block(prediction, calls, median, late));
    }
out:
    return status;
}

static enum nncl_status measure_latency(struct bench *bench, const struct nncl_dataset *digits)
{
    enum nncl_status status = NNCL_OK;
    struct prediction prediction;
    struct samples median, late;
    struct bench_figure figure = {
        .name = "batch 1, median", .unit = "us", .seconds = &median, .scale = 1e-6};
    TRY(open_prediction(bench, digits, 1, &prediction));
    TRY(time_calls(bench, &prediction, &median, &late));
    TRY(check(bench, &prediction));
    figure.bound_seconds = batch_bound(bench, 1, &figure.bound);
    bench_report(bench, &figure);
    bench_report(bench,
        &(struct bench_figure){
            .name = "batch 1, 99 of 100 within", .unit = "us", .seconds = &late, .scale = 1e-6});
out:
    close_prediction(&prediction);
    return status;
}

/* ---- Many rows at a time ---- */

static enum nncl_status measure_throughput(
    struct bench *bench, const struct nncl_dataset *digits, const char *name)
{
    enum nncl_status status = NNCL_OK;
    struct prediction prediction;
    struct samples seconds;
    struct bench_figure figure = {
        .name = name, .unit = "rows/s", .seconds = &seconds, .work = MANY, .scale = 1};
    TRY(open_prediction(bench, digits, MANY, &prediction));
    TRY(bench_time(bench, predict, &prediction, &seconds));
    TRY(check(bench, &prediction));
    figure.bound_seconds = batch_bound(bench, MANY, &figure.bound);
    bench_report(bench, &figure);
out:
    close_prediction(&prediction);
    return status;
}

enum nncl_status bench_infer(struct bench *bench)
{
    enum nncl_status status = NNCL_OK;
    static const char one[] = "batch 1", many[] = "batch 4096";
    struct nncl_dataset *digits = NULL;
    TRY(bench_begin(bench, "drawing digits"));
    TRY(bench_digits(MANY, &digits));
    TRY(bench_begin(bench, one));
    TRY(bench_excuse(bench, measure_latency(bench, digits), one));
    TRY(bench_begin(bench, many));
    TRY(bench_excuse(bench, measure_throughput(bench, digits, many), many));
out:
    nncl_dataset_free(&digits);
    return status;
}
