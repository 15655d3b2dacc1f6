/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

/* log Σ_c exp(x[c]) */
static double log_sum(const float *x, size_t classes)
{
    double maximum = (double)x[ref_largest(x, classes)], sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += exp((double)x[c] - maximum);
    return maximum + log(sum);
}

static double loss_of_row(enum nncl_loss kind, size_t classes, const float *x, const float *t)
{
    const double whole = kind == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY ? log_sum(x, classes) : 0;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        const double output = (double)x[c], target = (double)t[c];
        if (kind == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY)
            sum += target * (whole - output);
        else if (kind == NNCL_BINARY_CROSSENTROPY)
            sum +=
                (fmax(output, 0) - output * target + log1p(exp(-fabs(output)))) / (double)classes;
        else
            sum += (output - target) * (output - target) / 2;
    }
    return sum;
}

void ref_target_loss(size_t n, size_t classes, enum nncl_loss kind, const float *x, const float *t,
    float *loss, uint32_t *predicted)
{
    for (size_t i = 0; i < n; i++) {
        loss[i] = (float)loss_of_row(kind, classes, x + i * classes, t + i * classes);
        predicted[i] = ref_largest(x + i * classes, classes);
    }
}

void ref_target_loss_backward(
    size_t n, size_t classes, enum nncl_loss kind, const float *x, const float *t, float *dx)
{
    for (size_t i = 0; i < n; i++) {
        const double whole = log_sum(x + i * classes, classes);
        for (size_t j = i * classes; j < (i + 1) * classes; j++) {
            const double output = (double)x[j], target = (double)t[j], rows = (double)n;
            if (kind == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY)
                dx[j] = (float)((exp(output - whole) - target) / rows);
            else if (kind == NNCL_BINARY_CROSSENTROPY)
                dx[j] = (float)((1 / (1 + exp(-output)) - target) / (rows * (double)classes));
            else
                dx[j] = (float)((output - target) / rows);
        }
    }
}
