/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "check/checker.h"
#include "ops/op.h"

static const struct {
    size_t n;
    float a_weight, b_weight;
} sums[] = {{1, 1, 0.5f}, {7, 0.25f, 0.75f}, {16, 1, 1}, {33, 0, 1}, {1000, 0.9f, 0.1f},
    {4099, -2, 3}, {100003, 0.6f, 0.4f}};

/* Two products of at most the larger weight and a sum, each rounded once. */
static void cases(struct checker *checker)
{
    size_t count = check_quick(checker) ? 5 : sizeof sums / sizeof sums[0];
    for (size_t i = 0; i < count; i++) {
        struct check_case *c = check_begin(checker, "n=%zu weights %g and %g", sums[i].n,
            (double)sums[i].a_weight, (double)sums[i].b_weight);
        nncl_tensor_id a = check_uniform(c, SHAPE(sums[i].n), -1, 1), y = 0;
        nncl_tensor_id b = check_uniform(c, SHAPE(sums[i].n), -1, 1);
        const struct nncl_combine combine = {sums[i].a_weight, sums[i].b_weight};
        check_built(c, nncl_op_combine(check_list(c), &combine, a, b, &y));
        check_output(c, "y", y, (struct check_bound){.absolute = 1e-6});
        check_end(c);
    }
}

/* Known values: a quarter of 4 and three quarters of 8. */
static void known(struct checker *checker)
{
    struct check_case *c = check_begin(checker, "known values");
    static const float fours[3] = {4, -4, 0}, eights[3] = {8, 8, -8};
    nncl_tensor_id y = 0, a = check_float(c, SHAPE(3), fours), b = check_float(c, SHAPE(3), eights);
    const struct nncl_combine combine = {0.25f, 0.75f};
    check_built(c, nncl_op_combine(check_list(c), &combine, a, b, &y));
    check_known(c, "y", y, (const float[]){7, 5, -6}, 0);
    check_output(c, "y", y, (struct check_bound){0});
    check_end(c);
}

static void all(struct checker *checker)
{
    cases(checker);
    known(checker);
}

const struct check_op check_combine[] = {{.name = "combine", .cases = all}, {0}};
