/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* nncl-bench-infer [MODEL]: how fast the default network, or MODEL, predicts MNIST's test pictures,
 * from bytes on the host to probabilities on the host: one picture at a time, and 4096 at a time.
 * The device is the one that $NNCL_DEVICE selects. One line of JSON each; the remarks go to stderr.
 * Without MODEL the weights are untrained, which takes the same time. */
#include <nncl/nncl.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WARM_UP = 1000, CALLS = 10000, BATCH = 4096, ROUNDS = 50 };

struct bench {
    struct nncl_device *device;
    struct nncl_mnist mnist;
    struct nncl_model *model;
    const struct nncl_dataset_source *test;
    size_t features, classes;
    float *probabilities; /* [BATCH][classes] */
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const uint8_t *picture(const struct bench *bench, size_t row)
{
    return (const uint8_t *)bench->test->features + row % bench->test->rows * bench->features;
}

static void print_device(const struct bench *bench)
{
    const struct nncl_device_info *info = nncl_device_get_info(bench->device);
    printf("\"threads\":%" PRIu32 ",\"device\":\"%s\"}\n", info->compute_units, info->name);
}

/* Times `count` calls of `rows` pictures each, in ascending order: seconds [count]. */
static enum nncl_status time_calls(struct bench *bench, struct nncl_predictor *predictor,
    size_t rows, size_t warm_up, size_t count, double *seconds)
{
    enum nncl_status status = NNCL_OK;
    for (size_t i = 0; i < warm_up + count && status == NNCL_OK; i++) {
        const uint8_t *from = picture(bench, rows == 1 ? i : 0);
        double begin = nncl_clock();
        status = nncl_predictor_run(predictor, from, rows, bench->probabilities, NULL);
        if (i >= warm_up)
            seconds[i - warm_up] = nncl_clock() - begin;
    }
    qsort(seconds, count, sizeof *seconds, compare);
    return status;
}

static enum nncl_status bench_latency(struct bench *bench, struct nncl_predictor *predictor)
{
    static double seconds[CALLS];
    enum nncl_status status = time_calls(bench, predictor, 1, WARM_UP, CALLS, seconds);
    if (status != NNCL_OK)
        return status;
    printf(
        "{\"peer\":\"nncl\",\"workload\":\"infer-b1\",\"latency_us\":%.2f,\"latency_p99_us\":%.2f,"
        "\"least_us\":%.2f,",
        1e6 * seconds[CALLS / 2], 1e6 * seconds[CALLS / 100 * 99], 1e6 * seconds[0]);
    print_device(bench);
    return NNCL_OK;
}

static enum nncl_status accuracy(
    struct bench *bench, struct nncl_predictor *predictor, double *share)
{
    size_t rows = bench->test->rows, right = 0;
    uint32_t *classes = calloc(rows, sizeof *classes);
    if (!classes)
        return NNCL_OUT_OF_MEMORY;
    enum nncl_status status = nncl_predictor_run(predictor, picture(bench, 0), rows, NULL, classes);
    for (size_t row = 0; row < rows; row++)
        right += classes[row] == bench->test->labels[row];
    *share = (double)right / (double)rows;
    free(classes);
    return status;
}

/* The fastest round counts, as with the peers, and the median is told. */
static enum nncl_status bench_throughput(struct bench *bench, struct nncl_predictor *predictor)
{
    static double seconds[ROUNDS];
    double share = 0;
    enum nncl_status status = accuracy(bench, predictor, &share);
    if (status == NNCL_OK)
        status = time_calls(bench, predictor, BATCH, 2, ROUNDS, seconds);
    if (status != NNCL_OK)
        return status;
    printf("{\"peer\":\"nncl\",\"workload\":\"infer-b4096\",\"samples_s\":%.0f,"
           "\"median_samples_s\":%.0f,\"test_acc\":%.4f,",
        BATCH / seconds[0], BATCH / seconds[ROUNDS / 2], share);
    print_device(bench);
    return NNCL_OK;
}

static enum nncl_status with_predictor(struct bench *bench, size_t batch,
    enum nncl_status (*measure)(struct bench *bench, struct nncl_predictor *predictor))
{
    const struct nncl_predictor_options options = {.type = NNCL_UINT8};
    struct nncl_predictor *predictor = NULL;
    enum nncl_status status =
        nncl_predictor_create(bench->device, bench->model, batch, &options, &predictor);
    if (status == NNCL_OK)
        status = measure(bench, predictor);
    nncl_predictor_free(&predictor);
    return status;
}

static enum nncl_status set_up(struct bench *bench, const char *model_path)
{
    const struct nncl_model_input input = {.shape = {28, 28, 1}, .scale = 1.0f / 255.0f};
    enum nncl_status status = nncl_device_open(NULL, &bench->device);
    if (status == NNCL_OK)
        status = nncl_mnist_open(NULL, &bench->mnist);
    if (status == NNCL_OK)
        status = model_path ? nncl_model_load(model_path, &bench->model)
                            : nncl_model_create("dense 128 relu, dense 10", &input, &bench->model);
    if (status != NNCL_OK)
        return status;
    if (!model_path)
        nncl_model_initialise(bench->model, 1);
    bench->test = nncl_dataset_get(bench->mnist.test);
    bench->features = 28 * 28;
    bench->classes = nncl_model_classes(bench->model);
    bench->probabilities = malloc(BATCH * bench->classes * sizeof *bench->probabilities);
    return bench->probabilities && bench->test->rows >= BATCH ? NNCL_OK : NNCL_FAILED;
}

int main(int count, char **arguments)
{
    struct bench bench = {0};
    enum nncl_status status = set_up(&bench, count > 1 ? arguments[1] : NULL);
    if (status == NNCL_OK && bench.mnist.generated)
        fprintf(stderr, "nncl-bench-infer: the pictures are generated digits, not MNIST\n");
    if (status == NNCL_OK)
        status = with_predictor(&bench, 1, bench_latency);
    if (status == NNCL_OK)
        status = with_predictor(&bench, BATCH, bench_throughput);
    if (status != NNCL_OK)
        fprintf(stderr, "nncl-bench-infer: %s\n", nncl_last_error());
    free(bench.probabilities);
    nncl_model_free(&bench.model);
    nncl_mnist_free(&bench.mnist);
    nncl_device_close(&bench.device);
    return (int)status;
}
