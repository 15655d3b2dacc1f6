/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is done to a gradient before the optimizer sees it. */
#include "vector.h.cl"

/* Weight decay as a penalty of λ/2·Σ w² in the loss: g + λ·w. */
static inline floatn weight_decay(floatn g, float rate, floatn w)
{
    return g + rate * w;
}

#define WEIGHT_DECAY_PARAMETERS , global const float *decay_w, float decay_rate
#define WEIGHT_DECAY_SETUP
#define WEIGHT_DECAY_EPILOGUE(LOAD, STORE, value, column, index)                                    \
    value = weight_decay(value, decay_rate, LOAD(decay_w + (index)));

/* g, but not beyond ±limit; a NaN stays one. */
static inline floatn clip_value(floatn g, float limit)
{
    const floatn below = g < SPLAT(-limit) ? SPLAT(-limit) : g;
    return below > SPLAT(limit) ? SPLAT(limit) : below;
}

#define CLIP_VALUE_PARAMETERS , float clip_limit
#define CLIP_VALUE_SETUP
#define CLIP_VALUE_EPILOGUE(LOAD, STORE, value, column, index) value = clip_value(value, clip_limit);

#define NORM_PARTS 256

/* limit / (√Σ sums + 10^-6), at most 1 (Pascanu, Mikolov and Bengio 2013, as PyTorch does). */
static inline float norm_scale(global const float *sums, float limit)
{
    float sum = 0.0f;
    for (uint i = 0; i < NORM_PARTS; i++)
        sum += sums[i];
    const float scale = limit / (sqrt(sum) + 1e-6f);
    return scale < 1.0f ? scale : 1.0f;
}

#define CLIP_NORM_PARAMETERS , global const float *clip_sums, float clip_norm
#define CLIP_NORM_SETUP const float clip_scale = norm_scale(clip_sums, clip_norm);
#define CLIP_NORM_EPILOGUE(LOAD, STORE, value, column, index) value = value * clip_scale;
