/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The kernels of the quick check under oclgrind, which finds races and accesses out of bounds. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

TestSuite(cltool_oclgrind, .init = scratch_enter, .fini = scratch_leave);

Test(cltool_oclgrind, quick_check_is_clean, .timeout = 600)
{
    struct outcome found = run("command -v oclgrind");
    if (found.status != 0)
        cr_skip_test("oclgrind is not installed");
    outcome_free(&found);
    struct outcome outcome = RUN(0, "oclgrind --data-races cltool check --quick");
    EXPECT_IN(outcome.out, " within their bounds");
    EXPECT_NOT_IN(outcome.err, "Invalid");
    EXPECT_NOT_IN(outcome.err, "race");
    outcome_free(&outcome);
}
