/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* cltool bench on the devices of this machine. How fast they are does not matter. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "schema.h"

static void enter(void)
{
    scratch_enter();
    need_device();
}

TestSuite(cltool_bench, .init = enter, .fini = scratch_leave, .timeout = 120);

#define BENCH_SCHEMA                                                                               \
    "{'nncl': 'string', 'quick': 'boolean', 'selector': 'string', 'name': 'string|null',"          \
    "'platform': 'string|null', 'driver': 'string|null', 'error': 'string|null', 'results': [{"    \
    "'part': 'string', 'name': 'string', 'left_out': 'boolean', 'note': 'string',"                 \
    "'unit': 'string|null', 'median': 'number|null', 'low': 'number|null',"                        \
    "'high': 'number|null', 'best': 'number|null', 'runs': 'integer', 'share': 'number|null',"     \
    "'bound': 'string|null'}]}"

static json_t *run_json(int expected, const char *arguments)
{
    struct outcome outcome = RUN(expected, "cltool bench %s --json", arguments);
    json_t *value = expect_json(outcome.out, BENCH_SCHEMA);
    outcome_free(&outcome);
    return value;
}

static size_t count_part(const json_t *value, const char *part)
{
    size_t count = 0, index;
    json_t *result;
    json_array_foreach(json_object_get(value, "results"), index, result) count +=
        strcmp(json_string_value(json_object_get(result, "part")), part) == 0;
    return count;
}

static void expect_figure(const json_t *result)
{
    const char *name = json_string_value(json_object_get(result, "name"));
    double median = json_number_value(json_object_get(result, "median"));
    cr_expect(median > 0, "%s", name);
    cr_expect(json_number_value(json_object_get(result, "low")) <= median, "%s", name);
    cr_expect(json_number_value(json_object_get(result, "high")) >= median, "%s", name);
    cr_expect(json_integer_value(json_object_get(result, "runs")) > 0, "%s", name);
    cr_expect_eq(json_is_null(json_object_get(result, "share")),
        json_is_null(json_object_get(result, "bound")), "%s", name);
}

Test(cltool_bench, json_has_positive_figures)
{
    json_t *value = run_json(0, "--quick --gemm vector");
    static const char *const parts[] = {
        "peak", "bandwidth", "launch", "transfer", "gemm", "train", "infer"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_expect_gt(count_part(value, parts[i]), 0, "%s", parts[i]);
    size_t index;
    json_t *result;
    json_array_foreach(json_object_get(value, "results"), index, result) expect_figure(result);
    cr_expect(json_is_null(json_object_get(value, "error")));
    json_decref(value);
}

Test(cltool_bench, only_what_was_asked_for)
{
    json_t *value = run_json(0, "--quick --only launch,transfer");
    cr_expect_eq(count_part(value, "launch") + count_part(value, "transfer"),
        json_array_size(json_object_get(value, "results")));
    json_decref(value);
    value = run_json(0, "--quick --only gemm --gemm vector");
    cr_expect_gt(count_part(value, "peak"), 0);
    cr_expect_eq(count_part(value, "train"), 0);
    json_decref(value);
}

Test(cltool_bench, the_table_names_device_and_parts)
{
    struct outcome outcome = RUN(0, "cltool bench --quick --only peak,launch");
    EXPECT_IN(outcome.out, "\npeak\n");
    EXPECT_IN(outcome.out, "fma float4 ");
    EXPECT_IN(outcome.out, "% of arithmetic");
    EXPECT_IN(outcome.out, "\nlaunch\n");
    EXPECT_IN(outcome.out, " us ");
    EXPECT_NOT_IN(outcome.out, "transfer");
    cr_expect_str_empty(outcome.err);
    outcome_free(&outcome);
}

Test(cltool_bench, small_gpus_leave_out_what_does_not_fit)
{
    setenv("NNCL_PRETEND", "work_group=64,local_memory=16384,allocation=700000,gpu=1", 1);
    struct outcome outcome = RUN(0, "cltool bench gpu --quick --gemm vector");
    EXPECT_IN(outcome.out, "left out: a matrix of 1 MiB is too large");
    EXPECT_IN(outcome.out, "left out: cannot make a buffer of ");
    outcome_free(&outcome);
}

Test(cltool_bench, failures)
{
    json_decref(run_json(3, "gpu77"));
    json_decref(run_json(2, "ref"));
    json_decref(run_json(2, "--gemm nonsense"));
    struct outcome outcome = RUN(2, "cltool bench ref");
    EXPECT_IN(outcome.err, "plain C");
    outcome_free(&outcome);
    outcome = RUN(1, "cltool bench --quick --only launch >/dev/full");
    EXPECT_IN(outcome.err, "cltool: cannot write to standard output");
    outcome_free(&outcome);
}

Test(cltool_bench, a_kernel_that_does_not_do_its_work_is_exit_4)
{
    struct outcome outcome = RUN(4, "mkdir cl && sed 's/i < rounds; i++/i < rounds; i += 2/' "
                                    "\"$NNCL_SOURCE_DIR\"/cl/bench.cl >cl/bench.cl && "
                                    "NNCL_CL_DIR=$PWD/cl cltool bench --quick --only peak");
    EXPECT_IN(outcome.err, "did not do its work");
    outcome_free(&outcome);
}

Test(cltool_bench, an_interrupt_ends_it_with_130)
{
    struct outcome outcome = RUN(130, "cltool bench & sleep 0.5; kill -INT $!; wait $!");
    EXPECT_IN(outcome.err, "interrupted");
    outcome_free(&outcome);
}
