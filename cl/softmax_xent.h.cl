/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Pieces of the cross-entropy of one row x[0 … C-1] of logits, whose largest is `maximum`. */
#include "vector.h.cl"

/* log Σ_c exp(x[c]) - x[label], given sum = Σ_c exp(x[c] - maximum) and the label's logit, which is NaN for
 * a label outside [0, C). */
static inline float xent_loss(float logit, float maximum, float sum)
{
    return log(sum) + (maximum - logit);
}

/* The gradient of the mean loss of N rows by logits with probabilities p; hit: 1 for the label's, else 0. */
static inline floatn xent_gradient(floatn p, floatn hit, float N)
{
    return (p - hit) / N;
}
