/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Losses of outputs that are held against a target each. N rows, C classes; x, t, dx [N, C], loss,
 * predicted [N]. Of each row, predicted is the class of the largest output, the first of equals.
 * Gradients are those of the mean over the rows. All results are assigned. The build option LOSS names
 * which loss it is. */
#include "activation.h.cl"
#include "softmax.h.cl"
#include "softmax_xent.h.cl"

#ifndef LOSS
#define LOSS squared_error
#endif

/* Categorical cross-entropy on logits, for targets that sum to 1 (Goodfellow, Bengio and Courville
 * 2016, section 6.2.2.3): loss = Σ_c t[c] · (log Σ_k exp(x[k]) - x[c]), whose terms are never below 0
 * when written with the largest logit taken out, as t[c] · (log Σ_k exp(x[k] - max) + (max - x[c])). */
static inline float soft_xent_of_row(
    global const float *x, global const float *t, uint C, uint largest)
{
    const float maximum = x[largest], log_sum = log(row_sum(x, C, maximum));
    float loss = 0.0f;
    for (uint c = 0; c < C; c++)
        loss += t[c] * (log_sum + (maximum - x[c]));
    return loss;
}

/* Binary cross-entropy on logits, the mean over the classes of -t · log σ(x) - (1 - t) · log(1 - σ(x)).
 * Written as below no exponential overflows, and nothing is lost where x is large and right. */
static inline float binary_xent_of_row(
    global const float *x, global const float *t, uint C, uint largest)
{
    float loss = 0.0f;
    for (uint c = 0; c < C; c++)
        loss += fmax(x[c], 0.0f) - x[c] * t[c] + log1p(exp(-fabs(x[c])));
    return loss / (float)C;
}

/* Half the squared distance (Nielsen 2015, "Neural networks and deep learning", equation 6):
 * loss = ½ Σ_c (x[c] - t[c])². */
static inline float squared_error_of_row(
    global const float *x, global const float *t, uint C, uint largest)
{
    float loss = 0.0f;
    for (uint c = 0; c < C; c++) {
        const float apart = x[c] - t[c];
        loss += apart * apart;
    }
    return 0.5f * loss;
}

/* loss, as LOSS_of_row computes it. */
kernel void target_loss(global const float *x, global const float *t, global float *loss,
    global uint *predicted, uint N, uint C, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++) {
        global const float *row = x + (size_t)i * C;
        const uint largest = row_largest(row, C);
        loss[i] = JOIN(LOSS, _of_row)(row, t + (size_t)i * C, C, largest);
        predicted[i] = largest;
    }
}

/* dx[c] = (softmax(x)[c] - t[c]) / N, for targets that sum to 1. */
static inline void soft_xent_gradient_of_row(
    global const float *x, global const float *t, global float *dx, uint C, float N)
{
    row_softmax(x, dx, C);
    for (uint c = 0; c < C; c++)
        dx[c] = FIRST_LANE(xent_gradient(SPLAT(dx[c]), SPLAT(t[c]), N));
}

/* dx[c] = (σ(x[c]) - t[c]) / (N · C) */
static inline void binary_xent_gradient_of_row(
    global const float *x, global const float *t, global float *dx, uint C, float N)
{
    for (uint c = 0; c < C; c++)
        dx[c] = (FIRST_LANE(sigmoid_forward(SPLAT(x[c]))) - t[c]) / (N * (float)C);
}

/* dx[c] = (x[c] - t[c]) / N */
static inline void squared_error_gradient_of_row(
    global const float *x, global const float *t, global float *dx, uint C, float N)
{
    for (uint c = 0; c < C; c++)
        dx[c] = (x[c] - t[c]) / N;
}

/* dx, as LOSS_gradient_of_row computes it. */
kernel void target_loss_backward(
    global const float *x, global const float *t, global float *dx, uint N, uint C, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++) {
        const size_t row = (size_t)i * C;
        JOIN(LOSS, _gradient_of_row)(x + row, t + row, dx + row, C, (float)N);
    }
}
