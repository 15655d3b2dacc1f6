/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How fast a device is, and making it faster. */
#ifndef NNCL_TUNE_H
#define NNCL_TUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/device.h>
#include <nncl/model.h>
#include <nncl/ops.h>
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
    NNCL_BENCH_TRAIN,     /* training of four networks on digits of MNIST's shape */
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

/* ---- Tuning ---- */

/* A product c[m][n] = op(a) · op(b) with sums over k. */
struct nncl_tune_shape {
    size_t m, n, k;
    bool transpose_a; /* a is stored [k][m] */
    bool transpose_b; /* b is stored [n][k] */
};

/* What a convolution computes: its outputs, or the gradient of its input or of its weights. */
enum nncl_tune_pass { NNCL_TUNE_FORWARD, NNCL_TUNE_INPUT, NNCL_TUNE_WEIGHTS };

/* A convolution of `pictures` pictures of how.height x how.width pixels with `channels` each, by
 * `filters` windows of down x across weights: see nncl_op_conv2d. */
struct nncl_tune_convolution {
    enum nncl_tune_pass pass;
    size_t pictures;
    uint32_t channels, filters, down, across;
    struct nncl_conv2d how;
};

/* What is known of one convolution one of its two ways. Texts live until the report returns. */
struct nncl_tune_convolution_result {
    struct nncl_tune_convolution convolution;
    double flop;            /* of one run of it */
    bool product;           /* the way: as a matrix product, else by kernels of its own */
    const char *provider;   /* that computed the product; else "own" */
    const char *failure;    /* NULL: it was measured; else how that ended, "wrong: …" */
    double seconds, spread; /* of one run, as struct nncl_tune_result tells them; 0: it failed */
    unsigned repetitions;
    double rule_seconds; /* of the way that the built-in rule takes; 0: not known */
    bool chosen;         /* this way will serve it */
};

/* What is known of one product by one provider. Texts live until the report returns. Seconds are
 * those of one product, medians of `repetitions` samples; spread: from the lower to the upper
 * quartile. */
struct nncl_tune_result {
    struct nncl_tune_shape shape;
    const char *provider;
    const char *parameters; /* "ROWS=4 VECTORS=2"; "" for a provider without any */
    double seconds, spread;
    unsigned repetitions;
    double default_seconds, default_spread; /* of the built-in parameters; 0: they do not work */
    bool is_default;                        /* the parameters are the built-in ones */
    bool chosen; /* of the providers measured for the product the one that will serve it */
};

/* A set of parameters that did not do. */
struct nncl_tune_failure {
    struct nncl_tune_shape shape;
    const char *provider, *parameters;
    const char *how;  /* "hang", "crash", "wrong" or "failed" */
    const char *what; /* in words */
};

struct nncl_tune_progress {
    const char *provider;         /* of a convolution the way, "direct" or "product" */
    struct nncl_tune_shape shape; /* the first, where several are measured together */
    const struct nncl_tune_convolution *convolution; /* what is measured instead; NULL: products */
    const char *parameters;                          /* the best so far; "" if there is none */
    double best_gflops, default_gflops; /* 10⁹ operations a second for `shape`; 0: not known */
    unsigned tried, failed;             /* sets of parameters, of the whole run */
    double seconds, budget;             /* since the start; to spend */
};

struct nncl_tune_options {
    /* The program that candidates are measured in, with its arguments, ended by NULL: it is called
     * by its path with one argument more, a request, and must print what nncl_tune_worker answers.
     * At most 8. */
    const char *const *worker;
    const struct nncl_tune_shape *shapes; /* products */
    size_t shape_count;
    /* Convolutions, each measured both ways. With neither products nor convolutions lists of usual
     * ones are taken, longer if `full`; without the convolutions if `gemm` is set. */
    const struct nncl_tune_convolution *convolutions;
    size_t convolution_count;
    const char *gemm; /* products by this provider only; NULL: each one that the device can run */
    bool full;        /* minutes and closer measurements instead of about half a minute */
    double budget;    /* seconds to spend [30, or 300 if `full`] */
    double set_limit; /* seconds after which a set of parameters is taken to hang; compilers may
                         take ten for one that is good [15, or 60 if `full`] */
    uint64_t seed;    /* of the order in which candidates are tried */
    /* Called ten times a second or so; false ends the tuning: what was found is kept. May be NULL.
     */
    bool (*progress)(void *user, const struct nncl_tune_progress *progress);
    /* Called when a set of parameters fails, and at the end for each result. May be NULL. */
    void (*failure)(void *user, const struct nncl_tune_failure *failure);
    void (*report)(void *user, const struct nncl_tune_result *result);
    void (*report_convolution)(void *user, const struct nncl_tune_convolution_result *result);
    void *user;
};

/* Finds out which way serves the convolutions best on `device`, then which provider and which
 * parameters serve the products best, and keeps it in the tuning database,
 * $XDG_DATA_HOME/nncl/tuning, after each improvement. Sets that hang or crash the driver or compute
 * wrong results are kept there too and not tried again. At the end the best parameters are measured
 * beside the built-in ones in turns, and replace them only if they are faster. Plans made on
 * devices opened afterwards use what was found. Blocks. Errors: NNCL_USAGE (the device `ref`, a
 * device changed by $NNCL_PRETEND, an unknown provider, a size of 0), NNCL_FAILED if the database
 * cannot be written or nothing works, NNCL_INTERRUPTED, NNCL_OUT_OF_MEMORY. Thread-safety: one
 * thread a device. */
NNCL_API enum nncl_status nncl_tune(
    struct nncl_device *device, const struct nncl_tune_options *options);

/* Measures what a request of nncl_tune asks for, in this process; *answer is the text to print to
 * standard output, free it with nncl_free. May crash or hang, as drivers do. Errors: NNCL_USAGE for
 * what is no request, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_tune_worker(const char *request, char **answer);

/* The file that nncl_tune keeps the results of this device in. Free with nncl_free. Errors:
 * NNCL_FAILED, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_tune_path(const struct nncl_device *device, char **path);

/* The products of a training step of `model` with batches of `batch` rows, each once. Free with
 * nncl_free. Errors: NNCL_USAGE, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_tune_shapes(
    const struct nncl_model *model, size_t batch, struct nncl_tune_shape **shapes, size_t *count);

/* The convolutions of a training step of `model` with batches of `batch` pictures, each once; none
 * is no error. Free with nncl_free. Errors: NNCL_USAGE, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_tune_convolutions(const struct nncl_model *model, size_t batch,
    struct nncl_tune_convolution **convolutions, size_t *count);

/* The built-in parameters of a provider for a device. */
struct nncl_tune_built_in {
    const char *provider;
    const char *family;     /* what they are for: "PoCL on AVX-512", "other devices" */
    bool measured;          /* on such a device; else estimated */
    const char *parameters; /* "" where the provider takes values of its own */
};

/* Reports what applies to a device: the built-in parameters of each provider, then what the tuning
 * database says of products and of convolutions. Each may be NULL. Errors: NNCL_OUT_OF_MEMORY.
 * Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_tune_list(struct nncl_device *device,
    void (*built_in)(void *user, const struct nncl_tune_built_in *built_in),
    void (*report)(void *user, const struct nncl_tune_result *result),
    void (*report_convolution)(void *user, const struct nncl_tune_convolution_result *result),
    void *user);

#ifdef __cplusplus
}
#endif
#endif
