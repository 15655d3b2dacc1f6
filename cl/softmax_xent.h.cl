/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces of the cross-entropy of one row x[0 … C-1] of logits, whose largest is `maximum`. */

/* log Σ_c exp(x[c]) - x[label], given sum = Σ_c exp(x[c] - maximum); NaN for a label outside [0, C). */
static inline float xent_loss(global const float *x, uint label, uint C, float maximum, float sum)
{
    return label < C ? log(sum) + (maximum - x[label]) : nan(0u);
}

/* The gradient of the mean loss of N rows by a logit with probability p; hit: 1 for the label's, else 0. */
static inline float xent_gradient(float p, float hit, float N)
{
    return (p - hit) / N;
}
