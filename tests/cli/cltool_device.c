/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool on the devices of this machine. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "schema.h"

static void enter(void)
{
    scratch_enter();
    need_device();
}

TestSuite(cltool_device, .init = enter, .fini = scratch_leave);

/* What `list` and `info` say of a device. Numbers that a driver may not give can be null. */
#define PROPERTIES                                                                                 \
    "'id': 'string|null', 'selector': 'string', 'type': 'string', 'name': 'string',"               \
    "'vendor': 'string|null', 'platform': 'string|null', 'driver': 'string|null',"                 \
    "'opencl': 'string|null', 'version': 'string|null', 'c_version': 'string|null',"               \
    "'extensions': ['string'], 'automatic': 'boolean', 'eligible': 'boolean',"                     \
    "'reason': 'string|null', 'available': 'boolean', 'compiler': 'boolean',"                      \
    "'compute_units': 'integer|null', 'clock_mhz': 'integer|null', 'memory': 'integer|null',"      \
    "'max_allocation': 'integer|null', 'unified_memory': 'boolean',"                               \
    "'local_memory': 'integer|null', 'dedicated_local_memory': 'boolean',"                         \
    "'cache': 'integer|null', 'cache_line': 'integer|null',"                                       \
    "'max_work_group': 'integer|null', 'max_work_items': ['integer'],"                             \
    "'preferred_vector_float': 'integer|null', 'native_vector_float': 'integer|null',"             \
    "'base_alignment': 'integer|null', 'fp16': 'boolean', 'fp64': 'boolean',"                      \
    "'subgroups': 'boolean', 'command_buffers': 'boolean', 'pci': 'string|null',"                  \
    "'uuid': 'string|null'"

#define LIST_SCHEMA "{'devices': [{" PROPERTIES ", 'alias_of': 'string|null'}]}"
#define INFO_SCHEMA "{" PROPERTIES "}"
#define CHECK_SCHEMA                                                                               \
    "{'nncl': 'string', 'quick': 'boolean', 'passed': 'boolean', 'devices': [{"                    \
    "'selector': 'string', '?name': 'string', '?platform': 'string', '?driver': 'string',"         \
    "'passed': 'boolean', 'error': 'string|null', 'ops': [{'op': 'string', 'cases': 'integer',"    \
    "'largest_error': 'number|null', 'bound': 'number|null', 'passed': 'boolean',"                 \
    "'deterministic': 'boolean', 'failure': 'string'}]}]}"

static json_t *run_json(int expected, const char *arguments, const char *schema)
{
    struct outcome outcome = RUN(expected, "cltool %s", arguments);
    json_t *value = expect_json(outcome.out, schema);
    outcome_free(&outcome);
    return value;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

Test(cltool_device, list_has_one_line_per_device_and_marks_one)
{
    json_t *value = run_json(0, "list --json", LIST_SCHEMA);
    json_t *devices = json_object_get(value, "devices");
    size_t marked = 0;
    for (size_t i = 0; i < json_array_size(devices); i++)
        marked += json_is_true(json_object_get(json_array_get(devices, i), "automatic"));
    cr_expect_eq(marked, 1);

    struct outcome outcome = RUN(0, "cltool list");
    cr_expect_eq(count_lines(outcome.out), 1 + json_array_size(devices), "%s", outcome.out);
    EXPECT_IN(outcome.out, "\n*  ");
    cr_expect_str_empty(outcome.err);
    for (size_t i = 0; i < json_array_size(devices); i++) {
        json_t *device = json_array_get(devices, i);
        EXPECT_IN(outcome.out, json_string_value(json_object_get(device, "id")));
        EXPECT_IN(outcome.out, json_string_value(json_object_get(device, "name")));
    }
    json_decref(value);
    outcome_free(&outcome);
}

Test(cltool_device, list_changes_nothing_for_later_runs)
{
    setenv("LC_ALL", "C", 1);
    setenv("XDG_DATA_HOME", "data", 1);
    struct outcome outcome =
        RUN(0, "cltool list >first && cltool list >second && cmp first second && ! ls data 2>&1");
    EXPECT_IN(outcome.out, "No such file");
    outcome_free(&outcome);
}

Test(cltool_device, list_finds_two_devices_of_one_platform)
{
    struct outcome pocl = run("cltool list | grep -q 'Portable Computing Language'");
    if (pocl.status != 0)
        cr_skip_test("needs PoCL");
    outcome_free(&pocl);
    struct outcome outcome = RUN(0, "POCL_DEVICES='pthread pthread' cltool list");
    EXPECT_IN(outcome.out, "cpu0");
    EXPECT_IN(outcome.out, "cpu1");
    outcome_free(&outcome);
    outcome = RUN(0, "POCL_DEVICES='pthread pthread' cltool check cpu1 --quick --op relu");
    EXPECT_IN(outcome.out, "cpu1: ");
    outcome_free(&outcome);
}

Test(cltool_device, info_says_the_same_in_both_forms)
{
    json_t *info = run_json(0, "info auto --json", INFO_SCHEMA);
    cr_expect(json_integer_value(json_object_get(info, "compute_units")) > 0);
    cr_expect(json_integer_value(json_object_get(info, "max_work_group")) > 0);
    const char *name = json_string_value(json_object_get(info, "name"));
    struct outcome outcome = RUN(0, "cltool info auto");
    EXPECT_IN(outcome.out, name);
    EXPECT_IN(outcome.out, json_string_value(json_object_get(info, "driver")));
    EXPECT_IN(outcome.out, "Largest work-group");
    outcome_free(&outcome);

    json_t *by_id = run_json(0, "info 0:0 --json", INFO_SCHEMA);
    cr_expect_str_eq(json_string_value(json_object_get(by_id, "id")), "0:0");
    json_t *reference = run_json(0, "info ref --json", INFO_SCHEMA);
    cr_expect_str_eq(json_string_value(json_object_get(reference, "type")), "ref");
    json_decref(info);
    json_decref(by_id);
    json_decref(reference);
}

Test(cltool_device, unknown_devices_are_answered_with_what_there_is)
{
    json_t *info = run_json(0, "info auto --json", INFO_SCHEMA);
    const char *selector = json_string_value(json_object_get(info, "selector"));
    static const char *const calls[] = {"info gpu77", "check gpu77", "info 99:0", "check 99:0",
        "info 'no such name'", "check 'no such name'"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct outcome outcome = RUN(3, "cltool %s", calls[i]);
        cr_expect_str_empty(outcome.out);
        EXPECT_IN(outcome.err, selector);
        outcome_free(&outcome);
    }
    json_decref(info);
    json_decref(run_json(3, "info gpu77 --json", "{'error': 'string'}"));
    json_decref(run_json(3, "check gpu77 --json", CHECK_SCHEMA));
    struct outcome outcome = RUN(2, "cltool info ''");
    outcome_free(&outcome);
}

Test(cltool_device, check_passes_and_names_each_op, .timeout = 900)
{
    json_t *value = run_json(0, "check --quick --gemm auto --json", CHECK_SCHEMA);
    json_t *ops = json_object_get(json_array_get(json_object_get(value, "devices"), 0), "ops");
    cr_expect(json_array_size(ops) >= 10);
    struct outcome outcome = RUN(0, "cltool check --quick --gemm auto");
    for (size_t i = 0; i < json_array_size(ops); i++) {
        json_t *op = json_array_get(ops, i);
        EXPECT_IN(outcome.out, json_string_value(json_object_get(op, "op")));
        cr_expect(json_integer_value(json_object_get(op, "cases")) > 0);
        cr_expect(json_real_value(json_object_get(op, "largest_error")) <=
                  json_real_value(json_object_get(op, "bound")));
    }
    EXPECT_NOT_IN(outcome.out, "FAILED");
    EXPECT_IN(outcome.out, " within their bounds");
    outcome_free(&outcome);
    json_decref(value);
}

Test(cltool_device, check_of_all_devices, .timeout = 900)
{
    json_t *list = run_json(0, "list --json", LIST_SCHEMA);
    json_t *listed = json_object_get(list, "devices");
    size_t eligible = 0;
    for (size_t i = 0; i < json_array_size(listed); i++)
        eligible += json_is_true(json_object_get(json_array_get(listed, i), "eligible"));
    json_t *value = run_json(0, "check all --quick --op relu --json", CHECK_SCHEMA);
    cr_expect_eq(json_array_size(json_object_get(value, "devices")), eligible);
    json_decref(value);
    json_decref(list);
}

/* Mistakes of several kinds: what is wrong, and where. tests/ops/damages.h has some for each op. */
static const struct mistake {
    const char *op, *file, *change; /* as sed takes it */
} mistakes[] = {
    {"relu", "relu.h.cl", "s/SPLAT(0.0f) : x/x : x/"},
    {"bias_backward", "bias.cl", "s/i = 0; i < N/i = 1; i < N/"},
    {"adam", "adam.h.cl", "s/ [*] (g [*] g)/ * g/"},
    {"matmul", "gemm_vector.cl", "s/fma(left, right/fma(-left, right/"},
    {"conv2d_backward_weights", "conv2d.cl", "s/begins ? SPLAT(0.0f)/true ? SPLAT(0.0f)/"},
    {"softmax_xent_backward", "softmax_xent.cl", "s/? 1.0f : 0.0f/? 0.999f : 0.0f/"},
};

enum { MISTAKES = sizeof mistakes / sizeof *mistakes };

/* Makes nncl take its kernels from a folder, and copies the built-in ones there. */
static void copy_kernels(void)
{
    struct outcome outcome = RUN(0, "mkdir -p cl && cp \"$NNCL_SOURCE_DIR\"/cl/*.cl cl");
    outcome_free(&outcome);
    char path[256];
    snprintf(path, sizeof path, "%s/cl", getenv("HOME"));
    setenv("NNCL_CL_DIR", path, 1);
}

static void expect_found(const struct mistake *mistake)
{
    copy_kernels();
    struct outcome outcome = run("sed -i '%s' cl/%s && ! cmp cl/%s \"$NNCL_SOURCE_DIR\"/cl/%s",
        mistake->change, mistake->file, mistake->file, mistake->file);
    cr_assert_eq(outcome.status, 0, "\"%s\" changes nothing in cl/%s: the kernel was rewritten",
        mistake->change, mistake->file);
    outcome_free(&outcome);
    outcome = RUN(4, "cltool check --quick --gemm vector --op %s", mistake->op);
    EXPECT_IN(outcome.out, "FAILED\n    ");
    EXPECT_IN(outcome.err, mistake->op);
    outcome_free(&outcome);
}

/* Each is named where its op alone is checked; in a whole check, which here has the last one, it is
 * the only one. */
Test(cltool_device, check_finds_mistakes_and_names_nothing_else, .timeout = 900)
{
    for (size_t i = 0; i < MISTAKES; i++)
        expect_found(&mistakes[i]);
    const char *wrong = mistakes[MISTAKES - 1].op;
    json_t *value = run_json(4, "check --quick --gemm auto --json", CHECK_SCHEMA);
    cr_expect(json_is_false(json_object_get(value, "passed")));
    json_t *device = json_array_get(json_object_get(value, "devices"), 0);
    cr_expect(json_is_false(json_object_get(device, "passed")));
    json_t *ops = json_object_get(device, "ops");
    for (size_t i = 0; i < json_array_size(ops); i++) {
        json_t *op = json_array_get(ops, i);
        const char *name = json_string_value(json_object_get(op, "op"));
        cr_expect_eq(
            json_is_false(json_object_get(op, "passed")), strcmp(name, wrong) == 0, "%s", name);
    }
    json_decref(value);
    struct outcome outcome = RUN(4, "cltool check --quick --gemm auto");
    EXPECT_IN(outcome.err, wrong);
    EXPECT_NOT_IN(outcome.err, "relu");
    EXPECT_IN(outcome.out, "relu ");
    outcome_free(&outcome);
}

Test(cltool_device, check_names_a_kernel_that_does_not_compile)
{
    copy_kernels();
    struct outcome outcome =
        RUN(9, "echo 'this is no C' >cl/relu.cl; cltool check --quick --op relu");
    EXPECT_IN(outcome.err, "cl/relu.cl:1");
    outcome_free(&outcome);
}

Test(cltool_device, wrong_settings_are_refused)
{
    struct outcome outcome = RUN(2, "NNCL_CL_DIR=/no/such/folder cltool check --op relu");
    EXPECT_IN(outcome.err, "NNCL_CL_DIR names /no/such/folder");
    outcome_free(&outcome);
    static const char *const wrong[] = {"small", "work_group", "work_group=", "work_group=-4",
        "work_group=0", "work_group=9x", "vector=17", "gpu=2", "local_memory=64 work_group=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        outcome = RUN(2, "NNCL_PRETEND='%s' cltool list", wrong[i]);
        EXPECT_IN(outcome.err, "NNCL_PRETEND must be like");
        outcome_free(&outcome);
    }
    outcome = RUN(3, "NNCL_DEVICE=gpu77 cltool check");
    EXPECT_IN(outcome.err, "$NNCL_DEVICE: no device matches \"gpu77\"");
    outcome_free(&outcome);
}

/* All ops as on a small CPU and on a small GPU: tests/cli/cltool_oclgrind.c. */
Test(cltool_device, check_passes_on_a_small_device, .timeout = 900)
{
    setenv("NNCL_PRETEND", "work_group=64,local_memory=16384", 1);
    struct outcome outcome = RUN(0, "cltool check --quick --op matmul --gemm auto");
    outcome_free(&outcome);
    setenv("NNCL_PRETEND", "work_group=64,local_memory=16384,gpu=1,vector=1", 1);
    outcome = RUN(0, "cltool check gpu --quick --op matmul --gemm tiled");
    outcome_free(&outcome);
    json_t *info = run_json(0, "info auto --json", INFO_SCHEMA);
    cr_expect_eq(json_integer_value(json_object_get(info, "max_work_group")), 64);
    cr_expect_eq(json_integer_value(json_object_get(info, "local_memory")), 16384);
    json_decref(info);
}

Test(cltool_device, report_has_devices_and_results, .timeout = 900)
{
    struct outcome outcome = RUN(0, "cltool report");
    EXPECT_IN(outcome.out, "== Device ");
    EXPECT_IN(outcome.out, "== Quick check of ");
    EXPECT_IN(outcome.out, "\npassed\n");
    EXPECT_IN(outcome.out, "relu ");
    EXPECT_NOT_IN(outcome.out, "UUID");
    EXPECT_NOT_IN(outcome.out, getenv("HOME"));
    outcome_free(&outcome);
}

Test(cltool_device, lost_output_is_an_error)
{
    static const char *const calls[] = {"list", "list --json", "info auto", "check --op relu"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct outcome outcome = RUN(1, "cltool %s >/dev/full", calls[i]);
        EXPECT_IN(outcome.err, "cltool: cannot write to standard output");
        outcome_free(&outcome);
    }
}
