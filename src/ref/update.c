/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The optimizers, one parameter at a time. */
#include <math.h>

#include <nncl/state.h>

#include "ref/ref.h"

/* What the step gives. */
struct step {
    double t, rate;
    double beta1, beta2;             /* … */
    double correction1, correction2; /* 1 - β1^t, 1 - β2^t */
    double product;                  /* Nadam: of all μ up to t */
};

/* Nadam's μ. */
static double nadam_momentum(const struct step *step, double t)
{
    return step->beta1 * (1 - 0.5 * pow(0.96, 0.004 * t));
}

static struct step step_of(const struct nncl_optimizer *o, const uint32_t *state)
{
    struct step step = {.t = (double)state[NNCL_STATE_STEP] + 1,
        .rate = (double)ref_float(state[NNCL_STATE_LEARNING_RATE]),
        .beta1 = (double)o->beta1,
        .beta2 = (double)o->beta2,
        .product = 1};
    step.correction1 = -expm1(step.t * log(step.beta1));
    step.correction2 = -expm1(step.t * log(step.beta2));
    for (double i = 1; i <= step.t && step.product > 1e-30; i++)
        step.product *= nadam_momentum(&step, i);
    return step;
}

/* m, v: the moments; returns by how much w changes. */
static double adam(
    const struct nncl_optimizer *o, const struct step *step, double g, double *m, double *v)
{
    *m = step->beta1 * *m + (1 - step->beta1) * g;
    *v = step->beta2 * *v + (1 - step->beta2) * g * g;
    return step->rate * sqrt(step->correction2) / step->correction1 * *m /
           (sqrt(*v) + (double)o->epsilon);
}

static double nadam(
    const struct nncl_optimizer *o, const struct step *step, double g, double *m, double *v)
{
    const double now = nadam_momentum(step, step->t), next = nadam_momentum(step, step->t + 1);
    *m = step->beta1 * *m + (1 - step->beta1) * g;
    *v = step->beta2 * *v + (1 - step->beta2) * g * g;
    return step->rate *
           ((1 - now) / (1 - step->product) * g + next / (1 - step->product * next) * *m) /
           (sqrt(*v / step->correction2) + (double)o->epsilon);
}

static double adadelta(const struct nncl_optimizer *o, double g, double *v, double *u)
{
    const double rho = (double)o->rho, epsilon = (double)o->epsilon;
    *v = rho * *v + (1 - rho) * g * g;
    const double delta = sqrt(*u + epsilon) / sqrt(*v + epsilon) * g;
    *u = rho * *u + (1 - rho) * delta * delta;
    return delta;
}

/* w after the step; a, b: what the optimizer keeps. */
static double updated(const struct nncl_optimizer *o, const struct step *step, double g, double w,
    double *a, double *b)
{
    const double momentum = (double)o->momentum, rho = (double)o->rho, epsilon = (double)o->epsilon;
    switch (o->kind) {
    case NNCL_ADAM:
        return w - adam(o, step, g, a, b);
    case NNCL_ADAMW:
        return w - step->rate * (double)o->weight_decay * w - adam(o, step, g, a, b);
    case NNCL_NADAM:
        return w - nadam(o, step, g, a, b);
    case NNCL_SGD:
        return w - step->rate * g;
    case NNCL_MOMENTUM:
        *a = momentum * *a + g;
        return w - step->rate * *a;
    case NNCL_NESTEROV:
        *a = momentum * *a + g;
        return w - step->rate * (g + momentum * *a);
    case NNCL_RMSPROP:
        *a = rho * *a + (1 - rho) * g * g;
        return w - step->rate * g / (sqrt(*a) + epsilon);
    case NNCL_ADAGRAD:
        *a += g * g;
        return w - step->rate * g / (sqrt(*a) + epsilon);
    case NNCL_ADADELTA:
        return w - step->rate * adadelta(o, g, a, b);
    }
    return w;
}

void ref_update(size_t n, const struct nncl_optimizer *optimizer, const float *gradient,
    const uint32_t *state, const float *batch_loss, float *const *tensors)
{
    if (!isfinite(batch_loss[0]) || state[NNCL_STATE_BAD_STEP] != 0)
        return;
    const struct step step = step_of(optimizer, state);
    for (size_t i = 0; i < n; i++) {
        double kept[NNCL_OPTIMIZER_SLOTS] = {0};
        for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS && tensors[1 + j]; j++)
            kept[j] = (double)tensors[1 + j][i];
        tensors[0][i] = (float)updated(
            optimizer, &step, (double)gradient[i], (double)tensors[0][i], &kept[0], &kept[1]);
        for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS && tensors[1 + j]; j++)
            tensors[1 + j][i] = (float)kept[j];
    }
}
