/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Adam (Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1, in the form of
 * the end of their section 2, as Keras does). */
#include "state.h.cl"
#include "vector.h.cl"

struct adam {
    float rate; /* α·√(1-β2^t)/(1-β1^t) */
    float beta1, beta2, epsilon;
};

/* The step's rate, with t = state.step + 1. 1-β^t is -expm1(t·log β), which loses nothing while β^t
 * is close to 1. */
static inline float adam_rate(global const uint *state, float log_beta1, float log_beta2)
{
    const float t = (float)(state[STATE_STEP] + 1u);
    return as_float(state[STATE_LEARNING_RATE]) * sqrt(-expm1(t * log_beta2)) /
           -expm1(t * log_beta1);
}

/* m ← β1·m + (1-β1)·g, v ← β2·v + (1-β2)·g²; returns w - rate · m / (√v + ε). */
static inline floatn adam_update(struct adam adam, floatn g, floatn w, floatn *m, floatn *v)
{
    *m = adam.beta1 * *m + (1.0f - adam.beta1) * g;
    *v = adam.beta2 * *v + (1.0f - adam.beta2) * (g * g);
    return w - adam.rate * *m / (sqrt(*v) + adam.epsilon);
}

#define ADAM_PARAMETERS                                                                             \
    , global const uint *adam_state, global const float *adam_batch_loss, global float *adam_w,     \
        global float *adam_m, global float *adam_v, float adam_beta1, float adam_beta2,             \
        float adam_log_beta1, float adam_log_beta2, float adam_epsilon
#define ADAM_SETUP                                                                                  \
    if (step_is_bad(adam_state, adam_batch_loss))                                                   \
        return;                                                                                     \
    RARE struct adam adam = ADAM_OF_STEP;
#define ADAM_OF_STEP                                                                                \
    {adam_rate(adam_state, adam_log_beta1, adam_log_beta2), adam_beta1, adam_beta2, adam_epsilon}
#define ADAM_EPILOGUE(LOAD, STORE, value, column, index)                                            \
    {                                                                                               \
        const struct adam now = {adam.rate, adam.beta1, adam.beta2, adam.epsilon};                  \
        floatn first = LOAD(adam_m + (index)), second = LOAD(adam_v + (index));                     \
        const floatn updated = adam_update(now, value, LOAD(adam_w + (index)), &first, &second);    \
        STORE(first, adam_m + (index));                                                             \
        STORE(second, adam_v + (index));                                                            \
        STORE(updated, adam_w + (index));                                                           \
    }
