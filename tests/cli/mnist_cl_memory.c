/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* mnist-cl where the device has little memory; on the reference, which needs no device. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "pictures.h"
#include "run.h"
#include "schema.h"

static void enter(void)
{
    scratch_enter();
    data_folder_make("data");
    setenv("NNCL_DATA_DIR", "data", 1);
    setenv("NNCL_DEVICE", "ref", 1);
}

TestSuite(mnist_cl_memory, .init = enter, .fini = scratch_leave);

static const char *const plan_schema =
    "{'nncl': 'string', 'memory': {'parameters': 'integer', 'optimizer': 'integer',"
    " 'activations': 'integer', 'data': 'integer', 'workspace': 'integer', 'averages': 'integer', "
    "'best': 'integer', "
    "'state': 'integer',"
    " 'total': 'integer', 'memory_limit': 'integer|null', 'largest': 'integer',"
    " 'allocation_limit': 'integer|null', 'train_streams': 'boolean',"
    " 'validation_streams': 'boolean', 'fits': 'boolean', 'largest_batch': 'integer|null'}}";

static json_int_t number(json_t *plan, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(plan, "memory"), key));
}

Test(mnist_cl_memory, the_plan_is_told_and_nothing_is_trained)
{
    struct outcome outcome = RUN(0, "mnist-cl --plan --json plan.json");
    EXPECT_IN(outcome.out, "optimizer state");
    EXPECT_IN(outcome.out, "the device's memory");
    EXPECT_NOT_IN(outcome.out, "ccuracy");
    EXPECT_NOT_IN(outcome.err, "model saved");
    outcome_free(&outcome);
    outcome = RUN(0, "cat plan.json");
    json_t *plan = expect_json(outcome.out, plan_schema);
    cr_expect_eq(number(plan, "parameters"), (784 * 128 + 128 + 128 * 10 + 10) * 4);
    cr_expect_eq(number(plan, "optimizer"), 2 * number(plan, "parameters"));
    json_decref(plan);
    outcome_free(&outcome);
}

Test(mnist_cl_memory, what_does_not_fit_is_refused)
{
    struct outcome outcome = RUN(6, "mnist-cl --plan --mem-limit 300K --json plan.json");
    EXPECT_IN(outcome.out, "the device's memory");
    EXPECT_IN(outcome.err, "has 307200; use a smaller network");
    outcome_free(&outcome);
    outcome = RUN(0, "cat plan.json");
    json_decref(expect_json(outcome.out, plan_schema));
    outcome_free(&outcome);
    outcome = RUN(6, "mnist-cl --mem-limit 300K --save model");
    EXPECT_IN(outcome.err, "has 307200; use a smaller network");
    outcome_free(&outcome);
}

static void expect_usage(const char *size)
{
    struct outcome outcome = RUN(2, "mnist-cl --mem-limit %s", size);
    EXPECT_IN(outcome.err, "--mem-limit needs a number of bytes, such as 300000, 512K");
    outcome_free(&outcome);
}

Test(mnist_cl_memory, sizes_are_read_strictly)
{
    static const char *const sizes[] = {"0", "-1", "+1", "\" 1M\"", "1T", "1MB", "1.5G", "M",
        "18446744073709551616", "18014398509481984K", "0x10"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        expect_usage(sizes[i]);
}

Test(mnist_cl_memory, a_limit_changes_nothing_but_the_memory)
{
    struct outcome outcome =
        RUN(0, "mnist-cl -q --epochs 2 --save whole && mnist-cl -q --epochs 2 --save streamed "
               "--mem-limit 7500000 && cmp whole streamed");
    outcome_free(&outcome);
    outcome = RUN(0, "mnist-cl eval whole --json >whole.json && mnist-cl eval whole --json "
                     "--mem-limit 6M >limited.json && cmp whole.json limited.json");
    outcome_free(&outcome);
    outcome = RUN(6, "mnist-cl eval whole --mem-limit 100K");
    EXPECT_IN(outcome.err, "use a smaller network or another device");
    outcome_free(&outcome);
}
