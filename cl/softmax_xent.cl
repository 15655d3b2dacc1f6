/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sparse categorical cross-entropy on logits (Goodfellow, Bengio and Courville 2016, section 6.2.2.3).
 * N rows, C classes; x, dx [N, C], labels, loss, predicted [N]. */
#include "softmax.h.cl"
#include "softmax_xent.h.cl"
#include "vector.h.cl"

/* loss[i] = log Σ_c exp(x[i][c]) - x[i][label[i]], written as log Σ_c exp(x[i][c] - max_i) +
 * (max_i - x[i][label[i]]); NaN for a label outside [0, C). predicted[i] = the class of the largest
 * logit. Both are assigned. */
kernel void softmax_xent(global const float *x, global const uint *labels, global float *loss,
    global uint *predicted, uint N, uint C, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++) {
        global const float *row = x + (size_t)i * C;
        const uint largest = row_largest(row, C), label = labels[i];
        const float maximum = row[largest];
        loss[i] = xent_loss(label < C ? row[label] : NAN, maximum, row_sum(row, C, maximum));
        predicted[i] = largest;
    }
}

/* Gradient of the mean loss: dx[i][c] = (softmax(x[i])[c] - [c = label[i]]) / N. dx is assigned. */
kernel void softmax_xent_backward(
    global const float *x, global const uint *labels, global float *dx, uint N, uint C, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++) {
        global float *row = dx + (size_t)i * C;
        row_softmax(x + (size_t)i * C, row, C);
        for (uint c = 0; c < C; c++)
            row[c] = FIRST_LANE(
                xent_gradient(SPLAT(row[c]), SPLAT(c == labels[i] ? 1.0f : 0.0f), (float)N));
    }
}
