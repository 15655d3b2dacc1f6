/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "check/checker.h"
#include "ops/op.h"

/* Around 64 elements, which share their blocks of random bits, and a work-item's span. */
static const struct {
    size_t n;
    float rate;
    uint64_t seed;
    uint32_t layer, step;
} draws[] = {{1, 0.5f, 1, 0, 0}, {15, 0.25f, 2, 1, 3}, {63, 0.5f, 3, 2, 7}, {64, 0.9f, 3, 2, 8},
    {65, 0.1f, 0xfedcba9876543210, 5, 1u << 31}, {1000, 0.5f, 4, 1, 1}, {4097, 0, 1, 1, 1},
    {100003, 0.3f, 9, 77, 123456}};

/* The same bits and one product: nothing differs. */
static void cases(struct checker *checker)
{
    size_t count = check_quick(checker) ? 6 : sizeof draws / sizeof draws[0];
    for (size_t i = 0; i < count; i++) {
        struct check_case *c =
            check_begin(checker, "n=%zu rate=%g", draws[i].n, (double)draws[i].rate);
        const uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_STEP] = draws[i].step};
        nncl_tensor_id x = check_uniform(c, SHAPE(draws[i].n), -1, 1), y = 0;
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
        const struct nncl_dropout dropout = {
            .rate = draws[i].rate, .layer = draws[i].layer, .seed = draws[i].seed};
        check_built(c, nncl_op_dropout(check_list(c), &dropout, x, state, &y));
        check_output(c, "y", y, (struct check_bound){0});
        check_end(c);
    }
}

const struct check_op check_dropout[] = {{.name = "dropout", .cases = cases}, {0}};
