/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* One step of an optimizer on n parameters: EPILOGUE_0 names it. */
#include "epilogue.h.cl"

/* w and what the optimizer keeps ← its update by the gradient g, as its formula says; nothing changes in
 * a bad step. All of them are accumulated. */
kernel void update(global const float *g, uint n, uint span EPILOGUE_PARAMETERS)
{
    EPILOGUE_SETUP
    const struct range range = range_of_item(n, span);
    uint i = range.first;
    for (; i + WIDTH <= range.last; i += WIDTH) {
        floatn value = LOAD_VECTOR(g + i);
        EPILOGUE(LOAD_VECTOR, STORE_VECTOR, value, 0, i)
    }
    for (; i < range.last; i++) {
        floatn value = LOAD_ELEMENT(g + i);
        EPILOGUE(LOAD_ELEMENT, STORE_ELEMENT, value, 0, i)
    }
}
