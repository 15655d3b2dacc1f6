/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The benchmark of a device: what its parts share, and their order. */
#include "tune/bench.h"

#include <math.h>
#include <stdio.h>

#include "base/status.h"
#include "gemm/gemm.h"

static const struct {
    const char *name;
    enum nncl_status (*run)(struct bench *bench);
    bool needs_peaks; /* its figures are shares of peaks */
} parts[NNCL_BENCH_PARTS] = {
    [NNCL_BENCH_PEAK] = {"peak", bench_peak, false},
    [NNCL_BENCH_BANDWIDTH] = {"bandwidth", bench_memory, false},
    [NNCL_BENCH_LAUNCH] = {"launch", bench_launch, false},
    [NNCL_BENCH_TRANSFER] = {"transfer", bench_transfer, false},
    [NNCL_BENCH_GEMM] = {"gemm", bench_gemm, true},
    [NNCL_BENCH_TRAIN] = {"train", bench_train, true},
    [NNCL_BENCH_INFER] = {"infer", bench_infer, true},
};

const char *nncl_bench_part_name(enum nncl_bench_part part)
{
    return (unsigned)part < NNCL_BENCH_PARTS ? parts[part].name : NULL;
}

/* ---- Figures ---- */

/* The figure for a run of so many seconds. */
static double figure_value(const struct bench_figure *figure, double seconds)
{
    return figure->work > 0 ? figure->work / seconds / figure->scale : seconds / figure->scale;
}

void bench_report(const struct bench *bench, const struct bench_figure *figure)
{
    if (!bench->options.report)
        return;
    const struct samples *seconds = figure->seconds;
    bool rate = figure->work > 0;
    double median = samples_quantile(seconds, 0.5);
    double fast = figure_value(figure, samples_quantile(seconds, 0.25));
    double slow = figure_value(figure, samples_quantile(seconds, 0.75));
    bool bound = figure->bound_seconds > 0;
    const struct nncl_bench_result result = {.part = bench->part,
        .name = figure->name,
        .note = figure->note ? figure->note : "",
        .unit = figure->unit,
        .median = figure_value(figure, median),
        .low = rate ? slow : fast,
        .high = rate ? fast : slow,
        .best = figure_value(figure, samples_quantile(seconds, 0)),
        .runs = seconds->count,
        .share = bound ? figure->bound_seconds / median : 0,
        .bound = bound ? figure->bound : ""};
    bench->options.report(bench->options.user, &result);
}

void bench_leave_out(const struct bench *bench, const char *name, const char *why)
{
    const struct nncl_bench_result result = {
        .part = bench->part, .name = name, .note = why, .left_out = true, .unit = "", .bound = ""};
    if (bench->options.report)
        bench->options.report(bench->options.user, &result);
}

enum nncl_status bench_excuse(struct bench *bench, enum nncl_status status, const char *name)
{
    if (status != NNCL_OUT_OF_MEMORY && status != NNCL_BUILD_FAILED && status != NNCL_USAGE)
        return status;
    snprintf(bench->failure, sizeof bench->failure, "%s", nncl_last_error());
    bench_leave_out(bench, name, bench->failure);
    return NNCL_OK;
}

double bench_bandwidth(const struct bench *bench, size_t working_set)
{
    for (size_t i = 0; i < bench->level_count; i++)
        if (working_set <= bench->levels[i].bytes || i + 1 == bench->level_count)
            return bench->levels[i].bytes_per_second;
    return 0;
}

double bench_bound(
    const struct bench *bench, double flop, double bytes, size_t working_set, const char **bound)
{
    double bandwidth = bench_bandwidth(bench, working_set);
    double arithmetic = bench->flops > 0 ? flop / bench->flops : 0;
    double traffic = bandwidth > 0 ? bytes / bandwidth : 0;
    *bound = arithmetic >= traffic ? "arithmetic" : "bandwidth";
    return fmax(arithmetic, traffic);
}

/* ---- Measuring ---- */

enum nncl_status bench_begin(struct bench *bench, const char *what)
{
    bench->doing = what;
    if (bench->options.progress && !bench->options.progress(bench->options.user, what))
        return nncl_fail(NNCL_INTERRUPTED, "the benchmark was interrupted");
    return NNCL_OK;
}

static bool stop(void *user)
{
    const struct bench *bench = user;
    return bench->options.progress && !bench->options.progress(bench->options.user, bench->doing);
}

enum nncl_status bench_time(
    struct bench *bench, timing_work *work, void *context, struct samples *seconds)
{
    bool quick = bench->options.quick;
    const struct timing_limits limits = {.sample_seconds = quick ? 0.01 : 0.04,
        .samples = quick ? 5 : 9,
        .total_seconds = quick ? 0.5 : 3,
        .stop = stop,
        .user = bench};
    return timing_run(bench->device, work, context, &limits, seconds);
}

static enum nncl_status enqueue_step(void *context)
{
    return step_enqueue(context);
}

enum nncl_status bench_time_step(struct bench *bench, struct step *step, struct samples *seconds)
{
    return bench_time(bench, enqueue_step, step, seconds);
}

enum nncl_status bench_try_step(struct bench *bench, struct step *step, double *seconds)
{
    const struct timing_limits limits = {
        .samples = 3, .total_seconds = 0.1, .stop = stop, .user = bench};
    struct samples samples;
    enum nncl_status status = timing_run(bench->device, enqueue_step, step, &limits, &samples);
    if (status == NNCL_OK)
        *seconds = samples_quantile(&samples, 0);
    return status;
}

bool bench_on_cpu(const struct bench *bench)
{
    return bench->device->info.kind == NNCL_DEVICE_CPU;
}

size_t bench_largest_buffer(const struct bench *bench)
{
    const struct nncl_device_info *info = &bench->device->info;
    uint64_t most = info->global_memory ? info->global_memory / 8 : (uint64_t)64 << 20;
    if (info->max_allocation && info->max_allocation < most)
        most = info->max_allocation;
    return most < SIZE_MAX ? (size_t)most : SIZE_MAX;
}

const char *bench_size(double bytes, char text[BENCH_SIZE_TEXT])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        bytes /= 1024;
    snprintf(text, BENCH_SIZE_TEXT, "%.4g %s", bytes, units[unit]);
    return text;
}

enum nncl_status bench_expect(
    const struct bench *bench, const char *kernel, double got, double wanted)
{
    if (fabs(got - wanted) <= 1e-3 * fabs(wanted))
        return NNCL_OK;
    return nncl_fail(NNCL_CHECK_FAILED,
        "%s on %s did not do its work: it gave %g instead of %g, so its time means nothing "
        "(\"cltool check\" tells whether the device computes right)",
        kernel, bench->device->info.name, got, wanted);
}

/* ---- The whole ---- */

static enum nncl_status check_options(const struct bench *bench)
{
    if (device_is_host(bench->device))
        return nncl_fail(NNCL_USAGE,
            "the device \"ref\" is plain C for comparison, not made to be fast: there is nothing "
            "to measure");
    if (bench->options.parts >> NNCL_BENCH_PARTS)
        return nncl_fail(
            NNCL_USAGE, "the benchmark has no part beyond number %d", NNCL_BENCH_PARTS - 1);
    return bench->options.gemm ? gemm_check_name(bench->options.gemm) : NNCL_OK;
}

static unsigned wanted_parts(const struct nncl_bench_options *options)
{
    unsigned wanted = options->parts ? options->parts : (1u << NNCL_BENCH_PARTS) - 1;
    for (unsigned i = 0; i < NNCL_BENCH_PARTS; i++)
        if (wanted >> i & 1 && parts[i].needs_peaks)
            wanted |= 1u << NNCL_BENCH_PEAK | 1u << NNCL_BENCH_BANDWIDTH;
    return wanted;
}

enum nncl_status nncl_bench(struct nncl_device *device, const struct nncl_bench_options *options)
{
    struct bench bench = {
        .device = device, .options = options ? *options : (struct nncl_bench_options){0}};
    enum nncl_status status = check_options(&bench);
    unsigned wanted = wanted_parts(&bench.options);
    for (unsigned i = 0; i < NNCL_BENCH_PARTS && status == NNCL_OK; i++) {
        bench.part = (enum nncl_bench_part)i;
        if (wanted >> i & 1)
            status = parts[i].run(&bench);
    }
    return status;
}
