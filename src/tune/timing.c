/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "tune/timing.h"

#include <stdlib.h>
#include <string.h>

#include <nncl/program.h>

#include "base/status.h"

void samples_add(struct samples *samples, double value)
{
    if (samples->count < TIMING_MOST_SAMPLES)
        samples->value[samples->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double quantile(double *values, size_t count, double fraction)
{
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, compare);
    double place = fraction * (double)(count - 1);
    size_t below = (size_t)place;
    size_t above = below + 1 < count ? below + 1 : below;
    return values[below] + (place - (double)below) * (values[above] - values[below]);
}

double samples_quantile(const struct samples *samples, double fraction)
{
    double values[TIMING_MOST_SAMPLES];
    memcpy(values, samples->value, samples->count * sizeof values[0]);
    return quantile(values, samples->count, fraction);
}

/* Seconds for `times` runs, from the first enqueue to the end of the last. */
static enum nncl_status run_many(
    struct nncl_device *device, timing_work *work, void *context, size_t times, double *seconds)
{
    enum nncl_status status = NNCL_OK;
    double begin = nncl_clock();
    for (size_t i = 0; i < times && status == NNCL_OK; i++)
        status = work(context);
    if (status == NNCL_OK)
        status = nncl_device_finish(device);
    *seconds = nncl_clock() - begin;
    return status;
}

/* How many runs make a sample: doubled until they take half of it, then by proportion. */
static enum nncl_status calibrate(struct nncl_device *device, timing_work *work, void *context,
    double sample_seconds, size_t *times)
{
    enum { MOST_TIMES = 1 << 16 };
    double seconds;
    enum nncl_status status = run_many(device, work, context, *times = 1, &seconds);
    while (status == NNCL_OK && seconds < sample_seconds / 2 && *times < MOST_TIMES)
        status = run_many(device, work, context, *times *= 2, &seconds);
    if (seconds > 0 && seconds < sample_seconds && *times < MOST_TIMES)
        *times = (size_t)((double)*times * sample_seconds / seconds) + 1;
    return status;
}

enum nncl_status timing_run(struct nncl_device *device, timing_work *work, void *context,
    const struct timing_limits *limits, struct samples *seconds)
{
    enum nncl_status status = NNCL_OK;
    size_t times = 1;
    double begin = nncl_clock(), taken;
    *seconds = (struct samples){0};
    TRY(run_many(device, work, context, 1, &taken)); /* generates code, touches memory */
    TRY(calibrate(device, work, context, limits->sample_seconds, &times));
    do {
        if (limits->stop && limits->stop(limits->user))
            TRY(nncl_fail(NNCL_INTERRUPTED, "the measurement was interrupted"));
        TRY(run_many(device, work, context, times, &taken));
        samples_add(seconds, taken / (double)times);
    } while (seconds->count < limits->samples && nncl_clock() - begin < limits->total_seconds);
out:
    return status;
}
