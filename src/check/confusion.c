/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "check/checker.h"
#include "ops/op.h"

/* Rows and classes. */
static const size_t shapes[][2] = {{1, 1}, {33, 2}, {65, 10}, {257, 3}, {4097, 10}, {100003, 37}};

static void cases(struct checker *checker)
{
    size_t count = check_quick(checker) ? 5 : sizeof shapes / sizeof shapes[0];
    for (size_t i = 0; i < count; i++) {
        size_t n = shapes[i][0];
        uint32_t classes = (uint32_t)shapes[i][1];
        struct check_case *c = check_begin(checker, "n=%zu c=%u", n, classes);
        /* Some labels and predictions are one beyond the classes. */
        nncl_tensor_id labels = check_random_uint(c, SHAPE(n), classes + 1);
        nncl_tensor_id predicted = check_random_uint(c, SHAPE(n), classes + 1);
        nncl_tensor_id counts = check_random_uint(c, SHAPE(classes, classes), 1000);
        check_built(c, nncl_op_confusion(check_list(c), labels, predicted, counts));
        check_output(c, "counts", counts, (struct check_bound){0});
        check_end(c);
    }
}

const struct check_op check_confusion[] = {{.name = "confusion", .cases = cases}, {0}};
