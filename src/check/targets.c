/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"

static const size_t shapes[][2] = {{1, 1}, {32, 10}, {7, 3}, {65, 17}, {3, 1000}, {4097, 10}};

static void cases(struct checker *checker)
{
    const size_t count = sizeof shapes / sizeof *shapes - (check_quick(checker) ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        const size_t n = shapes[i][0], classes = shapes[i][1];
        struct check_case *c = check_begin(checker, "n=%zu c=%zu", n, classes);
        const struct nncl_targets targets = {(uint32_t)classes, 0.75f, -0.125f};
        nncl_tensor_id labels = check_random_uint(c, SHAPE(n), (uint32_t)classes), t = 0;
        check_built(c, nncl_op_targets(check_list(c), &targets, labels, &t));
        check_output(c, "t", t, (struct check_bound){0});
        check_end(c);
    }

    struct check_case *c = check_begin(checker, "a label out of range");
    const float known[] = {0.1f, 0.1f, 0.9f, NAN, NAN, NAN, 0.9f, 0.1f, 0.1f};
    nncl_tensor_id labels = check_uint(c, SHAPE(3), (const uint32_t[]){2, 3, 0}), t = 0;
    check_built(
        c, nncl_op_targets(check_list(c), &(struct nncl_targets){3, 0.9f, 0.1f}, labels, &t));
    check_output(c, "t", t, (struct check_bound){0});
    check_known(c, "t", t, known, 0);
    check_end(c);
}

const struct check_op check_targets[] = {{.name = "targets", .cases = cases}, {0}};
