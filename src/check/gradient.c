/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* References of backward passes against central differences. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "check/run.h"

void check_gradient(struct checker *checker, const char *name, struct check_function function,
    size_t count, const float *x, const float *gradient, double tolerance)
{
    if (device_is_dry(checker->device)) /* only the reference is asked */
        return;
    const float h = 0x1p-7f;
    float *moved = malloc(count * sizeof *moved);
    checker->result.cases++;
    if (!moved) {
        checker_fail(checker, "%s: no memory for %zu variables", name, count);
        return;
    }
    memcpy(moved, x, count * sizeof *moved);
    for (size_t i = 0; i < count; i++) {
        float above = x[i] + h, below = x[i] - h;
        moved[i] = above;
        double slope = function.value(function.context, moved);
        moved[i] = below;
        slope -= function.value(function.context, moved);
        slope /= (double)above - (double)below;
        moved[i] = x[i];
        double error = fabs(slope - (double)gradient[i]);
        if (!(error <= tolerance * fmax(1, fabs(slope))))
            checker_fail(checker,
                "%s: the reference's gradient of variable %zu is %.6g, by differences it is %.6g",
                name, i, (double)gradient[i], slope);
    }
    free(moved);
}
