/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "ref/ref.h"

void ref_confusion(
    size_t n, size_t classes, const uint32_t *labels, const uint32_t *predicted, uint32_t *counts)
{
    for (size_t i = 0; i < n; i++)
        if (labels[i] < classes && predicted[i] < classes)
            counts[labels[i] * classes + predicted[i]]++;
}
