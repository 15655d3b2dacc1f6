/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Averages of parameters over the steps of a training (Polyak and Juditsky 1992, "Acceleration of
 * stochastic approximation by averaging"), old ones fading exponentially. */
#include "state.h.cl"
#include "vector.h.cl"

/* keep·average + (1-keep)·w, so that w itself comes back where keep is 0. */
static inline floatn ema_of(float keep, floatn w, floatn average)
{
    return w + keep * (average - w);
}

/* The first step's average is its w alone, as in PyTorch and Keras. The element is w as the kernel has
 * just stored it. */
#define EMA_PARAMETERS                                                                              \
    , global const float *ema_w, global const uint *ema_state, global const float *ema_batch_loss,  \
        global float *ema_average, float ema_decay
#define EMA_SETUP                                                                                   \
    if (step_is_bad(ema_state, ema_batch_loss))                                                     \
        return;                                                                                     \
    RARE float ema_keep = ema_state[STATE_STEP] == 0u ? 0.0f : ema_decay;
#define EMA_EPILOGUE(LOAD, STORE, value, column, index)                                             \
    STORE(ema_of(ema_keep, LOAD(ema_w + (index)), LOAD(ema_average + (index))),                     \
        ema_average + (index));
