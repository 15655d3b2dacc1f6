/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Labels as what a network should put out. N rows, C classes; labels [N], t [N, C]. */
#ifndef WIDTH
#define WIDTH 1
#endif
#include "vector.h.cl"

/* t[i][c] = on for the label's class, else off; with on = 1 - s + s/C and off = s/C that is label
 * smoothing by s (Szegedy et al. 2016, "Rethinking the inception architecture", section 7). All NaN
 * for a label outside [0, C). t is assigned. */
kernel void targets(
    global const uint *labels, global float *t, uint N, uint C, float on, float off, uint span)
{
    const struct range range = range_of_item(N, span);
    for (uint i = range.first; i < range.last; i++) {
        const uint label = labels[i];
        for (uint c = 0; c < C; c++)
            t[(size_t)i * C + c] = label >= C ? nan(0u) : c == label ? on : off;
    }
}
