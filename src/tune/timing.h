/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Timing what a device does: repeated samples, their median and how far they spread. */
#ifndef NNCL_TUNE_TIMING_H
#define NNCL_TUNE_TIMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/device.h"

enum { TIMING_MOST_SAMPLES = 128 };

/* Samples of one quantity, in any unit; starts as {0}. */
struct samples {
    double value[TIMING_MOST_SAMPLES];
    size_t count;
};

/* Adds a sample; what is beyond TIMING_MOST_SAMPLES is dropped. */
void samples_add(struct samples *samples, double value);

/* The value below which the `fraction` (0 to 1) of the values lies, between two by straight line:
 * 0.5 is the median. 0 if there are none. The values are sorted on the way. */
double quantile(double *values, size_t count, double fraction);

/* The same of samples, which stay in their order. */
double samples_quantile(const struct samples *samples, double fraction);

/* What is timed: enqueues the work once, and may wait. */
typedef enum nncl_status timing_work(void *context);

/* How long to measure. */
struct timing_limits {
    double sample_seconds; /* at least this much work in a sample, enqueued at once */
    size_t samples;
    double total_seconds;     /* no further sample once this much time has gone */
    bool (*stop)(void *user); /* asked between samples; true ends with NNCL_INTERRUPTED */
    void *user;
};

/* Runs `work` once to warm up, then finds how often it fits into a sample, then takes the samples:
 * seconds of one run each, from enqueue to finish. At least one is taken.
 * Errors: those of `work` and nncl_device_finish, NNCL_INTERRUPTED. */
enum nncl_status timing_run(struct nncl_device *device, timing_work *work, void *context,
    const struct timing_limits *limits, struct samples *seconds);

#endif
