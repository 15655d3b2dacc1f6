/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Tuning with workers that misbehave, and computing by what was tuned. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <nncl/plan.h>
#include <nncl/program.h>
#include <nncl/tune.h>

#include "gemm/convolutions.h"
#include "support.h"

static struct nncl_device *device;
static unsigned failures;
static const char *provider = "vector";
static char how[16], what[128];

static void open_device(void)
{
    support_folder_make();
    device = support_device();
}

static void close_device(void)
{
    nncl_device_close(&device);
    support_folder_remove();
}

TestSuite(gemm_tuned, .init = open_device, .fini = close_device, .timeout = 60);

static void note_failure(void *user, const struct nncl_tune_failure *failure)
{
    (void)user;
    failures++;
    snprintf(how, sizeof how, "%s", failure->how);
    snprintf(what, sizeof what, "%s", failure->what);
}

/* Tunes with a shell script as its worker. */
static enum nncl_status tune(const char *script, double budget)
{
    const char *const worker[] = {"/bin/sh", "-c", script, NULL};
    const struct nncl_tune_shape shape = {64, 64, 64, false, false};
    const struct nncl_tune_options options = {.worker = worker,
        .shapes = &shape,
        .shape_count = 1,
        .gemm = provider,
        .budget = budget,
        .set_limit = 2,
        .failure = note_failure};
    failures = 0;
    return nncl_tune(device, &options);
}

static void need_opencl(void)
{
    if (nncl_device_get_info(device)->kind == NNCL_DEVICE_REF)
        cr_skip_test("the reference has nothing to tune");
}

/* The first call, for the built-in values, is answered; all others hang. */
#define HANG_LATER "[ -e called ] && sleep 40; touch called; echo '{\"times\": [[0.5, 0.1, 3]]}'"

Test(gemm_tuned, sets_that_hang_are_killed_recorded_and_skipped)
{
    need_opencl();
    if (!gemm_provider_find("clblast"))
        cr_skip_test("built without a provider that has many parameters");
    provider = "clblast";
    double begin = nncl_clock();
    cr_expect_eq(tune(HANG_LATER, 10), NNCL_OK, "%s", nncl_last_error());
    cr_expect(nncl_clock() - begin < 13, "a budget holds");
    cr_assert(failures > 0);
    cr_expect_str_eq(how, "hang");
    cr_expect(strstr(what, "gave no answer within 2 s"), "%s", what);
    struct tuning_database database = {0};
    char *path = NULL;
    cr_assert_eq(tuning_path(device, false, &path), NNCL_OK);
    cr_assert_eq(tuning_read_file(device, path, &database), NNCL_OK);
    cr_expect_eq(database.count, failures + 1);
    cr_expect_eq(database.records[1].end, TUNING_HANG);
    unsigned known = failures;
    remove("called");
    cr_expect_eq(tune("touch called; echo '{\"times\": [[0.5, 0.1, 3]]}'", 1), NNCL_OK);
    cr_expect_eq(failures, 0, "what hangs is not tried again: %u were", known);
    free(path);
    tuning_free(&database);
}

Test(gemm_tuned, a_worker_that_crashes_is_recorded)
{
    need_opencl();
    cr_expect_eq(tune("kill -SEGV $$", 2), NNCL_FAILED);
    cr_assert(failures > 0);
    cr_expect_str_eq(how, "crash");
    cr_expect(strstr(what, "Segmentation fault"), "%s", what);
}

Test(gemm_tuned, nonsense_is_a_failure)
{
    need_opencl();
    cr_expect_eq(tune("echo '{\"times\": [[1e999, 0, 1]]}'", 2), NNCL_FAILED);
    cr_expect_str_eq(how, "failed");
}

Test(gemm_tuned, a_budget_holds)
{
    need_opencl();
    double begin = nncl_clock();
    cr_expect_eq(tune("sleep 0.2; echo '{\"times\": [[0.5, 0.1, 3]]}'", 3), NNCL_OK, "%s",
        nncl_last_error());
    cr_expect(nncl_clock() - begin < 5);
    cr_expect_eq(failures, 0);
}

/* A file that cannot grow is what a full disk looks like. */
Test(gemm_tuned, a_full_disk_is_one_sentence)
{
    need_opencl();
    const struct rlimit none = {0, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    cr_expect_eq(tune("echo '{\"times\": [[0.5, 0.1, 3]]}'", 2), NNCL_FAILED);
    cr_expect(strstr(nncl_last_error(), "keeping what was tuned: "), "%s", nncl_last_error());
}

/* Writes a database's file, and frees it. */
static void write_file(struct tuning_database *database)
{
    char *text = NULL, *path = NULL;
    cr_assert_eq(tuning_format(device, database, &text), NNCL_OK);
    cr_assert_eq(tuning_path(device, true, &path), NNCL_OK);
    cr_assert_eq(nncl_file_write(path, text, strlen(text)), NNCL_OK);
    free(path);
    free(text);
    tuning_free(database);
}

static void put(const struct tuning_record *records, size_t count)
{
    struct tuning_database database = {0};
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(tuning_add(&database, &records[i]), NNCL_OK);
    write_file(&database);
}

static struct tuning_record measured(const char *name, double seconds)
{
    struct tuning_record made = {.shape = {64, 64, 64, false, false},
        .provider = gemm_provider_find(name),
        .time = {seconds, 0, 7},
        .date = "2026-02-01T00:00:00Z",
        .nncl = "0.1.0"};
    const struct gemm gemm = tuning_gemm(&made.shape);
    made.parameters = gemm_defaults(device, made.provider, &gemm);
    snprintf(made.clblast, sizeof made.clblast, "%s", nncl_clblast_version());
    return made;
}

/* With and without a stored result, so that fusion changes no choice. */
static const char *chosen(void)
{
    struct gemm gemm = gemm_dense(64, 64, 64, false, false);
    const struct gemm_provider *folded = NULL;
    const struct gemm_provider *found = NULL;
    char key[GEMM_TUNING_KEY];
    nncl_device_close(&device);
    device = support_device();
    gemm_tuning_key(device, key);
    cr_expect_neq(strcmp(key, "built in"), 0);
    cr_assert_eq(gemm_choose(device, "auto", &gemm, &found), NNCL_OK);
    gemm.epilogue_count = 1;
    gemm.epilogue_options = " -DX";
    cr_assert_eq(gemm_choose(device, "auto", &gemm, &folded), NNCL_OK);
    cr_expect_eq(folded, found);
    return found->name;
}

Test(gemm_tuned, the_database_chooses_the_provider)
{
    need_opencl();
    if (!gemm_provider_find("clblast"))
        cr_skip_test("built without a second provider");
    const struct tuning_record records[] = {measured("vector", 0.5), measured("clblast", 0.25)};
    put(records, 2);
    cr_expect_str_eq(chosen(), "clblast");
    const struct tuning_record others[] = {measured("vector", 0.125), measured("clblast", 0.25)};
    put(others, 2);
    cr_expect_str_eq(chosen(), "vector");
}

Test(gemm_tuned, clblast_takes_its_parameters_from_the_database)
{
    need_opencl();
    if (!gemm_provider_find("clblast"))
        cr_skip_test("built without CLBlast");
    struct tuning_record record = measured("clblast", 0.25);
    static const struct gemm_parameters small = {{8, 8, 8, 8, 8, 2, 1, 1, 0, 0, [26] = 1024}};
    char text[512];
    const struct gemm gemm = tuning_gemm(&record.shape);
    record.parameters = small;
    cr_assert(record.provider->valid(device, &gemm, &small));
    put(&record, 1);
    nncl_device_close(&device);
    device = support_device();
    gemm_describe(device, record.provider, &gemm, text, sizeof text);
    cr_expect(strstr(text, "tuned: WGD=8 "), "%s", text);
    record.parameters.value[0] = 7; /* no such tile */
    cr_expect_not(record.provider->valid(device, &gemm, &record.parameters));
    record.parameters = small;
    record.parameters.value[1] = 3;
    cr_expect_not(record.provider->valid(device, &gemm, &record.parameters));
}

/* ---- Convolutions ---- */

static const struct nncl_tune_convolution convolution = {
    NNCL_TUNE_FORWARD, 4, 8, 16, 3, 3, {.height = 9, .width = 9}};

static unsigned told;
static bool product_chosen;
static char failed_how[64];

static void note_convolution(void *user, const struct nncl_tune_convolution_result *result)
{
    (void)user;
    told++;
    if (result->chosen)
        product_chosen = result->product;
    if (result->failure)
        snprintf(failed_how, sizeof failed_how, "%s", result->failure);
}

static enum nncl_status tune_convolution_by(const char *script)
{
    const char *const worker[] = {"/bin/sh", "-c", script, "worker", NULL};
    const struct nncl_tune_options options = {.worker = worker,
        .convolutions = &convolution,
        .convolution_count = 1,
        .budget = 5,
        .set_limit = 2,
        .report_convolution = note_convolution};
    told = 0;
    failed_how[0] = 0;
    return nncl_tune(device, &options);
}

#define ANSWER(seconds) "echo '{\"provider\": \"x\", \"times\": [[" #seconds ", 0, 3]]}'"

/* The way of a plan's convolution on the device opened anew. */
static const char *way_of_plan(void)
{
    struct nncl_op_list *list = NULL;
    struct nncl_plan *plan = NULL;
    const struct nncl_shape shapes[] = {{2, {4, 9 * 9 * 8}}, {4, {3, 3, 8, 16}}};
    struct nncl_binding bindings[2];
    struct nncl_tensor *tensors[2];
    static char way[64];
    nncl_tensor_id y;
    nncl_device_close(&device);
    device = support_device();
    cr_assert_eq(nncl_op_list_create(&list), NNCL_OK);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(nncl_op_list_tensor(list, "t", NNCL_FLOAT32, &shapes[i], &bindings[i].id), 0);
        cr_assert_eq(nncl_tensor_create(device, NNCL_FLOAT32, &shapes[i], &tensors[i]), NNCL_OK);
        bindings[i].tensor = tensors[i];
    }
    cr_assert_eq(nncl_op_conv2d(list, &convolution.how, bindings[0].id, bindings[1].id, &y), 0);
    cr_assert_eq(nncl_plan_create(device, list, bindings, 2, NULL, &plan), NNCL_OK);
    way[0] = 0; /* the filters may be made ready by a launch before it */
    for (size_t i = 0; i < nncl_plan_launch_count(plan) && !way[0]; i++)
        snprintf(way, sizeof way, "%s", nncl_plan_launch(plan, i)->way);
    nncl_plan_free(&plan);
    for (unsigned i = 0; i < 2; i++)
        nncl_tensor_free(&tensors[i]);
    nncl_op_list_free(&list);
    return way;
}

Test(gemm_tuned, convolutions_go_the_way_that_was_faster)
{
    need_opencl();
    char before[GEMM_TUNING_KEY], after[GEMM_TUNING_KEY];
    gemm_tuning_key(device, before);
    cr_expect(strstr(way_of_plan(), ": built-in rule"), "%s", way_of_plan());
    cr_expect_eq(tune_convolution_by(
                     "case $1 in *:?product?,*) " ANSWER(0.25) ";; *) " ANSWER(0.5) ";; esac"),
        NNCL_OK, "%s", nncl_last_error());
    cr_expect_eq(told, 2);
    cr_expect(product_chosen);
    cr_expect_str_eq(way_of_plan(), "product: tuned");
    gemm_tuning_key(device, after);
    cr_expect_str_neq(before, after);
    cr_expect_eq(tune_convolution_by(
                     "case $1 in *:?product?,*) " ANSWER(0.5) ";; *) " ANSWER(0.25) ";; esac"),
        NNCL_OK);
    cr_expect_not(product_chosen);
    cr_expect_str_eq(way_of_plan(), "direct: tuned");
    nncl_device_set_convolution(device, NNCL_CONVOLUTION_AUTO);
}

Test(gemm_tuned, a_way_that_fails_is_recorded_and_not_tried_again)
{
    need_opencl();
    cr_expect_eq(
        tune_convolution_by("case $1 in *:?product?,*) kill -SEGV $$;; esac; " ANSWER(0.5)),
        NNCL_OK);
    cr_expect(strstr(failed_how, "crash: "), "%s", failed_how);
    cr_expect_not(product_chosen);
    cr_expect_str_eq(way_of_plan(), "direct: tuned");
    cr_expect_eq(
        tune_convolution_by("case $1 in *:?product?,*) touch tried;; esac; " ANSWER(0.5)), NNCL_OK);
    FILE *tried = fopen("tried", "r");
    cr_expect_null(tried);
}

Test(gemm_tuned, convolutions_that_do_not_fit_are_refused)
{
    need_opencl();
    struct nncl_tune_convolution wrong = convolution;
    const char *const worker[] = {"/bin/true", NULL};
    const struct nncl_tune_options options = {
        .worker = worker, .convolutions = &wrong, .convolution_count = 1};
    wrong.down = 10;
    cr_expect_eq(nncl_tune(device, &options), NNCL_USAGE);
    wrong = convolution;
    wrong.how.groups = 3;
    cr_expect_eq(nncl_tune(device, &options), NNCL_USAGE);
    wrong = convolution;
    wrong.pictures = 0;
    cr_expect_eq(nncl_tune(device, &options), NNCL_USAGE);
}

/* The worker itself, in this process. */
static void expect_measured(enum nncl_tune_pass pass, const char *way)
{
    static const char *const passes[] = {"forward", "input", "weights"};
    char request[512], *answer = NULL;
    snprintf(request, sizeof request,
        "{\"device\": \"%s\", \"way\": \"%s\", \"samples\": 2, \"sample_seconds\": 0, "
        "\"product_seconds\": 1, \"convolution\": {\"pass\": \"%s\", \"pictures\": 7, "
        "\"height\": 9, \"width\": 10, \"channels\": 8, \"filters\": 16, \"down\": 3, \"across\": "
        "2, "
        "\"stride\": 2, \"dilation\": 1, \"groups\": 1, \"same\": true}}",
        nncl_device_get_info(device)->id, way, passes[pass]);
    cr_assert_eq(nncl_tune_worker(request, &answer), NNCL_OK, "%s", nncl_last_error());
    cr_expect(strstr(answer, "\"times\""), "%s %s: %s", passes[pass], way, answer);
    nncl_free(answer);
}

Test(gemm_tuned, convolutions_are_measured_and_checked)
{
    need_opencl();
    for (unsigned pass = 0; pass < 3; pass++) {
        expect_measured((enum nncl_tune_pass)pass, "direct");
        expect_measured((enum nncl_tune_pass)pass, "product");
    }
}
