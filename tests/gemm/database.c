/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tuning database's files and what is found in them, without a device. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/database.h"

/* A device that nobody computes on. */
static struct nncl_device device = {.info = {.kind = NNCL_DEVICE_CPU,
                                        .name = "a device",
                                        .platform = "a platform",
                                        .driver = "1",
                                        .native_vector_float = 8}};

#define NEWER "2026-02-01T00:00:00Z"
#define OLDER "2026-01-01T00:00:00Z"

static struct tuning_record record(const char *provider, size_t n, const char *date, double median)
{
    struct tuning_record made = {.shape = {n, n, n, false, false},
        .provider = gemm_provider_find(provider),
        .time = {median, median / 10, 7},
        .by_default = {2 * median, 0, 7},
        .nncl = "0.1.0"};
    const struct gemm gemm = tuning_gemm(&made.shape);
    made.parameters = gemm_defaults(&device, made.provider, &gemm);
    snprintf(made.date, sizeof made.date, "%s", date);
    snprintf(made.clblast, sizeof made.clblast, "%s", nncl_clblast_version());
    return made;
}

static char *format(const struct tuning_database *database)
{
    char *text = NULL;
    cr_assert_eq(tuning_format(&device, database, &text), NNCL_OK);
    return text;
}

static enum nncl_status parse(const char *text, struct tuning_database *database)
{
    size_t left_out;
    return tuning_parse(&device, text, strlen(text), database, &left_out);
}

static char *example(void)
{
    struct tuning_database database = {0};
    struct tuning_record failure = record("vector", 64, NEWER, 1);
    const struct tuning_record good = record("vector", 256, NEWER, 0.25);
    failure.end = TUNING_HANG;
    snprintf(failure.what, sizeof failure.what, "gave no answer");
    cr_assert_eq(tuning_add(&database, &good), NNCL_OK);
    cr_assert_eq(tuning_add(&database, &failure), NNCL_OK);
    char *text = format(&database);
    tuning_free(&database);
    return text;
}

Test(gemm_database, what_is_written_is_read)
{
    char *text = example();
    struct tuning_database read = {0};
    cr_assert_eq(parse(text, &read), NNCL_OK, "%s", nncl_last_error());
    cr_assert_eq(read.count, 2);
    char *again = format(&read);
    cr_expect_str_eq(again, text);
    const struct tuning_record like = record("vector", 64, NEWER, 1);
    const struct tuning_record *failure =
        tuning_failure(&read, like.provider, &like.shape, &like.parameters);
    cr_assert_not_null(failure);
    cr_expect_eq(failure->end, TUNING_HANG);
    cr_expect_null(tuning_measured(&read, &like.shape, like.provider));
    free(again);
    free(text);
    tuning_free(&read);
}

Test(gemm_database, newer_wins_then_faster)
{
    struct tuning_database all = {0};
    const struct tuning_record records[] = {record("vector", 256, OLDER, 0.125),
        record("vector", 256, NEWER, 0.5), record("vector", 256, NEWER, 0.25),
        record("vector", 256, NEWER, 0.375), record("vector", 256, OLDER, 0.0625)};
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        cr_assert_eq(tuning_add(&all, &records[i]), NNCL_OK);
    cr_expect_eq(all.count, 1);
    cr_expect_eq(all.records[0].time.median, 0.25);
    tuning_free(&all);
}

/* What a tuning has found stands against what another wrote before, also if that was faster. */
Test(gemm_database, another_tunings_results_are_joined)
{
    struct tuning_database own = {0}, other = {0};
    const struct tuning_record decided = record("vector", 64, NEWER, 2),
                               overruled = record("vector", 64, NEWER, 1),
                               outdated = record("vector", 128, OLDER, 1),
                               renewed = record("vector", 128, NEWER, 3),
                               added = record("vector", 512, OLDER, 4);
    cr_assert_eq(tuning_put(&own, &decided), NNCL_OK);
    cr_assert_eq(tuning_put(&own, &outdated), NNCL_OK);
    cr_assert_eq(tuning_put(&other, &overruled), NNCL_OK);
    cr_assert_eq(tuning_put(&other, &renewed), NNCL_OK);
    cr_assert_eq(tuning_put(&other, &added), NNCL_OK);
    cr_assert_eq(tuning_join(&own, &other), NNCL_OK);
    cr_expect_eq(own.count, 3);
    cr_expect_eq(tuning_measured(&own, &decided.shape, decided.provider)->time.median, 2);
    cr_expect_eq(tuning_measured(&own, &renewed.shape, renewed.provider)->time.median, 3);
    cr_expect_eq(tuning_measured(&own, &added.shape, added.provider)->time.median, 4);
    tuning_free(&own);
    tuning_free(&other);
}

Test(gemm_database, other_devices_say_nothing)
{
    char *text = example();
    struct tuning_database read = {0};
    strcpy(device.info.driver, "2");
    cr_expect_eq(parse(text, &read), NNCL_OK);
    cr_expect_eq(read.count, 0);
    free(text);
}

Test(gemm_database, entries_that_do_not_fit_are_left_out)
{
    char *text = example();
    struct tuning_database read = {0};
    size_t left_out;
    memcpy(strstr(text, "vector"), "magic!", 6);
    cr_expect_eq(tuning_parse(&device, text, strlen(text), &read, &left_out), NNCL_OK);
    cr_expect_eq(left_out, 1);
    cr_expect_eq(read.count, 1);
    tuning_free(&read);
    free(text);
}

static void expect_damaged(const char *from, const char *to)
{
    char *text = example(), damaged[8192];
    struct tuning_database read = {0};
    const char *at = strstr(text, from);
    cr_assert_not_null(at, "%s", from);
    snprintf(damaged, sizeof damaged, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    cr_expect_eq(parse(damaged, &read), NNCL_BAD_DATA, "%s -> %s", from, to);
    cr_expect_eq(read.count, 0);
    tuning_free(&read);
    free(text);
}

Test(gemm_database, damaged_files_change_nothing)
{
    expect_damaged("nncl-tuning", "something else");
    expect_damaged("\"version\": 1", "\"version\": 2");
    expect_damaged("\"products\": [", "\"products\": 3, \"others\": [");
    expect_damaged("\"m\": 256", "\"m\": -1");
    expect_damaged("\"m\": 256", "\"m\": 1e300");
    expect_damaged("\"median\": 0.25", "\"median\": -0.25");
    expect_damaged("\"median\": 0.25", "\"median\": \"fast\"");
    expect_damaged("2026-02-01T", "2026-02-0x ");
    expect_damaged("2026-02-01T00:00:00Z", "a date that is far longer than a date can be");
    expect_damaged("\"how\": \"hang\"", "\"how\": \"well\"");
    expect_damaged("\"provider\": \"vector\"", "\"provider\": [[]]");
}

Test(gemm_database, files_cut_or_changed_anywhere_do_no_harm)
{
    char *text = example();
    size_t size = strlen(text), left_out;
    for (size_t i = 0; i < size; i++) {
        struct tuning_database read = {0};
        char kept = text[i];
        cr_expect_eq(tuning_parse(&device, text, i, &read, &left_out), NNCL_BAD_DATA, "%zu", i);
        text[i] = (char)(kept ^ 0x11);
        (void)tuning_parse(&device, text, size, &read, &left_out);
        text[i] = kept;
        tuning_free(&read);
    }
    free(text);
}

Test(gemm_database, the_closest_size_serves)
{
    struct tuning_database all = {0};
    const struct tuning_record small = record("vector", 128, NEWER, 0.25),
                               large = record("vector", 2048, NEWER, 0.5);
    const struct gemm_provider *vector = small.provider;
    cr_assert_eq(tuning_add(&all, &small), NNCL_OK);
    cr_assert_eq(tuning_add(&all, &large), NNCL_OK);
    static const struct {
        size_t size, served_by;
    } sizes[] = {
        {64, 128}, {100, 128}, {256, 128}, {63, 0}, {257, 0}, {512, 0}, {1024, 2048}, {8192, 2048}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t n = sizes[i].size;
        const struct gemm gemm = gemm_dense(n, n, n, false, false);
        const struct tuning_record *found = tuning_find(&all, &device, &gemm, vector, NULL);
        cr_expect_eq(found ? found->shape.m : 0, sizes[i].served_by, "%zu", n);
    }
    const struct gemm transposed = gemm_dense(128, 128, 128, true, false);
    cr_expect_null(tuning_find(&all, &device, &transposed, vector, NULL));
    tuning_free(&all);
}
