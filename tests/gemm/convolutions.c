/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the tuning database says of convolutions, without a device. */
#include "gemm/convolutions.h"

#include <criterion/criterion.h>
#include <nncl/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct nncl_device device = {.info = {.kind = NNCL_DEVICE_CPU,
                                        .name = "a device",
                                        .platform = "a platform",
                                        .driver = "1",
                                        .native_vector_float = 8}};

#define NEWER "2026-02-01T00:00:00Z"
#define OLDER "2026-01-01T00:00:00Z"

static const struct tuning_convolution some = {
    TUNING_INPUT, 64, 26, 24, 32, 64, 3, 2, 2, 1, 1, true};

static struct tuning_convolution_record record(bool product, const char *date, double median)
{
    struct tuning_convolution_record made = {.convolution = some,
        .product = product,
        .provider = "own",
        .time = {median, 0, 7},
        .clblast = "0.9.0"};
    snprintf(made.nncl, sizeof made.nncl, "%s", nncl_version());
    snprintf(made.date, sizeof made.date, "%s", date);
    if (median <= 0) {
        made.end = TUNING_WRONG;
        made.time = (struct tuning_time){0};
        snprintf(made.what, sizeof made.what, "it was off");
    }
    return made;
}

static void add(struct tuning_database *database, bool product, const char *date, double median)
{
    const struct tuning_convolution_record made = record(product, date, median);
    cr_assert_eq(tuning_add_convolution(database, &made), NNCL_OK);
}

static char *example(void)
{
    struct tuning_database database = {0};
    char *text = NULL;
    add(&database, false, NEWER, 0.25);
    add(&database, true, OLDER, 0);
    cr_assert_eq(tuning_format(&device, &database, &text), NNCL_OK);
    tuning_free(&database);
    return text;
}

static enum nncl_status parse(const char *text, struct tuning_database *database)
{
    size_t left_out;
    return tuning_parse(&device, text, strlen(text), database, &left_out);
}

Test(gemm_convolutions, what_is_written_is_read)
{
    char *text = example(), *again = NULL;
    struct tuning_database read = {0};
    cr_assert_eq(parse(text, &read), NNCL_OK, "%s", nncl_last_error());
    cr_assert_eq(tuning_format(&device, &read, &again), NNCL_OK);
    cr_expect_str_eq(again, text);
    const struct tuning_convolution_record *direct = tuning_convolution_find(&read, &some, false),
                                           *product = tuning_convolution_find(&read, &some, true);
    cr_assert_not_null(direct);
    cr_assert_not_null(product);
    cr_expect_eq(direct->time.median, 0.25);
    cr_expect_eq(product->end, TUNING_WRONG);
    cr_expect_str_eq(product->what, "it was off");
    tuning_free(&read);
    free(again);
    free(text);
}

/* A file of before there were any is as good. */
Test(gemm_convolutions, files_without_any_are_read)
{
    struct tuning_database read = {0};
    cr_expect_eq(parse("{\"format\": \"nncl-tuning\", \"version\": 1, \"device\": {\"name\": "
                       "\"a device\", \"platform\": \"a platform\", \"driver\": \"1\"}, "
                       "\"products\": [], \"failures\": []}",
                     &read),
        NNCL_OK);
    cr_expect_eq(read.convolution_count, 0);
}

static void expect_left_out(const char *from, const char *to)
{
    char *text = example(), changed[8192];
    struct tuning_database read = {0};
    size_t left_out = 0;
    const char *at = strstr(text, from);
    cr_assert_not_null(at, "%s", from);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    cr_expect_eq(tuning_parse(&device, changed, strlen(changed), &read, &left_out), NNCL_OK, "%s",
        nncl_last_error());
    cr_expect_eq(left_out, 1, "%s -> %s", from, to);
    cr_expect_eq(read.convolution_count, 1);
    tuning_free(&read);
    free(text);
}

/* Which way was faster is true of the kernels that were measured. */
Test(gemm_convolutions, records_of_other_versions_are_left_out)
{
    char version[64];
    snprintf(version, sizeof version, "\"nncl\": \"%s\"", nncl_version());
    expect_left_out(version, "\"nncl\": \"0.0.9\"");
    expect_left_out("\"provider\": \"own\"", "\"provider\": \"clblast\""); /* of 0.9.0 */
}

static void expect_damaged(const char *from, const char *to)
{
    char *text = example(), damaged[8192];
    struct tuning_database read = {0};
    const char *at = strstr(text, from);
    cr_assert_not_null(at, "%s", from);
    snprintf(damaged, sizeof damaged, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    cr_expect_eq(parse(damaged, &read), NNCL_BAD_DATA, "%s -> %s", from, to);
    cr_expect_eq(read.convolution_count, 0);
    tuning_free(&read);
    free(text);
}

Test(gemm_convolutions, damaged_files_change_nothing)
{
    expect_damaged("\"convolutions\": [", "\"convolutions\": 3, \"others\": [");
    expect_damaged("\"pass\": \"input\"", "\"pass\": \"output\"");
    expect_damaged("\"way\": \"direct\"", "\"way\": \"diagonal\"");
    expect_damaged("\"channels\": 32", "\"channels\": 0");
    expect_damaged("\"same\": true", "\"same\": 1");
    expect_damaged("\"median\": 0.25", "\"median\": 0");
    expect_damaged("\"how\": \"wrong\"", "\"how\": \"right\"");
    expect_damaged("2026-02-01T", "2026-02-0x ");
}

Test(gemm_convolutions, newer_wins_then_measured_then_faster)
{
    struct tuning_database all = {0};
    add(&all, true, OLDER, 0.0625);
    add(&all, true, NEWER, 0);
    cr_expect_eq(all.convolutions[0].end, TUNING_WRONG);
    add(&all, true, NEWER, 0.5);
    add(&all, true, NEWER, 0.25);
    add(&all, true, NEWER, 0.375);
    add(&all, true, NEWER, 0);
    add(&all, true, OLDER, 0.125);
    cr_assert_eq(all.convolution_count, 1);
    cr_expect_eq(all.convolutions[0].end, TUNING_MEASURED);
    cr_expect_eq(all.convolutions[0].time.median, 0.25);
    tuning_free(&all);
}

static bool way(const struct tuning_database *all, bool *product)
{
    *product = false;
    return tuning_convolution_way(all, &some, product);
}

Test(gemm_convolutions, the_faster_of_two_known_ways_serves)
{
    struct tuning_database all = {0};
    bool product;
    add(&all, false, OLDER, 0.25);
    cr_expect_not(way(&all, &product), "one way says nothing");
    add(&all, true, OLDER, 0.125);
    cr_expect(way(&all, &product) && product);
    add(&all, true, NEWER, 0.5);
    cr_expect(way(&all, &product) && !product);
    add(&all, false, NEWER, 0);
    cr_expect(way(&all, &product) && product);
    tuning_free(&all);
    add(&all, true, NEWER, 0);
    add(&all, false, NEWER, 0.5);
    cr_expect(way(&all, &product) && !product);
    tuning_free(&all);
    add(&all, false, NEWER, 0);
    add(&all, true, NEWER, 0);
    cr_expect_not(way(&all, &product), "none of them works");
    tuning_free(&all);
}

Test(gemm_convolutions, it_serves_what_is_alike)
{
    struct tuning_database all = {0};
    add(&all, false, NEWER, 0.25);
    add(&all, true, NEWER, 0.5);
    struct tuning_convolution other = some;
    bool product = true;
    other.pictures = 1000;
    other.height = 52;
    other.filters = 32;
    cr_expect(tuning_convolution_way(&all, &other, &product));
    other.filters = 31;
    cr_expect_not(tuning_convolution_way(&all, &other, &product));
    other = some;
    other.pictures = 8;
    cr_expect_not(tuning_convolution_way(&all, &other, &product));
    for (unsigned i = 0; i < 5; i++) {
        other = some;
        size_t *const kinds[] = {&other.down, &other.across, &other.stride, &other.dilation};
        if (i < 4)
            ++*kinds[i];
        else
            other.same = false;
        cr_expect_not(tuning_convolution_way(&all, &other, &product), "%u", i);
    }
    tuning_free(&all);
}
