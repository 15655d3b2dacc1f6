/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The manual pages and completions know every option of the programs, and no other. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

TestSuite(manual, .init = scratch_enter, .fini = scratch_leave);

/* `real` gets the options that --help lists, each on a line; `text` those that a file tells of. */
static void compare(const char *program, const char *commands, const char *from_text)
{
    struct outcome outcome = RUN(0,
        "for command in %s; do %s $command --help; done | grep -oE -e '^ .*--[a-z-]+' | "
        "grep -oE -e '--[a-z-]+$' | sort -u >real; %s | sort -u >text; diff real text",
        commands, program, from_text);
    outcome_free(&outcome);
}

Test(manual, pages_have_every_option)
{
    compare("cltool", "list info check bench tune report cache",
        "grep -oE -e 'Fl -[a-z-]+' \"$NNCL_SOURCE_DIR\"/docs/cltool.1 | sed 's/Fl -/--/'");
    compare("mnist-cl", "train eval predict report runs models data export",
        "grep -oE -e 'Fl -[a-z-]+' \"$NNCL_SOURCE_DIR\"/docs/mnist-cl.1 | sed 's/Fl -/--/'");
}

Test(manual, completions_have_every_option)
{
    compare("cltool", "list info check bench tune report cache",
        "{ grep -v complete \"$NNCL_SOURCE_DIR\"/tools/completion/cltool | grep -oE -e "
        "'--[a-z][a-z-]+'; echo --version; }");
    compare("mnist-cl", "train eval predict report runs models data export",
        "{ grep -v complete \"$NNCL_SOURCE_DIR\"/tools/completion/mnist-cl | grep -oE -e "
        "'--[a-z][a-z-]+'; echo --version; }");
}
