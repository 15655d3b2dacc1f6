/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The kernels of the quick check with buffers that lie against memory nobody may touch
 * (cl_fence.c): as few large work-items and as many small ones, products by each of nncl's own
 * kernels. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

/* Only of PoCL is it known that kernels work on the host's memory itself. */
static void enter(void)
{
    scratch_enter();
    struct outcome outcome = run("cltool list");
    const char *chosen = outcome.status == 0 ? strstr(outcome.out, "\n*") : NULL;
    const char *pocl = chosen ? strstr(chosen, "Portable Computing Language") : NULL;
    bool is_pocl = pocl && pocl < chosen + 1 + strcspn(chosen + 1, "\n");
    outcome_free(&outcome);
    if (!is_pocl) {
        need_device();
        cr_skip_test("needs PoCL");
    }
}

TestSuite(cltool_fence, .init = enter, .fini = scratch_leave, .timeout = 1200);

static struct outcome check(const char *options)
{
    return run("LD_PRELOAD=\"$NNCL_TEST_FENCE\" cltool check --quick %s", options);
}

static void expect_inside(const char *pretend, const char *options)
{
    setenv("NNCL_PRETEND", pretend, 1);
    struct outcome outcome = check(options);
    cr_expect_eq(
        outcome.status, 0, "exit status %d\n%s%s", outcome.status, outcome.out, outcome.err);
    EXPECT_IN(outcome.out, " within their bounds");
    EXPECT_NOT_IN(outcome.err, "cl_fence");
    outcome_free(&outcome);
}

Test(cltool_fence, few_large_work_items_as_on_a_cpu)
{
    expect_inside("", "--gemm vector");
}

Test(cltool_fence, many_small_work_items_as_on_a_gpu)
{
    expect_inside("gpu=1,vector=1", "--gemm vector");
}

Test(cltool_fence, products_by_tiles)
{
    expect_inside("gpu=1,vector=1", "--op matmul --gemm tiled");
    expect_inside("gpu=1,vector=1", "--op gather+matmul+bias+relu --gemm tiled");
    expect_inside("gpu=1,vector=1", "--op gather+matmul+adam --gemm tiled");
}

/* Checks relu with `text` of its kernel replaced. */
static void expect_named(const char *text, const char *replacement, const char *message)
{
    struct outcome outcome =
        run("mkdir -p cl && sed 's/%s/%s/' \"$NNCL_SOURCE_DIR\"/cl/relu.cl >cl/relu.cl && "
            "! cmp -s cl/relu.cl \"$NNCL_SOURCE_DIR\"/cl/relu.cl",
            text, replacement);
    cr_assert_eq(outcome.status, 0, "\"%s\" does not stand in relu.cl", text);
    outcome_free(&outcome);
    setenv("NNCL_CL_DIR", "cl", 1);
    outcome = check("--op relu");
    cr_expect_eq(outcome.status, 139, "exit status %d\n%s", outcome.status, outcome.out);
    EXPECT_IN(outcome.err, message);
    outcome_free(&outcome);
}

/* The other tests can fail. A value that is read and not used would be seen by nothing else. */
Test(cltool_fence, what_touches_too_much_is_named)
{
    expect_named("y\\[i\\] = ", "y[i + 1] = ",
        "cl_fence: the kernel relu touches what lies behind its argument 1 of ");
    expect_named("SPLAT(x\\[i\\])",
        "SPLAT(x[i] == 3.0f ? x[i] : x[(int)i - 1] == 9.0f ? 0.0f : x[i])",
        "cl_fence: the kernel relu touches what lies before its argument 0 of ");
}
