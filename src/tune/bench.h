/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the parts of the benchmark share. */
#ifndef NNCL_TUNE_BENCH_H
#define NNCL_TUNE_BENCH_H

#include <nncl/tune.h>

#include "device/step.h"
#include "tune/timing.h"

enum { BENCH_MOST_LEVELS = 8, BENCH_TEXT = 256 };

/* Bandwidth of arrays that together have so many bytes. */
struct bench_level {
    size_t bytes;
    double bytes_per_second; /* the best run */
};

/* A benchmark under way. */
struct bench {
    struct nncl_device *device;
    struct nncl_bench_options options;
    double flops; /* per second, the best run of all kernels; 0: not measured */
    struct bench_level levels[BENCH_MOST_LEVELS]; /* from small to large; the last is memory */
    size_t level_count;
    const char *doing;         /* what is being measured, for progress */
    enum nncl_bench_part part; /* … and as part of what */
    char failure[BENCH_TEXT];  /* why the last measurement was left out */
};

/* ---- bench.c ---- */

/* What a figure is made of. */
struct bench_figure {
    const char *name, *note, *unit;
    const struct samples *seconds; /* of one run … */
    double work;  /* … which does so much: the figure is the rate work / seconds / scale … */
    double scale; /* … or, with work 0, the time seconds / scale */
    double bound_seconds; /* what the peaks allow for one run; 0: not known */
    const char *bound;
};

void bench_report(const struct bench *bench, const struct bench_figure *figure);
void bench_leave_out(const struct bench *bench, const char *name, const char *why);

/* Tells the caller what is being measured. Errors: NNCL_INTERRUPTED. */
enum nncl_status bench_begin(struct bench *bench, const char *what);

/* timing_run with the limits of this benchmark. */
enum nncl_status bench_time(
    struct bench *bench, timing_work *work, void *context, struct samples *seconds);

/* The same for a step; and roughly and quickly, to choose sizes: the shortest of a few runs. */
enum nncl_status bench_time_step(struct bench *bench, struct step *step, struct samples *seconds);
enum nncl_status bench_try_step(struct bench *bench, struct step *step, double *seconds);

/* Ends one measurement: what only concerns it (no memory, a kernel that does not build, a product
 * that a provider does not do) is reported as left out, and NNCL_OK is returned. */
enum nncl_status bench_excuse(struct bench *bench, enum nncl_status status, const char *name);

/* Seconds that the peaks allow for so much arithmetic and traffic at least; *bound is set to what
 * limits. `working_set`: bytes that the work keeps touching, which tell the cache level. */
double bench_bound(
    const struct bench *bench, double flop, double bytes, size_t working_set, const char **bound);

/* Bytes a second of the smallest level that holds `working_set`; 0 if none was measured. */
double bench_bandwidth(const struct bench *bench, size_t working_set);

/* Whether the device is a CPU: kernels take work-groups of one and long stretches. */
bool bench_on_cpu(const struct bench *bench);

/* The largest buffer to use: an eighth of the memory, and what may be allocated at once. */
size_t bench_largest_buffer(const struct bench *bench);

/* "2 MiB": `bytes` in words. */
enum { BENCH_SIZE_TEXT = 32 };
const char *bench_size(double bytes, char text[BENCH_SIZE_TEXT]);

/* Fails with NNCL_CHECK_FAILED unless `got` is within 0.1% of `wanted`. */
enum nncl_status bench_expect(
    const struct bench *bench, const char *kernel, double got, double wanted);

/* ---- The parts ---- */

enum nncl_status bench_peak(struct bench *bench);
enum nncl_status bench_memory(struct bench *bench);
enum nncl_status bench_launch(struct bench *bench);
enum nncl_status bench_transfer(struct bench *bench);
enum nncl_status bench_gemm(struct bench *bench);
enum nncl_status bench_train(struct bench *bench);
enum nncl_status bench_infer(struct bench *bench);

#endif
