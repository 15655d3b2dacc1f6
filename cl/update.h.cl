/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The optimizers: how a parameter w changes by its gradient g, with α the step's learning rate. Adam
 * stands in adam.h.cl. What an optimizer keeps of each parameter begins at 0. */
#include "adam.h.cl"
#include "state.h.cl"
#include "vector.h.cl"

#define UPDATE_PARAMETERS                                                                           \
    , global const uint *update_state, global const float *update_batch_loss, global float *update_w
#define UPDATE_SETUP                                                                                \
    if (step_is_bad(update_state, update_batch_loss))                                               \
        return;                                                                                     \
    const float update_rate = as_float(update_state[STATE_LEARNING_RATE]);

/* Applies `updated`, a formula of `old`, which is w, and of `first` and `second`, which the optimizer
 * keeps and the formula changes. */
#define UPDATE_1(LOAD, STORE, w, slot, index, updated)                                              \
    {                                                                                               \
        const floatn old = LOAD(w + (index));                                                       \
        floatn first = LOAD(slot + (index));                                                        \
        const floatn new = updated;                                                                 \
        STORE(first, slot + (index));                                                               \
        STORE(new, w + (index));                                                                    \
    }
#define UPDATE_2(LOAD, STORE, w, slot, other, index, updated)                                       \
    {                                                                                               \
        const floatn old = LOAD(w + (index));                                                       \
        floatn first = LOAD(slot + (index)), second = LOAD(other + (index));                        \
        const floatn new = updated;                                                                 \
        STORE(first, slot + (index));                                                               \
        STORE(second, other + (index));                                                             \
        STORE(new, w + (index));                                                                    \
    }

/* Gradient descent (Robbins and Monro 1951): returns w - α·g. */
static inline floatn sgd_update(float rate, floatn g, floatn w)
{
    return w - rate * g;
}

#define SGD_PARAMETERS UPDATE_PARAMETERS
#define SGD_SETUP UPDATE_SETUP
#define SGD_EPILOGUE(LOAD, STORE, value, column, index)                                             \
    STORE(sgd_update(update_rate, value, LOAD(update_w + (index))), update_w + (index));

/* Momentum (Polyak 1964), with the rate outside as PyTorch does: u ← μ·u + g; returns w - α·u. */
static inline floatn momentum_update(float rate, float momentum, floatn g, floatn w, floatn *u)
{
    *u = momentum * *u + g;
    return w - rate * *u;
}

#define MOMENTUM_PARAMETERS UPDATE_PARAMETERS, global float *update_u, float update_momentum
#define MOMENTUM_SETUP UPDATE_SETUP
#define MOMENTUM_EPILOGUE(LOAD, STORE, value, column, index)                                        \
    UPDATE_1(LOAD, STORE, update_w, update_u, index,                                                \
        momentum_update(update_rate, update_momentum, value, old, &first))

/* Nesterov's momentum (Sutskever et al. 2013): u ← μ·u + g; returns w - α·(g + μ·u). */
static inline floatn nesterov_update(float rate, float momentum, floatn g, floatn w, floatn *u)
{
    *u = momentum * *u + g;
    return w - rate * (g + momentum * *u);
}

#define NESTEROV_PARAMETERS MOMENTUM_PARAMETERS
#define NESTEROV_SETUP UPDATE_SETUP
#define NESTEROV_EPILOGUE(LOAD, STORE, value, column, index)                                        \
    UPDATE_1(LOAD, STORE, update_w, update_u, index,                                                \
        nesterov_update(update_rate, update_momentum, value, old, &first))

/* RMSprop (Hinton, Srivastava and Swersky 2012, lecture 6e): v ← ρ·v + (1-ρ)·g²;
 * returns w - α·g / (√v + ε). */
static inline floatn rmsprop_update(
    float rate, float rho, float epsilon, floatn g, floatn w, floatn *v)
{
    *v = rho * *v + (1.0f - rho) * (g * g);
    return w - rate * g / (sqrt(*v) + epsilon);
}

#define RMSPROP_PARAMETERS                                                                          \
    UPDATE_PARAMETERS, global float *update_v, float update_rho, float update_epsilon
#define RMSPROP_SETUP UPDATE_SETUP
#define RMSPROP_EPILOGUE(LOAD, STORE, value, column, index)                                         \
    UPDATE_1(LOAD, STORE, update_w, update_v, index,                                                \
        rmsprop_update(update_rate, update_rho, update_epsilon, value, old, &first))

/* Adagrad (Duchi, Hazan and Singer 2011): v ← v + g²; returns w - α·g / (√v + ε). */
static inline floatn adagrad_update(float rate, float epsilon, floatn g, floatn w, floatn *v)
{
    *v = *v + g * g;
    return w - rate * g / (sqrt(*v) + epsilon);
}

#define ADAGRAD_PARAMETERS UPDATE_PARAMETERS, global float *update_v, float update_epsilon
#define ADAGRAD_SETUP UPDATE_SETUP
#define ADAGRAD_EPILOGUE(LOAD, STORE, value, column, index)                                         \
    UPDATE_1(LOAD, STORE, update_w, update_v, index,                                                \
        adagrad_update(update_rate, update_epsilon, value, old, &first))

/* Adadelta (Zeiler 2012, algorithm 1): v ← ρ·v + (1-ρ)·g²; Δ = √(u+ε)/√(v+ε) · g;
 * u ← ρ·u + (1-ρ)·Δ²; returns w - α·Δ. */
static inline floatn adadelta_update(
    float rate, float rho, float epsilon, floatn g, floatn w, floatn *v, floatn *u)
{
    *v = rho * *v + (1.0f - rho) * (g * g);
    const floatn delta = sqrt(*u + epsilon) / sqrt(*v + epsilon) * g;
    *u = rho * *u + (1.0f - rho) * (delta * delta);
    return w - rate * delta;
}

#define ADADELTA_PARAMETERS                                                                         \
    UPDATE_PARAMETERS, global float *update_v, global float *update_u, float update_rho,            \
        float update_epsilon
#define ADADELTA_SETUP UPDATE_SETUP
#define ADADELTA_EPILOGUE(LOAD, STORE, value, column, index)                                        \
    UPDATE_2(LOAD, STORE, update_w, update_v, update_u, index,                                      \
        adadelta_update(                                                                            \
            update_rate, update_rho, update_epsilon, value, old, &first, &second))

/* AdamW (Loshchilov and Hutter 2019, algorithm 2): Adam's update of w - α·λ·w. */
#define ADAMW_PARAMETERS ADAM_PARAMETERS, float adam_weight_decay
#define ADAMW_SETUP                                                                                 \
    ADAM_SETUP                                                                                      \
    const float adam_shrink =                                                                       \
        1.0f - as_float(adam_state[STATE_LEARNING_RATE]) * adam_weight_decay;
#define ADAMW_EPILOGUE(LOAD, STORE, value, column, index)                                           \
    UPDATE_2(LOAD, STORE, adam_w, adam_m, adam_v, index,                                            \
        adam_update(adam, value, adam_shrink * old, &first, &second))

/* Nadam (Dozat 2016, algorithm 2, with ε outside of the root's correction as PyTorch does). */
struct nadam {
    float beta1, beta2, epsilon;
    float gradient_rate; /* α·(1-μ_t) / (1 - Π μ_i) */
    float moment_rate;   /* α·μ_t+1 / (1 - μ_t+1 · Π μ_i) */
    float correction;    /* 1/√(1-β2^t) */
};

/* μ_t = β1 · (1 - ½·0.96^(0.004·t)). */
static inline float nadam_momentum(float beta1, float t)
{
    return beta1 * (1.0f - 0.5f * exp(-1.63287978e-4f * t));
}

/* Sets the step's numbers, with t = state.step + 1. The product of all μ up to t is nothing beside 1 after
 * about 30 of them. */
static inline void nadam_setup(struct nadam *nadam, global const uint *state, float beta1, float beta2,
    float log_beta2, float epsilon)
{
    const uint step = state[STATE_STEP] + 1u;
    const float t = (float)step, rate = as_float(state[STATE_LEARNING_RATE]);
    float product = 1.0f;
    for (uint i = 1u; i <= step && product > 1e-9f; i++)
        product *= nadam_momentum(beta1, (float)i);
    const float next = nadam_momentum(beta1, t + 1.0f);
    nadam->beta1 = beta1;
    nadam->beta2 = beta2;
    nadam->epsilon = epsilon;
    nadam->gradient_rate = rate * (1.0f - nadam_momentum(beta1, t)) / (1.0f - product);
    nadam->moment_rate = rate * next / (1.0f - product * next);
    nadam->correction = 1.0f / sqrt(-expm1(t * log_beta2));
}

/* m ← β1·m + (1-β1)·g, v ← β2·v + (1-β2)·g²;
 * returns w - (gradient_rate·g + moment_rate·m) / (correction·√v + ε). */
static inline floatn nadam_update(struct nadam nadam, floatn g, floatn w, floatn *m, floatn *v)
{
    *m = nadam.beta1 * *m + (1.0f - nadam.beta1) * g;
    *v = nadam.beta2 * *v + (1.0f - nadam.beta2) * (g * g);
    return w - (nadam.gradient_rate * g + nadam.moment_rate * *m) /
                   (nadam.correction * sqrt(*v) + nadam.epsilon);
}

#define NADAM_PARAMETERS                                                                            \
    UPDATE_PARAMETERS, global float *update_m, global float *update_v, float update_beta1,          \
        float update_beta2, float update_log_beta1, float update_log_beta2, float update_epsilon
#define NADAM_SETUP                                                                                 \
    if (step_is_bad(update_state, update_batch_loss))                                               \
        return;                                                                                     \
    struct nadam nadam;                                                                             \
    nadam_setup(                                                                                    \
        &nadam, update_state, update_beta1, update_beta2, update_log_beta2, update_epsilon);
#define NADAM_EPILOGUE(LOAD, STORE, value, column, index)                                           \
    UPDATE_2(LOAD, STORE, update_w, update_m, update_v, index,                                      \
        nadam_update(nadam, value, old, &first, &second))
