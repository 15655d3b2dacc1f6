/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One step of Adam on n parameters. */
#include "adam.h.cl"

/* w, m, v ← Adam's update by the gradient g, as in adam.h.cl; nothing changes in a bad step. All three
 * are accumulated. */
kernel void adam(global const float *g, uint n, uint span ADAM_PARAMETERS)
{
    ADAM_SETUP
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH)
        ADAM_EPILOGUE(LOAD_VECTOR, STORE_VECTOR, LOAD_VECTOR(g + i), 0, i)
    for (; i < range.last; i++)
        ADAM_EPILOGUE(LOAD_ELEMENT, STORE_ELEMENT, LOAD_ELEMENT(g + i), 0, i)
}
