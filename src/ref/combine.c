/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ref/ref.h"

void ref_combine(size_t n, float a_weight, float b_weight, const float *a, const float *b, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (float)((double)a_weight * (double)a[i] + (double)b_weight * (double)b[i]);
}
