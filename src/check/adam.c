/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

static const size_t sizes[] = {1, 7, 17, 64, 65, 257, 4095, 4097, 100352};

/* The tensors of an update, and what makes it special. */
struct update {
    const char *name;
    size_t n;
    uint32_t step, bad_step;
    float batch_loss, learning_rate;
    struct nncl_adam adam;
};

/* m and v: two products and a sum, 2 units of before and change each. w: the rate and the quotient
 * take about 16 roundings or units of error (OpenCL C 1.2, 7.4: sqrt 3, division 2.5, expm1 3), all
 * of the change. Where m cancels its error is one of |m| + |g|, so the change's is one of the rate
 * over √v, which is at least 0.1 here: 20 units of the rate over that. */
static const struct check_bound moment_bound = {.change = 0x1p-22};
static const struct check_bound exact = {0};

static struct check_bound parameter_bound(float learning_rate)
{
    return (struct check_bound){
        .absolute = 20 * 0x1p-24 * (double)learning_rate / 0.1, .change = 16 * 0x1p-24};
}

static void update(struct checker *checker, struct update u)
{
    struct check_case *c = check_begin(checker, "%s n=%zu step=%u", u.name, u.n, u.step);
    uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_STEP] = u.step,
        [NNCL_STATE_LEARNING_RATE] = ref_bits(u.learning_rate),
        [NNCL_STATE_BAD_STEP] = u.bad_step};
    nncl_tensor_id gradient = check_uniform(c, SHAPE(u.n), -1, 1);
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &u.batch_loss);
    nncl_tensor_id w = check_uniform(c, SHAPE(u.n), -1, 1);
    nncl_tensor_id m = check_uniform(c, SHAPE(u.n), -1, 1);
    nncl_tensor_id v = check_uniform(c, SHAPE(u.n), 0.01f, 1);
    check_put(c, gradient, (const float[]){-0.0f, 0, 1e-40f, 1e-20f}, 4);
    check_built(c, nncl_op_adam(check_list(c), &u.adam, gradient, state, batch_loss, w, m, v));
    bool frozen = u.bad_step != 0 || !isfinite(u.batch_loss);
    check_output(c, "w", w, frozen ? exact : parameter_bound(u.learning_rate));
    check_output(c, "m", m, frozen ? exact : moment_bound);
    check_output(c, "v", v, frozen ? exact : moment_bound);
    check_end(c);
}

/* Three steps of two parameters from nothing, worked out by hand (with plain powers for 1-β^t). */
static void trajectory(struct checker *checker)
{
    static const float gradients[3][2] = {{0.5f, 3}, {-0.25f, 1}, {1, -2}};
    static const float zero[2] = {0, 0}, start[2] = {1, -2};
    const uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_LEARNING_RATE] = ref_bits(0.1f)};
    struct check_case *c = check_begin(checker, "three steps worked out by hand");
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &start[0]);
    nncl_tensor_id w = check_float(c, SHAPE(2), start);
    nncl_tensor_id m = check_float(c, SHAPE(2), zero), v = check_float(c, SHAPE(2), zero);
    const struct nncl_advance_state advance = {.batch = 1, .count = 100};
    for (int step = 0; step < 3; step++) {
        nncl_tensor_id gradient = check_float(c, SHAPE(2), gradients[step]);
        check_built(c, nncl_op_adam(check_list(c), NULL, gradient, state, batch_loss, w, m, v));
        check_built(c, nncl_op_advance_state(check_list(c), &advance, batch_loss, state));
    }
    check_known(c, "w", w, (const float[]){0.80755610f, -2.20982871f}, 2e-6);
    check_known(c, "m", m, (const float[]){0.118f, 0.133f}, 1e-7);
    /* The float nearest to 0.999 leaves a 1-β2 that is 1.3e-5 of itself too small. */
    check_known(c, "v", v, (const float[]){0.00131193775f, 0.013981009f}, 3e-7);
    check_output(c, "state", state, (struct check_bound){0});
    check_end(c);
}

static void cases(struct checker *checker)
{
    size_t count = check_quick(checker) ? 6 : sizeof sizes / sizeof sizes[0];
    for (size_t i = 0; i < count; i++)
        update(checker, (struct update){.name = "update", .n = sizes[i], .learning_rate = 0.001f});
    const struct update others[] = {
        {.name = "later", .n = 65, .step = 999, .learning_rate = 0.001f},
        {.name = "much later", .n = 65, .step = 10000000, .learning_rate = 0.001f},
        {.name = "other settings",
            .n = 65,
            .step = 3,
            .learning_rate = 0.01f,
            .adam = {.beta1 = 0.5f, .beta2 = 0.99f, .epsilon = 1e-3f}},
        {.name = "loss NaN", .n = 65, .batch_loss = NAN, .learning_rate = 0.001f},
        {.name = "loss infinite", .n = 65, .batch_loss = INFINITY, .learning_rate = 0.001f},
        {.name = "after a bad step", .n = 65, .bad_step = 1, .learning_rate = 0.001f},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        update(checker, others[i]);
    trajectory(checker);
}

const struct check_op check_adam[] = {{.name = "adam", .cases = cases}, {0}};
