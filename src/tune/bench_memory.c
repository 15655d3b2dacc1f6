/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Bandwidth: copies and triads through memory, and triads through what caches hold. */
#include <stdio.h>

#include "base/status.h"
#include "tune/bench.h"

enum { ARRAYS = 3, MOST_PASSES = 1 << 20 };

/* Arrays and how kernels walk over them. */
struct stream {
    size_t bytes; /* of the arrays together */
    size_t n, span, items;
    uint32_t passes;
    char options[64];
    struct buffer *whole, *array[ARRAYS]; /* its parts */
};

/* The sum b + c is halved. */
static const float factor = 0.5f, start_values[ARRAYS] = {1, 2, 3};

/* On CPUs each core gets one stretch of each array; on GPUs neighbouring work-items touch
 * neighbouring vectors. */
static struct stream choose_stream(const struct bench *bench, size_t bytes)
{
    struct stream stream = {.bytes = bytes, .passes = 1};
    bool cpu = bench_on_cpu(bench);
    size_t units = device_units(bench->device);
    size_t width = cpu ? device_vector_width(bench->device) : 4;
    stream.items = cpu ? units : units * 2048;
    stream.span = bytes / ARRAYS / sizeof(float) / stream.items / width * width;
    if (stream.span == 0)
        stream.span = width;
    stream.n = stream.span * stream.items;
    stream.bytes = stream.n * ARRAYS * sizeof(float);
    snprintf(stream.options, sizeof stream.options, "-DWIDTH=%zu -DSTRIDED=%d", width, !cpu);
    return stream;
}

static enum nncl_status make_step(struct bench *bench, const struct stream *stream,
    const char *kernel, const struct step_argument *arguments, size_t count, struct step *step)
{
    const struct step_launch launch = {.program = "bench",
        .kernel = kernel,
        .options = stream->options,
        .dimensions = 1,
        .global = {stream->items},
        .local = {bench_on_cpu(bench) ? 1 : 256}};
    step_clear(step);
    return step_launch(bench->device, &launch, arguments, count, step);
}

static enum nncl_status make_triad(
    struct bench *bench, const struct stream *stream, struct step *step)
{
    const struct step_argument arguments[] = {ARG_BUFFER(stream->array[0]),
        ARG_BUFFER(stream->array[1]), ARG_BUFFER(stream->array[2]), ARG_FLOAT(factor),
        ARG_SIZE(stream->n), ARG_SIZE(stream->span), ARG_UINT(stream->passes)};
    return make_step(bench, stream, "bench_triad", arguments, 7, step);
}

static enum nncl_status make_copy(
    struct bench *bench, const struct stream *stream, struct step *step)
{
    const struct step_argument arguments[] = {ARG_BUFFER(stream->array[0]),
        ARG_BUFFER(stream->array[1]), ARG_SIZE(stream->n), ARG_SIZE(stream->span)};
    return make_step(bench, stream, "bench_copy", arguments, 4, step);
}

/* Puts the start values into the arrays, each part from where it will be worked on. */
static enum nncl_status fill(struct bench *bench, const struct stream *stream)
{
    enum nncl_status status = NNCL_OK;
    struct step step = {0};
    for (unsigned i = 0; i < ARRAYS; i++) {
        const struct step_argument arguments[] = {ARG_BUFFER(stream->array[i]),
            ARG_FLOAT(start_values[i]), ARG_SIZE(stream->n), ARG_SIZE(stream->span)};
        TRY(make_step(bench, stream, "bench_fill", arguments, 4, &step));
        TRY(step_enqueue(&step));
    }
out:
    step_clear(&step);
    return status;
}

/* Where array `index` begins. Arrays whose addresses have the same low bits would be in each
 * other's way in caches and store buffers. */
static size_t array_offset(const struct bench *bench, const struct stream *stream, size_t index)
{
    enum { APART = 1024 + 256 };
    size_t alignment = bench->device->info.base_alignment;
    if (alignment < 256)
        alignment = 256;
    size_t bytes = stream->n * sizeof(float) + 4095;
    return index * (bytes - bytes % 4096 + (APART + alignment - 1) / alignment * alignment);
}

static enum nncl_status open_stream(struct bench *bench, struct stream *stream)
{
    enum nncl_status status = NNCL_OK;
    TRY(buffer_create(bench->device, array_offset(bench, stream, ARRAYS), &stream->whole));
    for (unsigned i = 0; i < ARRAYS; i++)
        TRY(buffer_slice(stream->whole, array_offset(bench, stream, i), stream->n * sizeof(float),
            &stream->array[i]));
    TRY(fill(bench, stream));
out:
    return status;
}

static void close_stream(struct stream *stream)
{
    for (unsigned i = 0; i < ARRAYS; i++)
        buffer_free(&stream->array[i]);
    buffer_free(&stream->whole);
}

/* First, middle and last element of an array. */
static enum nncl_status expect_value(struct bench *bench, const char *kernel,
    const struct stream *stream, unsigned array, double wanted)
{
    enum nncl_status status = NNCL_OK;
    float got;
    const size_t places[] = {0, stream->n / 2, stream->n - 1};
    for (size_t i = 0; i < sizeof places / sizeof places[0] && status == NNCL_OK; i++) {
        status = buffer_read(stream->array[array], places[i] * sizeof got, &got, sizeof got);
        if (status == NNCL_OK)
            status = bench_expect(bench, kernel, got, wanted);
    }
    return status;
}

/* Runs the triad once more over fresh arrays, with few passes: what it leaves is known. */
static enum nncl_status check_triad(struct bench *bench, struct stream *stream)
{
    enum { PASSES = 4 };
    enum nncl_status status = NNCL_OK;
    struct step step = {0};
    double value[ARRAYS];
    uint32_t passes = stream->passes;
    stream->passes = PASSES;
    for (unsigned i = 0; i < ARRAYS; i++)
        value[i] = start_values[i];
    for (unsigned pass = 0; pass < PASSES; pass++) { /* a, b, c are 0, 1, 2, then 2, 0, 1 … */
        unsigned a = (ARRAYS - pass % ARRAYS) % ARRAYS;
        value[a] = factor * (value[(a + 1) % ARRAYS] + value[(a + 2) % ARRAYS]);
    }
    TRY(fill(bench, stream));
    TRY(make_triad(bench, stream, &step));
    TRY(step_enqueue(&step));
    for (unsigned i = 0; i < ARRAYS; i++)
        TRY(expect_value(bench, "bench_triad", stream, i, value[i]));
out:
    stream->passes = passes;
    step_clear(&step);
    return status;
}

/* ---- Figures ---- */

static void report(struct bench *bench, const struct stream *stream, const char *kernel,
    unsigned arrays, bool in_cache, const struct samples *seconds)
{
    char name[64], note[96] = "", size[BENCH_SIZE_TEXT];
    double bytes = (double)stream->bytes / ARRAYS * arrays * stream->passes;
    snprintf(name, sizeof name, "%s %s", kernel,
        bench_size((double)stream->bytes / ARRAYS * arrays, size));
    if (in_cache)
        snprintf(note, sizeof note, "in caches: %u passes a launch", stream->passes);
    double best = bench->levels[bench->level_count - 1].bytes_per_second;
    bench_report(bench, &(struct bench_figure){.name = name,
                            .note = note,
                            .unit = "GB/s",
                            .seconds = seconds,
                            .work = bytes,
                            .scale = 1e9,
                            .bound_seconds = in_cache ? 0 : bytes / best,
                            .bound = "bandwidth"});
}

static double rate(const struct stream *stream, unsigned arrays, const struct samples *seconds)
{
    double fastest = samples_quantile(seconds, 0);
    double bytes = (double)stream->bytes / ARRAYS * arrays * stream->passes;
    return fastest > 0 ? bytes / fastest : 0;
}

static void add_level(struct bench *bench, size_t bytes, double bytes_per_second)
{
    if (bench->level_count < BENCH_MOST_LEVELS)
        bench->levels[bench->level_count++] = (struct bench_level){bytes, bytes_per_second};
}

/* Makes the triad, with as many passes as make a launch long enough. */
static enum nncl_status choose_passes(struct bench *bench, struct stream *stream, struct step *step)
{
    enum nncl_status status = NNCL_OK;
    double wanted = bench->options.quick ? 0.0025 : 0.005, seconds;
    for (;;) {
        TRY(make_triad(bench, stream, step));
        TRY(bench_try_step(bench, step, &seconds));
        if (seconds >= wanted / 2 || stream->passes >= MOST_PASSES)
            return NNCL_OK;
        double times = seconds > wanted / 16 ? wanted / seconds : 8;
        stream->passes = (uint32_t)(stream->passes * times) + 1;
    }
out:
    return status;
}

static enum nncl_status measure_cache(struct bench *bench, size_t bytes)
{
    enum nncl_status status = NNCL_OK;
    struct stream stream = choose_stream(bench, bytes);
    struct step step = {0};
    struct samples seconds;
    TRY(open_stream(bench, &stream));
    TRY(choose_passes(bench, &stream, &step));
    TRY(bench_time_step(bench, &step, &seconds));
    TRY(check_triad(bench, &stream));
    add_level(bench, stream.bytes, rate(&stream, ARRAYS, &seconds));
    report(bench, &stream, "triad", ARRAYS, true, &seconds);
out:
    step_clear(&step);
    close_stream(&stream);
    return status;
}

static enum nncl_status measure_memory(struct bench *bench, size_t bytes)
{
    enum nncl_status status = NNCL_OK;
    struct stream stream = choose_stream(bench, bytes);
    struct step copy = {0}, triad = {0};
    struct samples copy_seconds, triad_seconds;
    TRY(open_stream(bench, &stream));
    TRY(make_copy(bench, &stream, &copy));
    TRY(bench_time_step(bench, &copy, &copy_seconds));
    TRY(expect_value(bench, "bench_copy", &stream, 1, start_values[0]));
    TRY(make_triad(bench, &stream, &triad));
    TRY(bench_time_step(bench, &triad, &triad_seconds));
    TRY(check_triad(bench, &stream));
    double copied = rate(&stream, 2, &copy_seconds);
    double summed = rate(&stream, ARRAYS, &triad_seconds);
    add_level(bench, stream.bytes, copied > summed ? copied : summed);
    report(bench, &stream, "copy", 2, false, &copy_seconds);
    report(bench, &stream, "triad", ARRAYS, false, &triad_seconds);
out:
    step_clear(&triad);
    step_clear(&copy);
    close_stream(&stream);
    return status;
}

/* ---- Sizes ---- */

/* Well beyond the caches, and far below the device's memory. */
static size_t memory_bytes(const struct bench *bench)
{
    uint64_t cache = bench->device->info.global_cache;
    uint64_t wanted = bench->options.quick ? (uint64_t)96 << 20 : (uint64_t)384 << 20;
    if (wanted < 8 * cache)
        wanted = 8 * cache;
    uint64_t most = (uint64_t)bench_largest_buffer(bench) / 16 * 15; /* room between the arrays */
    uint64_t counted = (uint64_t)STEP_MAX_SIZE / 2 * ARRAYS;         /* elements fit 32 bits */
    if (most > counted)
        most = counted;
    return (size_t)(wanted < most ? wanted : most);
}

/* What one core's caches hold, times the cores, and the cache that all share; on GPUs half of that.
 * Rising. */
static size_t cache_sizes(const struct bench *bench, size_t *sizes)
{
    static const size_t per_unit[] = {24 << 10, 256 << 10, 1 << 20, 4 << 20};
    const struct nncl_device_info *info = &bench->device->info;
    size_t count = 0, units = device_units(bench->device);
    size_t shared = (size_t)info->global_cache;
    if (!bench_on_cpu(bench)) {
        sizes[0] = shared / 2;
        return shared > 0;
    }
    for (; count < sizeof per_unit / sizeof per_unit[0]; count++)
        sizes[count] = per_unit[count] * units;
    if (shared > sizes[count - 1])
        sizes[count++] = shared;
    return count;
}

enum nncl_status bench_memory(struct bench *bench)
{
    enum nncl_status status = NNCL_OK;
    size_t sizes[BENCH_MOST_LEVELS], memory = memory_bytes(bench);
    size_t count = cache_sizes(bench, sizes);
    for (size_t i = 0; i < count; i++)
        if (sizes[i] < memory / 4) {
            TRY(bench_begin(bench, "bandwidth of caches"));
            TRY(bench_excuse(bench, measure_cache(bench, sizes[i]), "triad in caches"));
        }
    TRY(bench_begin(bench, "bandwidth of memory"));
    TRY(bench_excuse(bench, measure_memory(bench, memory), "copy and triad"));
out:
    return status;
}
