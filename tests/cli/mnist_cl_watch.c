/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* --explain, --profile and --trace. Runs on the device, and again on the reference. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "pictures.h"
#include "run.h"
#include "schema.h"

enum { EPOCHS = 2, STEPS = 20 };

static void enter(void)
{
    const char *device = getenv("NNCL_TEST_DEVICE");
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
    if (device)
        setenv("NNCL_DEVICE", device, 1);
}

TestSuite(watch, .init = enter, .fini = scratch_leave);

static bool on_reference(void)
{
    const char *device = getenv("NNCL_DEVICE");
    return device && strcmp(device, "ref") == 0;
}

static void need(void)
{
    if (!on_reference())
        need_device();
}

/* The number behind "launches per training step: ". */
static size_t launches_in(const char *text)
{
    static const char head[] = "\nlaunches per training step: ";
    const char *line = strstr(text, head);
    cr_assert_not_null(line, "%s", text);
    char *end;
    size_t count = strtoul(line + strlen(head), &end, 10);
    cr_expect_eq(*end, '\n');
    cr_expect_gt(count, 0);
    return count;
}

/* The launches of a training: those of its steps, what is around a run of pipelined ones (four),
 * and up to two steps that are left over, one by one (five launches each). */
static void expect_launches(size_t launches, size_t per_step)
{
    enum { MOST_BESIDE = 4 + 2 * 4 };
    cr_expect_geq(launches, EPOCHS * STEPS * per_step);
    cr_expect_leq(launches, EPOCHS * (STEPS * per_step + MOST_BESIDE));
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    cr_assert(json_is_number(value), "%s is no number", key);
    return json_number_value(value);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    cr_assert_not_null(text, "%s is no text", key);
    return text;
}

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *value = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(value, "%s: %s", path, error.text);
    return value;
}

/* Three products forward and backward of the first layer, 2·32·128·784 each, are most of it. */
Test(watch, explain_shows_the_launches)
{
    need();
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1 --explain --json record");
    size_t count = launches_in(outcome.out), lines = 0;
    for (const char *at = outcome.out; (at = strchr(at, '\n')); at++)
        lines++;
    cr_expect_eq(lines, 1 + count + 1 + 1 + 1, "%s", outcome.out); /* head, N, empty, accuracy */
    EXPECT_IN(outcome.out, "784x128x32");
    json_t *record = load("record"), *launches = json_object_get(record, "launches"), *launch;
    cr_expect_eq(json_array_size(launches), count);
    size_t i;
    double flop = 0;
    json_array_foreach(launches, i, launch)
    {
        flop += number_of(launch, "flop");
        cr_expect_gt(number_of(launch, "bytes"), 0);
    }
    const double products = 2. * 32 * 128 * (784 + 784 + 10 + 10 + 10);
    cr_expect(flop > products && flop < 1.15 * products, "%g FLOP", flop);
    cr_expect_null(json_object_get(record, "profile"));
    json_decref(record);
    outcome_free(&outcome);
}

/* Whoever names a provider gets its products, also where a step could be one launch without. */
Test(watch, a_named_provider_computes_the_large_products)
{
    if (on_reference())
        cr_skip_test("the reference has no providers");
    need_device();
    static const char *const names[] = {"vector", "tiled"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1 --explain --gemm %s", names[i]);
        char kernel[32];
        size_t products = 0;
        snprintf(kernel, sizeof kernel, " gemm_%s", names[i]);
        for (const char *at = outcome.out; (at = strstr(at, kernel)); at++)
            products++;
        cr_expect_geq(products, 2, "%s", outcome.out);
        outcome_free(&outcome);
    }
}

/* Launches of convolutions in `record` that are products. */
static size_t convolutions_by_product(void)
{
    json_t *record = load("record"), *launches = json_object_get(record, "launches"), *launch;
    size_t i, count = 0;
    json_array_foreach(launches, i, launch) count +=
        strncmp(text_of(launch, "op"), "conv2d", 6) == 0 &&
        strcmp(text_of(launch, "provider"), "own") != 0;
    json_decref(record);
    return count;
}

/* Forward and the weights' gradient; on `ref` every launch has that for a provider. */
Test(watch, convolutions_have_two_ways)
{
    need();
    static const char run_as[] = "mnist-cl -q --epochs 1 --batch-size 64 --explain --json record "
                                 "--model 'conv 8 3x3 stride 2 relu, dense 10' --conv %s";
    struct outcome outcome = RUN(0, run_as, "product");
    cr_expect_eq(convolutions_by_product(), 2, "%s", outcome.out);
    outcome_free(&outcome);
    outcome = RUN(0, run_as, "direct");
    cr_expect_eq(convolutions_by_product(), on_reference() ? 2 : 0, "%s", outcome.out);
    outcome_free(&outcome);
    outcome = RUN(2, run_as, "winograd");
    EXPECT_IN(outcome.err, "--conv needs auto, direct or product, not \"winograd\"");
    outcome_free(&outcome);
}

Test(watch, profile_counts_every_launch)
{
    need();
    struct outcome outcome =
        RUN(0, "mnist-cl --epochs %d --explain --profile --json record", EPOCHS);
    EXPECT_IN(outcome.out, "GFLOP/s");
    EXPECT_IN(outcome.out, "\ntrain  ");
    EXPECT_IN(outcome.out, "\neval   ");
    EXPECT_IN(outcome.out, "\ntime in launches: ");
    json_t *record = load("record"), *rows = json_object_get(record, "profile"), *row;
    size_t i;
    size_t launches = 0;
    json_array_foreach(rows, i, row)
    {
        if (strcmp(text_of(row, "phase"), "train") == 0)
            launches += (size_t)number_of(row, "launches");
        cr_expect_geq(number_of(row, "seconds"), 0);
    }
    expect_launches(launches, launches_in(outcome.out));
    json_decref(record);
    outcome_free(&outcome);
}

Test(watch, evaluation_and_prediction_are_profiled)
{
    need();
    static const uint8_t black[PIXELS] = {[SIDE * 10 + 12] = 255, [SIDE * 11 + 12] = 255};
    png_write("one.png", black, PNG_PLAIN);
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1 --save model");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl eval --profile --trace eval.trace model");
    EXPECT_IN(outcome.out, "\neval  ");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl predict --profile --json --trace predict.trace model one.png");
    json_t *value = expect_json(outcome.out,
        "{'predictions': [{'file': 'string', 'class': 'integer', 'probability': 'number', 'next': "
        "[{'class': 'integer', 'probability': 'number'}]}], 'profile': [{'phase': 'string', "
        "'kernel': 'string', 'provider': 'string', 'shape': 'string', 'launches': 'integer', "
        "'seconds': 'number', 'flop': 'number', 'bytes': 'number'}]}");
    cr_expect_gt(json_array_size(json_object_get(value, "profile")), 0);
    json_decref(value);
    outcome_free(&outcome);
    json_decref(load("eval.trace"));
    json_decref(load("predict.trace"));
}

/* ---- --trace ---- */

struct timeline {
    size_t kernels, train, eval, hosts;
    double first, last; /* of the training's launches */
};

static void read_kernel(const json_t *event, struct timeline *timeline)
{
    const json_t *arguments = json_object_get(event, "args");
    const char *phase = text_of(arguments, "phase");
    double begin = number_of(event, "ts"), end = begin + number_of(event, "dur");
    timeline->kernels++;
    cr_expect(!strcmp(phase, "train") || !strcmp(phase, "eval") || !strcmp(phase, "setup"));
    timeline->eval += strcmp(phase, "eval") == 0;
    if (strcmp(phase, "train") != 0)
        return;
    timeline->train++;
    if (timeline->train == 1)
        timeline->first = begin;
    timeline->last = end;
}

/* Takes an event in; every one but names has its time. */
static void read_event(const json_t *event, struct timeline *timeline)
{
    const char *kind = text_of(event, "ph");
    if (strcmp(kind, "M") == 0)
        return;
    cr_expect_str_eq(kind, "X");
    cr_expect_geq(number_of(event, "ts"), 0);
    cr_expect_geq(number_of(event, "dur"), 0);
    if (strcmp(text_of(event, "cat"), "kernel") == 0)
        read_kernel(event, timeline);
    else
        timeline->hosts++;
}

static json_t *read_trace(const char *path, struct timeline *timeline)
{
    json_t *trace = load(path), *event;
    size_t i;
    *timeline = (struct timeline){0};
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event) read_event(event, timeline);
    return trace;
}

static const json_t *span_named(const json_t *trace, const char *name)
{
    const json_t *event;
    size_t i;
    json_array_foreach(json_object_get(trace, "traceEvents"), i,
        event) if (strcmp(text_of(event, "name"), name) == 0) return event;
    cr_assert_fail("there is no span \"%s\"", name);
    return NULL;
}

Test(watch, trace_has_every_launch_and_what_the_host_did)
{
    static const char *const spans[] = {"open device", "read data", "upload", "build", "warm up",
        "epoch 1", "epoch 2", "validation", "save model"};
    need();
    struct timeline timeline;
    struct outcome outcome =
        RUN(0, "mnist-cl -q --epochs %d --explain --trace trace --save traced", EPOCHS);
    json_t *trace = read_trace("trace", &timeline);
    expect_launches(timeline.train, launches_in(outcome.out));
    cr_expect_gt(timeline.eval, 0);
    cr_expect_gt(timeline.kernels, timeline.train + timeline.eval); /* the warm-up */
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        (void)span_named(trace, spans[i]);
    const json_t *first = span_named(trace, "epoch 1"), *last = span_named(trace, "epoch 2");
    cr_expect_geq(timeline.first, number_of(first, "ts"), "device and host have other clocks");
    cr_expect_leq(timeline.last, number_of(last, "ts") + number_of(last, "dur"));
    json_decref(trace);
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl -q --epochs %d --save plain && cmp plain traced", EPOCHS);
    outcome_free(&outcome);
}

Test(watch, ctrl_c_leaves_a_whole_trace)
{
    need();
    struct timeline timeline;
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 1"); /* kernels and verdict are kept */
    outcome_free(&outcome);
    outcome = RUN(130, "mnist-cl -q --epochs 100000 --trace trace & sleep 2; kill -INT $!; "
                       "wait $!");
    EXPECT_IN(outcome.err, "interrupted in epoch ");
    json_t *trace = read_trace("trace", &timeline);
    cr_expect_gt(timeline.train, 0);
    (void)span_named(trace, "save model");
    json_decref(trace);
    outcome_free(&outcome);
    outcome = RUN(0, "ls");
    EXPECT_NOT_IN(outcome.out, "trace.");
    outcome_free(&outcome);
}

/* A driver's compiler cannot be stopped; a second signal ends the program within it. */
Test(watch, a_sudden_end_leaves_no_half_of_a_trace)
{
    need();
    struct outcome outcome = RUN(0, "mnist-cl -q --epochs 100000 --trace trace & sleep 1; "
                                    "kill -INT $!; kill -TERM $!; wait $!; test $? -ge 130");
    EXPECT_IN(outcome.err, "stopped at once");
    outcome_free(&outcome);
    outcome = RUN(0, "ls");
    EXPECT_NOT_IN(outcome.out, "trace");
    outcome_free(&outcome);
}

Test(watch, traces_that_cannot_be_written_are_errors)
{
    need();
    struct outcome outcome = RUN(1, "mnist-cl --epochs 1 --trace no/such/folder/trace");
    EXPECT_IN(outcome.err, "no/such/folder/trace");
    EXPECT_NOT_IN(outcome.err, "seed");
    outcome_free(&outcome);
    outcome = RUN(1, "mnist-cl --epochs 1 --trace /dev/full");
    EXPECT_IN(outcome.err, "/dev/full: No space left on device");
    outcome_free(&outcome);
    outcome = RUN(2, "mnist-cl --json one --trace ./one");
    EXPECT_IN(outcome.err, "--json and --trace both name ./one");
    outcome_free(&outcome);
    outcome = RUN(2, "mnist-cl --plan --profile");
    EXPECT_IN(outcome.err, "--plan trains nothing");
    outcome_free(&outcome);
}
