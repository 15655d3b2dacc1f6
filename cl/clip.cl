/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What is done to a gradient: EPILOGUE_0 says what, and what follows. */
#include "epilogue.h.cl"

/* y = what is made of g, n elements; assigned, if it is stored. */
kernel void clip(global const float *g, global float *y, uint n, uint span EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH) {
        floatn value = LOAD_VECTOR(g + i);
        EPILOGUE(LOAD_VECTOR, STORE_VECTOR, value, 0, i)
        if (STORES_RESULT)
            STORE_VECTOR(value, y + i);
    }
    for (; i < range.last; i++) {
        floatn value = LOAD_ELEMENT(g + i);
        EPILOGUE(LOAD_ELEMENT, STORE_ELEMENT, value, 0, i)
        if (STORES_RESULT)
            STORE_ELEMENT(value, y + i);
    }
}

/* sums[p] = before[p] + Σ g² over part p of g, which has n elements; without before if it does not
 * count. Each work-item sums up a part. sums [NORM_PARTS] is assigned. */
kernel void square_sums(
    global const float *g, global const float *before, global float *sums, uint n, uint counts)
{
    const uint part = (uint)get_global_id(0);
    if (part >= NORM_PARTS)
        return;
    const uint span = (n / NORM_PARTS / 16u + 1u) * 16u;
    const uint first = min(part * span, n), last = min(first + span, n);
    floatn sum = SPLAT(0.0f);
    float rest = 0.0f;
    uint i = first;
    for (; i + WIDTH <= last; i += WIDTH) {
        const floatn x = LOAD_VECTOR(g + i);
        sum += x * x;
    }
    for (; i < last; i++)
        rest += g[i] * g[i];
    sums[part] = (counts != 0u ? before[part] : 0.0f) + (sum_lanes(sum) + rest);
}
