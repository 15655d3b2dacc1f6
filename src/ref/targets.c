/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

void ref_targets(size_t n, const struct nncl_targets *targets, const uint32_t *labels, float *t)
{
    const size_t classes = targets->classes;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < classes; c++)
            t[i * classes + c] = labels[i] >= classes ? NAN
                                 : labels[i] == c     ? targets->on
                                                      : targets->off;
}
