/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Products of square matrices, by each provider. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "gemm/gemm.h"
#include "tune/bench.h"

enum { SIZES = 5, CHECKED = 16 };
static const size_t all_sizes[SIZES] = {256, 512, 1024, 2048, 4096};

/* A CPU has no watchdog; a GPU that shows a desktop ends launches that take long. */
static const double longest_on_cpu = 2, longest_elsewhere = 0.2;

/* The matrices, of the largest size; smaller products use a part of them. */
struct squares {
    size_t largest;
    float *values; /* the host's copy of both operands: [largest * largest] each */
    struct buffer *a, *b, *c;
};

/* Numbers from -1 to 1: the power that a chip takes, and with it its clock, depends on the data. */
static void draw(float *values, size_t count)
{
    const uint32_t key[2] = {0, 0};
    uint32_t bits[4];
    for (size_t i = 0; i < count; i++) {
        if (i % 4 == 0)
            nncl_philox((const uint32_t[4]){(uint32_t)i, 0, 0, NNCL_STREAM_BENCH}, key, bits);
        values[i] = 2 * nncl_uniform(bits[i % 4]) - 1;
    }
}

static enum nncl_status open_squares(struct bench *bench, size_t largest, struct squares *squares)
{
    enum nncl_status status = NNCL_OK;
    size_t count = largest * largest, bytes = count * sizeof(float);
    squares->largest = largest;
    squares->values = malloc(2 * bytes);
    if (!squares->values)
        return nncl_fail_memory("matrices", 2 * bytes);
    draw(squares->values, 2 * count);
    TRY(buffer_create(bench->device, bytes, &squares->a));
    TRY(buffer_create(bench->device, bytes, &squares->b));
    TRY(buffer_create(bench->device, bytes, &squares->c));
    TRY(buffer_write(squares->a, 0, squares->values, bytes));
    TRY(buffer_write(squares->b, 0, squares->values + count, bytes));
out:
    return status;
}

static void close_squares(struct squares *squares)
{
    buffer_free(&squares->c);
    buffer_free(&squares->b);
    buffer_free(&squares->a);
    free(squares->values);
}

/* Elements here and there, against sums on the host: Σ |a·b| · n · ε bounds the rounding, and is
 * below 0.01 for these numbers. */
static enum nncl_status check(
    const struct bench *bench, const struct squares *squares, size_t n, const char *provider)
{
    const float *a = squares->values, *b = a + squares->largest * squares->largest;
    for (size_t i = 0; i < CHECKED; i++) {
        size_t row = i * (n - 1) / (CHECKED - 1), column = (i * 37 + 5) % n;
        double wanted = 0;
        float got;
        for (size_t k = 0; k < n; k++)
            wanted += (double)a[row * n + k] * b[k * n + column];
        enum nncl_status status =
            buffer_read(squares->c, (row * n + column) * sizeof got, &got, sizeof got);
        if (status != NNCL_OK)
            return status;
        double difference = got - wanted;
        if (!(difference < 0.01 && difference > -0.01))
            return nncl_fail(NNCL_CHECK_FAILED,
                "the product of %zu x %zu matrices by %s on %s is wrong: element (%zu, %zu) is %g "
                "instead of %g (\"cltool check\" shows more)",
                n, n, provider, bench->device->info.name, row, column, got, wanted);
    }
    return NNCL_OK;
}

static void report(const struct bench *bench, const char *name, size_t n, bool automatic,
    const struct samples *seconds)
{
    double size = (double)n, flop = 2 * size * size * size, bytes = 3 * size * size * sizeof(float);
    struct bench_figure figure = {.name = name,
        .note = automatic ? "auto takes it" : "",
        .unit = "GFLOP/s",
        .seconds = seconds,
        .work = flop,
        .scale = 1e9};
    figure.bound_seconds = bench_bound(bench, flop, bytes, (size_t)bytes, &figure.bound);
    bench_report(bench, &figure);
}

static enum nncl_status measure(struct bench *bench, struct squares *squares,
    const struct gemm_provider *provider, size_t n, const char *name, double *fastest)
{
    enum nncl_status status = NNCL_OK;
    struct step step = {0};
    struct samples seconds;
    const struct gemm_provider *automatic;
    struct gemm gemm = gemm_dense(n, n, n, false, false);
    gemm.a = squares->a;
    gemm.b = squares->b;
    gemm.c = squares->c;
    TRY(gemm_choose(bench->device, "auto", &gemm, &automatic));
    TRY(provider->prepare(bench->device, &gemm, &step));
    TRY(buffer_zero(squares->c));
    TRY(bench_time_step(bench, &step, &seconds));
    TRY(check(bench, squares, n, provider->name));
    *fastest = samples_quantile(&seconds, 0);
    report(bench, name, n, provider == automatic, &seconds);
out:
    step_clear(&step);
    return status;
}

/* One provider, from small to large, until a product would take too long. */
static enum nncl_status measure_provider(struct bench *bench, struct squares *squares,
    const struct gemm_provider *provider, size_t count)
{
    enum nncl_status status = NNCL_OK;
    double longest = bench_on_cpu(bench) ? longest_on_cpu : longest_elsewhere, fastest = 0;
    char name[64], why[BENCH_TEXT];
    for (size_t i = 0; i < count; i++) {
        size_t n = all_sizes[i];
        const struct gemm shape = gemm_dense(n, n, n, false, false);
        snprintf(name, sizeof name, "%s %zu", provider->name, n);
        if (n > squares->largest || !provider->supports(bench->device, &shape))
            continue;
        if (8 * fastest > longest) { /* the one before was half as large in each direction */
            snprintf(why, sizeof why, "one launch would take about %.2g s", 8 * fastest);
            bench_leave_out(bench, name, why);
            fastest *= 8;
            continue;
        }
        TRY(bench_begin(bench, name));
        TRY(bench_excuse(bench, measure(bench, squares, provider, n, name, &fastest), name));
    }
out:
    return status;
}

/* The largest of the sizes whose matrices fit the device. */
static size_t largest_that_fits(const struct bench *bench, size_t count)
{
    size_t most = bench_largest_buffer(bench) / sizeof(float), largest = 0;
    for (size_t i = 0; i < count; i++)
        if (all_sizes[i] * all_sizes[i] <= most)
            largest = all_sizes[i];
    return largest;
}

static void report_too_large(const struct bench *bench, size_t largest, size_t count)
{
    char name[32], why[BENCH_TEXT], size[BENCH_SIZE_TEXT];
    for (size_t i = 0; i < count; i++)
        if (all_sizes[i] > largest) {
            snprintf(name, sizeof name, "%zu", all_sizes[i]);
            snprintf(why, sizeof why, "a matrix of %s is too large for this device",
                bench_size((double)(all_sizes[i] * all_sizes[i] * sizeof(float)), size));
            bench_leave_out(bench, name, why);
        }
}

enum nncl_status bench_gemm(struct bench *bench)
{
    enum nncl_status status = NNCL_OK;
    size_t count = bench->options.quick ? 2 : SIZES;
    size_t largest = largest_that_fits(bench, count);
    struct squares squares = {0};
    report_too_large(bench, largest, count);
    if (largest == 0)
        return NNCL_OK;
    TRY(bench_begin(bench, "matrices"));
    TRY(bench_excuse(bench, open_squares(bench, largest, &squares), "products"));
    for (size_t i = 0; squares.c && i < gemm_provider_count(); i++) {
        const struct gemm_provider *provider = gemm_provider_get(i);
        if (!bench->options.gemm || strcmp(bench->options.gemm, "auto") == 0 ||
            strcmp(bench->options.gemm, provider->name) == 0)
            TRY(measure_provider(bench, &squares, provider, count));
    }
out:
    close_squares(&squares);
    return status;
}
