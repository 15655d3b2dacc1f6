/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "check/checker.h"
#include "ops/op.h"

static const struct {
    uint64_t seed;
    uint32_t count, position, epoch;
    size_t batch;
} orders[] = {{1, 1, 0, 0, 1}, {1, 2, 1, 9, 1}, {0, 3, 0, 0, 3}, {1, 1000, 960, 2, 32},
    {0xfedcba9876543210, 1025, 0, 7, 1025}, {1, 60000, 59904, 0, 96}, {7, 65536, 31, 1, 257},
    {7, 65537, 0, 1, 65537}, {3, UINT32_MAX, 4000000000u, 3, 1000}};

static void one(struct checker *checker, size_t i, bool shuffle, uint32_t first)
{
    struct check_case *c = check_begin(checker, "seed=%llu count=%u batch=%zu first=%u%s",
        (unsigned long long)orders[i].seed, orders[i].count, orders[i].batch, first,
        shuffle ? "" : " in order");
    const uint32_t words[NNCL_STATE_SIZE] = {
        [NNCL_STATE_POSITION] = orders[i].position - first, [NNCL_STATE_EPOCH] = orders[i].epoch};
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words), rows = 0;
    const struct nncl_permute permute = {
        .seed = orders[i].seed, .count = orders[i].count, .shuffle = shuffle, .first = first};
    check_built(c, nncl_op_permute(check_list(c), &permute, orders[i].batch, state, &rows));
    check_output(c, "rows", rows, (struct check_bound){0});
    check_end(c);
}

static void cases(struct checker *checker)
{
    size_t count = check_quick(checker) ? 7 : sizeof orders / sizeof orders[0];
    for (size_t i = 0; i < count; i++)
        one(checker, i, true, 0);
    one(checker, 3, false, 0);
    one(checker, 3, true, 64);
    one(checker, 6, false, 31);
}

const struct check_op check_permute[] = {{.name = "permute", .cases = cases}, {0}};
