/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "cltool/checking.h"

#include <math.h>
#include <string.h>

/* Of the longest name, with room for the provider behind it. */
static int name_width(void)
{
    size_t width = 0;
    for (size_t i = 0; i < nncl_check_op_count(); i++)
        if (strlen(nncl_check_op_name(i)) > width)
            width = strlen(nncl_check_op_name(i));
    return (int)(width + strlen(" (clblast)"));
}

static const char *verdict(const struct nncl_check_result *result)
{
    if (!result->deterministic)
        return "nondeterministic";
    return result->passed ? "ok" : "FAILED";
}

void checking_add(const struct nncl_check_result *result, struct output *output)
{
    output_add(output, "%-*s  %4zu cases  largest error %-9.3g  bound %-9.3g  %s\n", name_width(),
        result->op, result->cases, fabs(result->largest_error), result->bound, verdict(result));
    if (!result->passed && result->failure && result->failure[0])
        output_add(output, "    %s\n", result->failure);
}

json_t *checking_json(const struct nncl_check_result *result)
{
    return json_pack("{s:o, s:I, s:o, s:o, s:b, s:b, s:o}", "op", json_text(result->op), "cases",
        (json_int_t)result->cases, "largest_error", json_number(result->largest_error), "bound",
        json_number(result->bound), "passed", result->passed, "deterministic",
        result->deterministic, "failure", json_text(result->failure ? result->failure : ""));
}
