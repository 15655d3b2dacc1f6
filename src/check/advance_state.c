/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/op.h"
#include "ref/ref.h"

static const struct {
    const char *name;
    float batch_loss;
    uint32_t batch, count;
    uint32_t before[NNCL_STATE_SIZE];
} steps[] = {
    {"first step", 2.3f, 32, 60000, {0, 0, 0, 0x3a83126f}},
    {"inside an epoch", 0.5f, 32, 100, {7, 32, 1, 0x3a83126f}},
    {"end of an epoch", 0.5f, 4, 100, {7, 96, 1, 0x3a83126f}},
    {"one batch an epoch", 0, 100, 100, {7, 0, 7}},
    {"loss is NaN", NAN, 32, 100, {7, 32, 1, 0x3a83126f}},
    {"loss is infinite", INFINITY, 4, 100, {7, 96, 1, 0x3a83126f}},
    {"after a bad step", 0.5f, 32, 100, {7, 32, 1, 0x3a83126f, 5}},
    {"after a bad step, NaN again", -NAN, 32, 100, {7, 32, 1, 0x3a83126f, 5}},
};

static void cases(struct checker *checker)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct check_case *c = check_begin(checker, "%s", steps[i].name);
        nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &steps[i].batch_loss);
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), steps[i].before);
        const struct nncl_advance_state advance = {
            .batch = steps[i].batch, .count = steps[i].count};
        check_built(c, nncl_op_advance_state(check_list(c), &advance, batch_loss, state));
        check_output(c, "state", state, (struct check_bound){0});
        check_end(c);
    }
}

/* Rates: the quotients and products are a few roundings; cospi is off by 4 units of its result, pow
 * by 16 (OpenCL C 1.2, 7.4), and where half a cosine ends near 0 what is lost is of the rate. */
static void schedule(struct checker *checker)
{
    static const struct {
        const char *name;
        struct nncl_schedule schedule;
        uint32_t step, position, epoch;
        float batch_loss;
    } rates[] = {
        {"step, before", {NNCL_STEP, 0.1f, .factor = 0.5f, .every = 3}, 17, 96, 1, 1},
        {"step, after", {NNCL_STEP, 0.1f, .factor = 0.5f, .every = 3}, 17, 96, 2, 1},
        {"step, later", {NNCL_STEP, 0.1f, .factor = 0.7f, .every = 1}, 17, 96, 27, 1},
        {"exponential, first", {NNCL_EXPONENTIAL, 1, .factor = 0.7f}, 0, 0, 0, 1},
        {"exponential, inside", {NNCL_EXPONENTIAL, 1, .factor = 0.7f}, 50, 32, 13, 1},
        {"exponential, end", {NNCL_EXPONENTIAL, 1, .factor = 0.7f}, 50, 96, 13, 1},
        {"cosine", {NNCL_COSINE, 0.003f, .steps = 1000, .end = 0.1f}, 499, 0, 0, 1},
        {"cosine, last", {NNCL_COSINE, 0.003f, .steps = 1000}, 998, 0, 0, 1},
        {"cosine, beyond", {NNCL_COSINE, 0.003f, .steps = 1000, .end = 0.01f}, 5000, 0, 0, 1},
        {"cosine, warming up", {NNCL_COSINE, 0.003f, .steps = 1000, .warmup = 100}, 41, 0, 0, 1},
        {"cosine, warm", {NNCL_COSINE, 0.003f, .steps = 1000, .warmup = 100.5f}, 100, 0, 0, 1},
        {"cosine, only warming up", {NNCL_COSINE, 1, .steps = 10, .warmup = 10}, 9, 0, 0, 1},
        {"one cycle, rising",
            {NNCL_ONECYCLE, 1, .steps = 1000, .warmup = 300, .start = 0.04f, .end = 4e-6f}, 7, 0, 0,
            1},
        {"one cycle, falling",
            {NNCL_ONECYCLE, 1, .steps = 1000, .warmup = 300, .start = 0.04f, .end = 4e-6f}, 600, 0,
            0, 1},
        {"one cycle, at once",
            {NNCL_ONECYCLE, 1, .steps = 1000, .warmup = 0, .start = 0.04f, .end = 4e-6f}, 0, 0, 0,
            1},
        {"loss is NaN", {NNCL_COSINE, 0.003f, .steps = 1000, .end = 0.1f}, 499, 0, 0, NAN},
    };
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct check_case *c = check_begin(checker, "%s", rates[i].name);
        const uint32_t before[NNCL_STATE_SIZE] = {[NNCL_STATE_STEP] = rates[i].step,
            [NNCL_STATE_POSITION] = rates[i].position,
            [NNCL_STATE_EPOCH] = rates[i].epoch,
            [NNCL_STATE_LEARNING_RATE] = ref_bits(0.5f)};
        nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &rates[i].batch_loss);
        nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), before);
        const struct nncl_advance_state advance = {
            .batch = 4, .count = 100, .schedule = rates[i].schedule};
        check_built(c, nncl_op_advance_state(check_list(c), &advance, batch_loss, state));
        check_output(c, "state", state,
            (struct check_bound){.absolute = 0x1p-21 * (double)rates[i].schedule.rate,
                .ulp = 24,
                .first_float = NNCL_STATE_LEARNING_RATE,
                .float_words = 1});
        check_end(c);
    }
}

const struct check_op check_advance_state[] = {
    {.name = "advance_state", .cases = cases}, {.name = "schedule", .cases = schedule}, {0}};
