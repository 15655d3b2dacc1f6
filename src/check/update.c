/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "check/checker.h"
#include "ops/update.h"
#include "ref/ref.h"

static const size_t sizes[] = {1, 7, 17, 64, 65, 257, 4095, 4097, 100352};

/* The tensors of an update, and what makes it special. */
struct update {
    const char *name;
    size_t n;
    uint32_t step, bad_step;
    float batch_loss, learning_rate;
    struct nncl_optimizer optimizer;
};

/* What is kept: products and sums, 2 units of before and change each; Adadelta's u, whose change
 * goes by the square of a quotient of roots, 40. w: the rate and the quotient take about 16
 * roundings or units of error (OpenCL C 1.2, 7.4: sqrt 3, division 2.5, exp and expm1 3), all of
 * the change. Where a moment cancels its error is one of |m| + |g|, so the change's is one of the
 * rate over √v, which is at least 0.1 here: 20 units of the rate over that. */
static const struct check_bound slot_bound = {.change = 40 * 0x1p-24};
static const struct check_bound exact = {0};

static struct check_bound parameter_bound(float learning_rate)
{
    return (struct check_bound){
        .absolute = 20 * 0x1p-24 * (double)learning_rate / 0.1, .change = 16 * 0x1p-24};
}

static void update(struct checker *checker, struct update u)
{
    struct check_case *c = check_begin(checker, "%s n=%zu step=%u", u.name, u.n, u.step);
    const struct optimizer *optimizer = optimizer_of(&u.optimizer);
    uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_STEP] = u.step,
        [NNCL_STATE_LEARNING_RATE] = ref_bits(u.learning_rate),
        [NNCL_STATE_BAD_STEP] = u.bad_step};
    nncl_tensor_id gradient = check_uniform(c, SHAPE(u.n), -1, 1);
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &u.batch_loss);
    nncl_tensor_id w = check_uniform(c, SHAPE(u.n), -1, 1), slots[NNCL_OPTIMIZER_SLOTS];
    for (unsigned i = 0; i < optimizer->info.slots; i++)
        slots[i] = check_uniform(c, SHAPE(u.n), optimizer->slots[i].squares ? 0.01f : -1, 1);
    check_put(c, gradient, (const float[]){-0.0f, 0, 1e-40f, 1e-20f}, 4);
    check_built(
        c, nncl_op_update(check_list(c), &u.optimizer, gradient, state, batch_loss, w, slots));
    bool frozen = u.bad_step != 0 || !isfinite(u.batch_loss);
    check_output(c, "w", w, frozen ? exact : parameter_bound(u.learning_rate));
    for (unsigned i = 0; i < optimizer->info.slots; i++)
        check_output(c, optimizer->slots[i].name, slots[i], frozen ? exact : slot_bound);
    check_end(c);
}

/* Three steps of Adam on two parameters from nothing, worked out by hand (with plain powers for
 * 1-β^t). tests/train/optimizers.c has the same of all optimizers. */
static void trajectory(struct checker *checker)
{
    static const float gradients[3][2] = {{0.5f, 3}, {-0.25f, 1}, {1, -2}};
    static const float zero[2] = {0, 0}, start[2] = {1, -2};
    const uint32_t words[NNCL_STATE_SIZE] = {[NNCL_STATE_LEARNING_RATE] = ref_bits(0.1f)};
    struct check_case *c = check_begin(checker, "three steps worked out by hand");
    nncl_tensor_id state = check_uint(c, SHAPE(NNCL_STATE_SIZE), words);
    nncl_tensor_id batch_loss = check_float(c, SHAPE(1), &start[0]);
    nncl_tensor_id w = check_float(c, SHAPE(2), start), slots[2];
    for (unsigned i = 0; i < 2; i++)
        slots[i] = check_float(c, SHAPE(2), zero);
    const struct nncl_advance_state advance = {.batch = 1, .count = 100};
    for (int step = 0; step < 3; step++) {
        nncl_tensor_id gradient = check_float(c, SHAPE(2), gradients[step]);
        check_built(c, nncl_op_update(check_list(c), NULL, gradient, state, batch_loss, w, slots));
        check_built(c, nncl_op_advance_state(check_list(c), &advance, batch_loss, state));
    }
    check_known(c, "w", w, (const float[]){0.80755610f, -2.20982871f}, 2e-6);
    check_known(c, "m", slots[0], (const float[]){0.118f, 0.133f}, 1e-7);
    /* The float nearest to 0.999 leaves a 1-β2 that is 1.3e-5 of itself too small. */
    check_known(c, "v", slots[1], (const float[]){0.00131193775f, 0.013981009f}, 3e-7);
    check_output(c, "state", state, (struct check_bound){0});
    check_end(c);
}

/* The cases of every optimizer. */
static void cases(struct checker *checker, struct nncl_optimizer optimizer)
{
    size_t count = check_quick(checker) ? 6 : sizeof sizes / sizeof sizes[0];
    for (size_t i = 0; i < count; i++)
        update(checker,
            (struct update){
                .name = "update", .n = sizes[i], .learning_rate = 0.001f, .optimizer = optimizer});
    const struct update others[] = {
        {.name = "later", .n = 65, .step = 999, .learning_rate = 0.001f},
        {.name = "much later", .n = 65, .step = 10000000, .learning_rate = 0.001f},
        {.name = "loss NaN", .n = 65, .batch_loss = NAN, .learning_rate = 0.001f},
        {.name = "loss infinite", .n = 65, .batch_loss = INFINITY, .learning_rate = 0.001f},
        {.name = "after a bad step", .n = 65, .bad_step = 1, .learning_rate = 0.001f},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct update other = others[i];
        other.optimizer = optimizer;
        update(checker, other);
    }
}

/* … and one with hyperparameters of its own. */
static void others(struct checker *checker, struct nncl_optimizer optimizer)
{
    cases(checker, (struct nncl_optimizer){.kind = optimizer.kind});
    update(checker, (struct update){.name = "other settings",
                        .n = 65,
                        .step = 3,
                        .learning_rate = 0.01f,
                        .optimizer = optimizer});
}

static void adam(struct checker *checker)
{
    others(checker, (struct nncl_optimizer){.beta1 = 0.5f, .beta2 = 0.99f, .epsilon = 1e-3f});
    trajectory(checker);
}

static void adamw(struct checker *checker)
{
    others(checker, (struct nncl_optimizer){
                        .kind = NNCL_ADAMW, .beta1 = 0.5f, .epsilon = 1e-3f, .weight_decay = 0.5f});
}

static void nadam(struct checker *checker)
{
    others(checker, (struct nncl_optimizer){
                        .kind = NNCL_NADAM, .beta1 = 0.99f, .beta2 = 0.99f, .epsilon = 1e-3f});
}

static void sgd(struct checker *checker)
{
    cases(checker, (struct nncl_optimizer){.kind = NNCL_SGD});
}

static void momentum(struct checker *checker)
{
    others(checker, (struct nncl_optimizer){.kind = NNCL_MOMENTUM, .momentum = 0.5f});
}

static void nesterov(struct checker *checker)
{
    others(checker, (struct nncl_optimizer){.kind = NNCL_NESTEROV, .momentum = 0.5f});
}

static void rmsprop(struct checker *checker)
{
    others(checker, (struct nncl_optimizer){.kind = NNCL_RMSPROP, .rho = 0.5f, .epsilon = 1e-3f});
}

static void adagrad(struct checker *checker)
{
    others(checker, (struct nncl_optimizer){.kind = NNCL_ADAGRAD, .epsilon = 1e-3f});
}

static void adadelta(struct checker *checker)
{
    others(checker, (struct nncl_optimizer){.kind = NNCL_ADADELTA, .rho = 0.5f, .epsilon = 1e-3f});
}

const struct check_op check_update[] = {{.name = "adam", .cases = adam},
    {.name = "adamw", .cases = adamw}, {.name = "nadam", .cases = nadam},
    {.name = "sgd", .cases = sgd}, {.name = "momentum", .cases = momentum},
    {.name = "nesterov", .cases = nesterov}, {.name = "rmsprop", .cases = rmsprop},
    {.name = "adagrad", .cases = adagrad}, {.name = "adadelta", .cases = adadelta}, {0}};
