/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "check/checker.h"
#include "ops/op.h"

static const float alphas[] = {0.001f, 0.1f, 0.2f, 1, 8, 1000};

/* With q = U^(1/alpha), an argument of exp within 103 is off by 4 units in the last place, so q by
 * 4 · 103 · 2^-24 of itself; where q counts beside the cosine's square it is above 2^-45, its
 * argument within 32. The quotient is off by twice that at most and the root by half of it. */
static const struct check_bound weight_bound = {.absolute = 8e-6};

static void weights(struct checker *checker)
{
    const size_t sizes[] = {1, 32, 33, 257, 5000};
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
        const size_t n = sizes[i % (check_quick(checker) ? 4 : 5)];
        struct check_case *c = check_begin(checker, "n=%zu alpha=%g", n, (double)alphas[i]);
        const struct nncl_mixup mixup = {.seed = 0xfedcba9876543210 + i, .alpha = alphas[i]};
        const uint32_t words[NNCL_STATE_SIZE] = {
            [NNCL_STATE_POSITION] = 1000 * (uint32_t)i, [NNCL_STATE_EPOCH] = 3};
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words), out = 0;
        check_built(c, nncl_op_mixup_weights(check_list(c), &mixup, n, state, &out));
        check_output(c, "weights", out, weight_bound);
        check_end(c);
    }
}

/* Two products and a sum, of numbers within 1. */
static const struct check_bound mix_bound = {.absolute = 0x1p-22};

static void mix(struct checker *checker)
{
    static const size_t shapes[][2] = {
        {1, 1}, {1, 784}, {2, 17}, {32, 784}, {33, 10}, {7, 4097}, {513, 784}};
    const size_t count = sizeof shapes / sizeof *shapes - (check_quick(checker) ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        const size_t n = shapes[i][0], m = shapes[i][1];
        struct check_case *c = check_begin(checker, "n=%zu m=%zu", n, m);
        nncl_tensor_id x = check_uniform(c, SHAPE(n, m), -1, 1), out = 0;
        nncl_tensor_id w = check_uniform(c, SHAPE(n), 0.5f, 1);
        check_built(c, nncl_op_mixup(check_list(c), x, w, &out));
        check_output(c, "out", out, mix_bound);
        check_end(c);
    }

    struct check_case *c = check_begin(checker, "known values");
    const float known[] = {1.75f, 2.75f, 3, 4, 3, 4}; /* the last row is mixed with the first */
    nncl_tensor_id x = check_float(c, SHAPE(3, 2), (const float[]){1, 2, 4, 5, 2, 3}), out = 0;
    nncl_tensor_id w = check_float(c, SHAPE(3), (const float[]){0.75f, 0.5f, 2});
    check_built(c, nncl_op_mixup(check_list(c), x, w, &out));
    check_output(c, "out", out, mix_bound);
    check_known(c, "out", out, known, 1e-6);
    check_end(c);
}

const struct check_op check_mixup[] = {
    {.name = "mixup_weights", .cases = weights}, {.name = "mixup", .cases = mix}, {0}};
