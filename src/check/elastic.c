/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "check/checker.h"
#include "ops/op.h"

static const struct {
    size_t n;
    struct nncl_elastic elastic;
} kinds[] = {{1, {.seed = 1, .height = 1, .width = 1, .amount = 1, .sigma = 1}},
    {3, {.seed = 2, .height = 5, .width = 7, .amount = 2, .sigma = 0.5f}},
    {2, {.seed = 3, .height = 3, .width = 33, .amount = 3, .sigma = 10}},
    {2, {.seed = 4, .height = 65, .width = 17, .amount = 8, .sigma = 2.5f}},
    {33, {.seed = 0xfedcba9876543210, .height = 28, .width = 28, .amount = 34, .sigma = 4}},
    {128, {.seed = 6, .height = 32, .width = 32, .amount = 20, .sigma = 6}}};

static size_t kind_count(const struct checker *checker)
{
    return sizeof kinds / sizeof *kinds - (check_quick(checker) ? 1 : 0);
}

static struct check_case *begin(struct checker *checker, size_t kind)
{
    const struct nncl_elastic *elastic = &kinds[kind].elastic;
    return check_begin(checker, "n=%zu %ux%u amount=%g sigma=%g", kinds[kind].n, elastic->height,
        elastic->width, (double)elastic->amount, (double)elastic->sigma);
}

static void noise(struct checker *checker)
{
    for (size_t kind = 0; kind < kind_count(checker); kind++) {
        struct check_case *c = begin(checker, kind);
        const uint32_t words[NNCL_STATE_SIZE] = {
            [NNCL_STATE_POSITION] = 1000 * (uint32_t)kind, [NNCL_STATE_EPOCH] = 3};
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words), out = 0;
        check_built(c,
            nncl_op_elastic_noise(check_list(c), &kinds[kind].elastic, kinds[kind].n, state, &out));
        check_output(c, "noise", out, (struct check_bound){.ulp = 1});
        check_end(c);
    }
}

/* Weights are off by exp's 3 units and a few more, of numbers within 1 whose weights sum to 1;
 * their sum has at most 61 terms. */
static const struct check_bound smooth_bound = {.absolute = 16 * 0x1p-23};

static void smooth(struct checker *checker)
{
    for (size_t kind = 0; kind < kind_count(checker); kind++) {
        struct check_case *c = begin(checker, kind);
        const struct nncl_elastic *elastic = &kinds[kind].elastic;
        const size_t size = 2 * (size_t)elastic->height * elastic->width;
        nncl_tensor_id x = check_uniform(c, SHAPE(kinds[kind].n, size), -1, 1), out = 0;
        check_built(c, nncl_op_elastic_smooth(check_list(c), elastic, x, &out));
        check_output(c, "y", out, smooth_bound);
        check_end(c);
    }

    /* Weights of 1 and e^(-1/0.18) beside it over their sum; planes of 2 x 3 come out as 3 x 2. */
    const struct nncl_elastic narrow = {.height = 2, .width = 3, .sigma = 0.3f};
    static const float x[] = {1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 90};
    static const float known[] = {1.0076725f, 3.9731462f, 2.0038363f, 4.9693099f, 3, 5.9654737f, 0,
        0, 0, 0, 0.34526344f, 89.309473f};
    struct check_case *c = check_begin(checker, "known values");
    nncl_tensor_id planes = check_float(c, SHAPE(1, 12), x), out = 0;
    check_built(c, nncl_op_elastic_smooth(check_list(c), &narrow, planes, &out));
    check_output(c, "y", out, (struct check_bound){.absolute = 90 * 16 * 0x1p-23});
    check_known(c, "y", out, known, 1e-4);
    check_end(c);
}

const struct check_op check_elastic[] = {
    {.name = "elastic_noise", .cases = noise}, {.name = "elastic_smooth", .cases = smooth}, {0}};
