/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The confusion matrix. N rows, C classes. */
#include "vector.h.cl"

/* counts[labels[i]][predicted[i]] += 1 for each row whose label and prediction are below C; counts
 * uint [C, C] is accumulated. Integer atomics: the result does not depend on their order. */
kernel void confusion(global const uint *labels, global const uint *predicted,
    volatile global uint *counts, uint N, uint C, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++) {
        if (labels[i] < C && predicted[i] < C)
            atomic_inc(counts + (size_t)labels[i] * C + predicted[i]);
    }
}
