/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The kernels of the quick check under oclgrind, which finds races and accesses out of bounds. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

TestSuite(cltool_oclgrind, .init = scratch_enter, .fini = scratch_leave);

/* Runs a check under oclgrind, which is slow and sees in one run what it sees; `pretend` is what
 * NNCL_PRETEND gets. */
static void expect_clean(const char *pretend, const char *options)
{
    struct outcome found = run("command -v oclgrind");
    if (found.status != 0)
        cr_skip_test("oclgrind is not installed");
    outcome_free(&found);
    setenv("NNCL_PRETEND", pretend, 1);
    struct outcome outcome =
        RUN(0, "oclgrind --data-races cltool check --quick --runs 1 %s", options);
    EXPECT_IN(outcome.out, " within their bounds");
    EXPECT_IN(outcome.out, "Oclgrind");
    cr_expect_str_empty(outcome.err);
    outcome_free(&outcome);
}

Test(cltool_oclgrind, few_large_work_items_as_on_a_small_cpu, .timeout = 1200)
{
    expect_clean("work_group=64,local_memory=16384", "--gemm vector");
}

Test(cltool_oclgrind, many_small_work_items_as_on_a_small_gpu, .timeout = 1200)
{
    expect_clean("gpu=1,work_group=64,local_memory=16384", "--gemm vector");
}

Test(cltool_oclgrind, products_by_tiles, .timeout = 1200)
{
    expect_clean("gpu=1,work_group=64,local_memory=16384", "--op matmul --gemm tiled");
    expect_clean("gpu=1,work_group=64", "--op gather+matmul+adam --gemm tiled");
}

Test(cltool_oclgrind, products_by_clblast, .timeout = 1200)
{
    struct outcome version = run("cltool --version");
    bool absent = strstr(version.out, "CLBlast: none") != NULL;
    outcome_free(&version);
    if (absent)
        cr_skip_test("built without CLBlast");
    expect_clean("gpu=1", "--op matmul --gemm clblast");
}

/* The other tests can fail: oclgrind sees work-items that write to one place. */
Test(cltool_oclgrind, a_race_is_seen, .timeout = 1200)
{
    struct outcome outcome = run("command -v oclgrind");
    if (outcome.status != 0)
        cr_skip_test("oclgrind is not installed");
    outcome_free(&outcome);
    setenv("NNCL_PRETEND", "gpu=1", 1);
    outcome = run("cp -r \"$NNCL_SOURCE_DIR\"/cl . && sed -i '0,/uint i = range.first;/s//&"
                  " y[0] = (float)get_global_id(0);/' cl/relu.cl && "
                  "NNCL_CL_DIR=$PWD/cl oclgrind --data-races cltool check --quick --op relu");
    EXPECT_IN(outcome.err, "Write-write data race");
    outcome_free(&outcome);
}
