/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

static const size_t sizes[] = {1, 7, 17, 64, 65, 257, 4095, 4097, 100352};

struct average {
    const char *name;
    size_t n;
    uint32_t step, bad_step;
    float batch_loss, decay;
};

/* A difference of numbers up to 1, a product and a sum, each rounded once. */
static const struct check_bound rounded = {.absolute = 4 * 0x1p-24};
static const struct check_bound exact = {0};

static void average(struct checker *checker, struct average a)
{
    struct check_case *c =
        check_begin(checker, "%s n=%zu step=%u decay=%g", a.name, a.n, a.step, (double)a.decay);
    const uint32_t words[NNCL_STATE_SIZE] = {
        [NNCL_STATE_STEP] = a.step, [NNCL_STATE_BAD_STEP] = a.bad_step};
    nncl_tensor_id w = check_uniform(c, SHAPE(a.n), -1, 1);
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &a.batch_loss);
    nncl_tensor_id kept = check_uniform(c, SHAPE(a.n), -1, 1);
    check_built(c, nncl_op_ema(check_list(c), a.decay, w, state, batch_loss, kept));
    const bool frozen = a.bad_step != 0 || !isfinite(a.batch_loss);
    check_output(c, "average", kept, frozen || a.step == 0 ? exact : rounded);
    check_end(c);
}

static void cases(struct checker *checker)
{
    const size_t count = check_quick(checker) ? 6 : sizeof sizes / sizeof sizes[0];
    for (size_t i = 0; i < count; i++)
        average(
            checker, (struct average){.name = "later", .n = sizes[i], .step = 5, .decay = 0.9f});
    const struct average others[] = {{.name = "first", .n = 65, .decay = 0.999f},
        {.name = "second", .n = 65, .step = 1, .decay = 0.999f},
        {.name = "much later", .n = 65, .step = 10000000, .decay = 0.9999f},
        {.name = "fast", .n = 65, .step = 3, .decay = 0.01f},
        {.name = "loss NaN", .n = 65, .batch_loss = NAN, .decay = 0.5f},
        {.name = "loss infinite", .n = 65, .step = 1, .batch_loss = INFINITY, .decay = 0.5f},
        {.name = "after a bad step", .n = 65, .step = 1, .bad_step = 1, .decay = 0.5f}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        average(checker, others[i]);
}

/* Known values: of 4, 8 and -2, the last two with a quarter each. */
static void known(struct checker *checker)
{
    static const float weights[3][2] = {{4, 0.5f}, {8, 1}, {-2, 0}}, old[2] = {100, -100};
    const uint32_t words[NNCL_STATE_SIZE] = {0};
    const struct nncl_advance_state advance = {.batch = 1, .count = 100};
    struct check_case *c = check_begin(checker, "known values");
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &weights[0][0]);
    nncl_tensor_id kept = check_float(c, SHAPE(2), old);
    for (unsigned step = 0; step < 3; step++) {
        nncl_tensor_id w = check_float(c, SHAPE(2), weights[step]);
        check_built(c, nncl_op_ema(check_list(c), 0.75f, w, state, batch_loss, kept));
        check_built(c, nncl_op_advance_state(check_list(c), &advance, batch_loss, state));
    }
    check_known(c, "average", kept, (const float[]){3.25f, 0.46875f}, 0);
    check_output(c, "average", kept, rounded);
    check_end(c);
}

static void all(struct checker *checker)
{
    cases(checker);
    known(checker);
}

const struct check_op check_ema[] = {{.name = "ema", .cases = all}, {0}};
