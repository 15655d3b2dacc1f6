/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"

/* Around the vectors' widths, a work-group's size and a CPU work-item's span. */
static const size_t sizes[] = {1, 3, 17, 64, 65, 257, 4095, 4097, 100003};

/* One rounding; where the two cancel there is none. */
static const struct check_bound one_addition = {.ulp = 1};

static void sums(struct checker *checker)
{
    const size_t count = check_quick(checker) ? 7 : sizeof sizes / sizeof sizes[0];
    for (size_t i = 0; i < count; i++) {
        struct check_case *c = check_begin(checker, "n=%zu", sizes[i]);
        const float special[] = {-0.0f, 3e38f, 1e-40f, INFINITY};
        nncl_tensor_id a = check_uniform(c, SHAPE(sizes[i]), -1, 1), y = 0;
        nncl_tensor_id b = check_uniform(c, SHAPE(sizes[i]), -1, 1);
        check_put(c, a, special, i % 2 ? 4 : 0);
        check_built(c, nncl_op_add(check_list(c), a, b, &y));
        check_output(c, "y", y, one_addition);
        check_end(c);
    }
    struct check_case *c = check_begin(checker, "twice the same");
    nncl_tensor_id a = check_uniform(c, SHAPE(5, 7), -1, 1), y = 0;
    check_built(c, nncl_op_add(check_list(c), a, a, &y));
    check_output(c, "y", y, one_addition);
    check_end(c);
}

const struct check_op check_add[] = {{.name = "add", .cases = sums}, {0}};
