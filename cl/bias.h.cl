/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "vector.h.cl"

static inline floatn bias_forward(floatn x, floatn b)
{
    return x + b;
}
