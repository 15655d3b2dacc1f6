/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "ref/ref.h"

/* The channels that channel c looks at: [*first, *last). */
static void find_window(size_t channels, size_t reach, size_t c, size_t *first, size_t *last)
{
    *first = c > reach ? c - reach : 0;
    *last = c + reach + 1 < channels ? c + reach + 1 : channels;
}

void ref_lrn(
    size_t m, size_t channels, const struct nncl_lrn *lrn, const float *x, float *d, float *y)
{
    for (size_t i = 0; i < m; i++, x += channels, d += channels, y += channels)
        for (size_t c = 0; c < channels; c++) {
            size_t first, last;
            double squares = 0;
            find_window(channels, lrn->size / 2, c, &first, &last);
            for (size_t j = first; j < last; j++)
                squares += (double)x[j] * (double)x[j];
            const double divisor = (double)lrn->k + (double)lrn->alpha * squares;
            d[c] = (float)divisor;
            y[c] = (float)((double)x[c] * pow(divisor, -(double)lrn->beta));
        }
}

void ref_lrn_backward(size_t m, size_t channels, const struct nncl_lrn *lrn, const float *x,
    const float *dy, const float *d, const float *y, float *dx)
{
    const double factor = 2 * (double)lrn->alpha * (double)lrn->beta;
    for (size_t i = 0; i < m; i++) {
        const size_t at = i * channels;
        for (size_t c = 0; c < channels; c++) {
            size_t first, last;
            double sum = 0;
            find_window(channels, lrn->size / 2, c, &first, &last);
            for (size_t j = first; j < last; j++)
                sum += (double)dy[at + j] * (double)y[at + j] / (double)d[at + j];
            dx[at + c] = (float)((double)dy[at + c] * pow((double)d[at + c], -(double)lrn->beta) -
                                 factor * (double)x[at + c] * sum);
        }
    }
}
