/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Samples, their quantiles, and how they are taken. */
#include "tune/timing.h"

#include <criterion/criterion.h>

#include <nncl/device.h>

#include "base/status.h"

Test(timing, quantiles_lie_between_the_samples)
{
    struct samples samples = {0};
    cr_expect_eq(samples_quantile(&samples, 0.5), 0);
    samples_add(&samples, 4);
    cr_expect_eq(samples_quantile(&samples, 0.25), 4);
    static const double more[] = {1, 3, 2};
    for (size_t i = 0; i < 3; i++)
        samples_add(&samples, more[i]);
    cr_expect_eq(samples_quantile(&samples, 0), 1);
    cr_expect_eq(samples_quantile(&samples, 0.25), 1.75);
    cr_expect_eq(samples_quantile(&samples, 0.5), 2.5);
    cr_expect_eq(samples_quantile(&samples, 1), 4);
}

Test(timing, samples_beyond_the_most_are_dropped)
{
    struct samples samples = {0};
    for (size_t i = 0; i < TIMING_MOST_SAMPLES + 10; i++)
        samples_add(&samples, (double)i);
    cr_expect_eq(samples.count, TIMING_MOST_SAMPLES);
    cr_expect_eq(samples_quantile(&samples, 1), TIMING_MOST_SAMPLES - 1);
}

/* Work that counts how often it was done, and fails at last. */
struct work {
    size_t done, most, stops, stop_after;
};

static enum nncl_status count_work(void *context)
{
    struct work *work = context;
    work->done++;
    return work->done > work->most ? nncl_fail(NNCL_FAILED, "no more work") : NNCL_OK;
}

static bool stop(void *user)
{
    struct work *work = user;
    return ++work->stops > work->stop_after;
}

static enum nncl_status time_it(struct work *work, double sample_seconds, struct samples *seconds)
{
    struct nncl_device *device = NULL;
    const struct timing_limits limits = {.sample_seconds = sample_seconds,
        .samples = 7,
        .total_seconds = 100,
        .stop = stop,
        .user = work};
    cr_assert_eq(nncl_device_open("ref", &device), NNCL_OK);
    enum nncl_status status = timing_run(device, count_work, work, &limits, seconds);
    nncl_device_close(&device);
    return status;
}

Test(timing, takes_the_samples_asked_for)
{
    struct work work = {.most = SIZE_MAX, .stop_after = SIZE_MAX};
    struct samples seconds;
    cr_expect_eq(time_it(&work, 0, &seconds), NNCL_OK);
    cr_expect_eq(seconds.count, 7);
    cr_expect_eq(work.done, 1 + 1 + 7); /* warm-up, calibration, samples */
    for (size_t i = 0; i < seconds.count; i++)
        cr_expect(seconds.value[i] > 0);
}

Test(timing, short_work_is_repeated_within_a_sample)
{
    struct work work = {.most = SIZE_MAX, .stop_after = SIZE_MAX};
    struct samples seconds;
    cr_expect_eq(time_it(&work, 0.001, &seconds), NNCL_OK);
    cr_expect(work.done > 100, "%zu", work.done);
    cr_expect(samples_quantile(&seconds, 0.5) < 1e-5);
}

Test(timing, failures_and_interrupts_end_it)
{
    struct samples seconds;
    struct work failing = {.most = 5, .stop_after = SIZE_MAX};
    cr_expect_eq(time_it(&failing, 0, &seconds), NNCL_FAILED);
    struct work stopping = {.most = SIZE_MAX, .stop_after = 3};
    cr_expect_eq(time_it(&stopping, 0, &seconds), NNCL_INTERRUPTED);
    cr_expect_eq(seconds.count, 3);
}
