/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The exponential moving average of a parameter. */
#include "ema.h.cl"

/* average ← keep·average + (1-keep)·w, n elements, with keep = decay but 0 in the first step; nothing
 * changes in a bad step. average is accumulated. */
kernel void ema(uint n, uint span EMA_PARAMETERS)
{
    EMA_SETUP
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH)
        EMA_EPILOGUE(LOAD_VECTOR, STORE_VECTOR, 0.0f, 0, i)
    for (; i < range.last; i++)
        EMA_EPILOGUE(LOAD_ELEMENT, STORE_ELEMENT, 0.0f, 0, i)
}
