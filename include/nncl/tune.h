/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How fast a device is. */
#ifndef NNCL_TUNE_H
#define NNCL_TUNE_H

#include <stdbool.h>
#include <stddef.h>

#include <nncl/device.h>
#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Benchmarks ---- */

/* What nncl_bench measures, in this order. */
enum nncl_bench_part {
    NNCL_BENCH_PEAK,      /* the most arithmetic: fused multiply-adds in float32 */
    NNCL_BENCH_BANDWIDTH, /* copies and triads through memory and caches */
    NNCL_BENCH_LAUNCH,    /* how long an empty kernel takes */
    NNCL_BENCH_TRANSFER,  /* between host and device */
    NNCL_BENCH_GEMM,      /* products of square matrices, by each provider */
    NNCL_BENCH_TRAIN,     /* training of two networks on digits of MNIST's shape */
    NNCL_BENCH_INFER,     /* prediction with the default network */
    NNCL_BENCH_PARTS
};

/* The part's name, such as "peak"; NULL for a number that is none. Thread-safety: safe. */
NNCL_API const char *nncl_bench_part_name(enum nncl_bench_part part);

/* One figure. All texts live until the report returns. */
struct nncl_bench_result {
    enum nncl_bench_part part;
    const char *name; /* what was measured, such as "triad 2 MiB" */
    const char *note; /* with which settings, and what was made smaller for this device; or "" */
    bool left_out;    /* nothing was measured: `note` says why; what follows is 0 and "" */
    const char *unit; /* "GFLOP/s", "GB/s" (10⁹ bytes), "us", "s" or "rows/s" */
    double median;    /* over the runs */
    double low, high; /* their lower and upper quartile */
    double best;      /* the best of them: the largest rate, or the shortest time */
    size_t runs;
    double share;      /* of what the measured peaks allow at most, at the median; 0: not known */
    const char *bound; /* which peak that is: "arithmetic", "bandwidth" or, with `share` 0, "" */
};

struct nncl_bench_options {
    unsigned parts;   /* which: a sum of 1 << enum nncl_bench_part; 0: all. Where a share of a peak
                         belongs to a figure, peak and bandwidth are measured (and reported) too */
    bool quick;       /* fewer, shorter runs and small sizes: seconds instead of a minute or two */
    const char *gemm; /* products by this provider only; NULL: each one that the device can run */
    /* Called for each figure as soon as it is known. May be NULL. */
    void (*report)(void *user, const struct nncl_bench_result *result);
    /* Called before and during each measurement with what is being measured; false ends the
     * benchmark. May be NULL. */
    bool (*progress)(void *user, const char *what);
    void *user;
};

/* Measures `device`. What it computes is checked on the way, though far less closely than by
 * nncl_check. Sizes are reduced where memory, or time on a slow device, would not do: `note` says
 * so. What runs out of memory or does not build is reported as left out and does not end the
 * benchmark. `options` may be NULL. Blocks. Errors: NNCL_USAGE (an unknown provider or part, or the
 * device `ref`, which is not made to be fast), NNCL_CHECK_FAILED if a kernel did not do its work,
 * NNCL_INTERRUPTED, NNCL_DEVICE_LOST, NNCL_OUT_OF_MEMORY, NNCL_FAILED. Thread-safety: one thread a
 * device. */
NNCL_API enum nncl_status nncl_bench(
    struct nncl_device *device, const struct nncl_bench_options *options);

#ifdef __cplusplus
}
#endif
#endif
