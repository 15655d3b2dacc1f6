/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The most arithmetic: chains of fused multiply-adds, in vectors of several widths. */
#include <stdio.h>

#include "base/status.h"
#include "tune/bench.h"

enum { WIDTHS = 5, CHAINS = 12, FIRST_ROUNDS = 256, MOST_ROUNDS = 1 << 22 };

/* A launch should take about this long: long against its overhead, short for a display. */
static const double launch_seconds = 0.005;

/* One way to do it, and its outcome. */
struct chains {
    unsigned width, count;
    size_t items;
    uint32_t rounds;
    struct samples seconds; /* of one launch; none: it could not be measured */
};

static double flop(const struct chains *chains)
{
    return 2.0 * chains->width * chains->count * chains->rounds * (double)chains->items;
}

/* 12 chains hide a latency of 4 to 6 cycles in two units and fit 16 registers; a vector wider than
 * a register takes several. */
static unsigned choose_count(const struct bench *bench, unsigned width)
{
    unsigned native = bench_on_cpu(bench) ? device_vector_width(bench->device) : 1;
    unsigned count = width > native ? CHAINS * native / width : CHAINS;
    return count > 2 ? count : 2;
}

/* Many small work-groups: a driver can spread them evenly. */
static size_t choose_items(const struct bench *bench)
{
    size_t units = device_units(bench->device);
    return units * (bench_on_cpu(bench) ? 64 : 4096);
}

static enum nncl_status make_step(struct bench *bench, struct chains *chains,
    const struct buffer *start, const struct buffer *out, struct step *step)
{
    char options[64];
    snprintf(options, sizeof options, "-DWIDTH=%u -DCHAINS=%u", chains->width, chains->count);
    const struct step_launch launch = {.program = "bench",
        .kernel = "bench_fma",
        .options = options,
        .dimensions = 1,
        .global = {chains->items},
        .local = {bench_on_cpu(bench) ? 1 : 256}};
    const struct step_argument arguments[] = {ARG_BUFFER(start), ARG_BUFFER(out),
        ARG_UINT(chains->rounds), ARG_FLOAT(1.0f), ARG_FLOAT(1.0f)};
    step_clear(step);
    return step_launch(
        bench->device, &launch, arguments, sizeof arguments / sizeof arguments[0], step);
}

/* Makes the step, with as many rounds as make a launch long enough. */
static enum nncl_status choose_rounds(struct bench *bench, struct chains *chains,
    const struct buffer *start, const struct buffer *out, struct step *step)
{
    enum nncl_status status = NNCL_OK;
    double wanted = bench->options.quick ? launch_seconds / 2 : launch_seconds, seconds;
    chains->rounds = FIRST_ROUNDS;
    for (;;) {
        TRY(make_step(bench, chains, start, out, step));
        TRY(bench_try_step(bench, step, &seconds));
        if (seconds >= wanted / 2 || chains->rounds >= MOST_ROUNDS)
            return NNCL_OK;
        double factor = seconds > wanted / 16 ? wanted / seconds : 8;
        chains->rounds = (uint32_t)(chains->rounds * factor);
    }
out:
    return status;
}

/* Every chain has counted its rounds. */
static enum nncl_status check(
    const struct bench *bench, const struct chains *chains, struct buffer *out)
{
    enum nncl_status status = NNCL_OK;
    float counted;
    const size_t places[] = {0, chains->items / 2, chains->items - 1};
    for (size_t i = 0; i < sizeof places / sizeof places[0] && status == NNCL_OK; i++) {
        status = buffer_read(out, places[i] * sizeof counted, &counted, sizeof counted);
        if (status == NNCL_OK)
            status = bench_expect(bench, "bench_fma", counted, chains->rounds);
    }
    return status;
}

static enum nncl_status measure(struct bench *bench, struct chains *chains)
{
    enum nncl_status status = NNCL_OK;
    struct step step = {0};
    struct buffer *start = NULL, *out = NULL;
    TRY(buffer_create(bench->device, sizeof(float) * 16 * CHAINS, &start));
    TRY(buffer_create(bench->device, sizeof(float) * chains->items, &out));
    TRY(buffer_zero(start));
    TRY(choose_rounds(bench, chains, start, out, &step));
    TRY(bench_time_step(bench, &step, &chains->seconds));
    TRY(check(bench, chains, out));
out:
    step_clear(&step);
    buffer_free(&out);
    buffer_free(&start);
    return status;
}

static void report(const struct bench *bench, const struct chains *chains)
{
    char name[32], note[64];
    snprintf(name, sizeof name, "fma float%.0u", chains->width > 1 ? chains->width : 0);
    snprintf(note, sizeof note, "%u chains in each work-item", chains->count);
    if (chains->seconds.count > 0)
        bench_report(bench, &(struct bench_figure){.name = name,
                                .note = note,
                                .unit = "GFLOP/s",
                                .seconds = &chains->seconds,
                                .work = flop(chains),
                                .scale = 1e9,
                                .bound_seconds = flop(chains) / bench->flops,
                                .bound = "arithmetic"});
}

enum nncl_status bench_peak(struct bench *bench)
{
    enum nncl_status status = NNCL_OK;
    struct chains all[WIDTHS];
    for (unsigned i = 0; i < WIDTHS; i++) {
        struct chains *chains = &all[i];
        *chains = (struct chains){
            .width = 1u << i, .count = choose_count(bench, 1u << i), .items = choose_items(bench)};
        TRY(bench_begin(bench, "peak arithmetic"));
        TRY(bench_excuse(bench, measure(bench, chains), "fma"));
        double fastest = samples_quantile(&chains->seconds, 0);
        if (fastest > 0 && flop(chains) / fastest > bench->flops)
            bench->flops = flop(chains) / fastest;
    }
    for (unsigned i = 0; i < WIDTHS; i++)
        report(bench, &all[i]);
out:
    return status;
}
