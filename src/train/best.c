/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/best.h"

#include <math.h>
#include <string.h>

#include "base/status.h"

static bool monitors_accuracy(const struct nncl_fit_options *options)
{
    return strcmp(options->monitor, "val_accuracy") == 0;
}

enum nncl_status best_check(const struct nncl_fit_options *options, bool validates)
{
    if (!monitors_accuracy(options) && strcmp(options->monitor, "val_loss") != 0)
        return nncl_fail(NNCL_USAGE, "a training can monitor val_loss or val_accuracy, not \"%s\"",
            options->monitor);
    if (!isfinite(options->min_delta) || options->min_delta < 0)
        return nncl_fail(NNCL_USAGE, "min_delta is %g, and must be a number of at least 0",
            (double)options->min_delta);
    if (!validates && (options->patience > 0 || options->keep_best))
        return nncl_fail(NNCL_USAGE, "%s needs a validation set",
            options->patience > 0 ? "ending a training early" : "keeping the best parameters");
    return NNCL_OK;
}

void best_add(
    struct best *best, const struct nncl_fit_options *options, struct nncl_fit_progress *epoch)
{
    if (!epoch->has_validation)
        return;
    /* As a loss: less is better. */
    const double result = monitors_accuracy(options) ? -epoch->val_accuracy : epoch->val_loss;
    epoch->is_best = !best->any || result < best->value;
    if (epoch->is_best) {
        best->epoch = epoch->epoch;
        best->value = result;
    }
    if (!best->any || result < best->mark - (double)options->min_delta) {
        best->mark = result;
        best->waited = 0;
    } else {
        best->waited++;
    }
    best->any = true;
    best->ended = options->patience > 0 && best->waited >= options->patience;
    epoch->best_epoch = best->epoch;
    epoch->ends_early = best->ended && epoch->epoch + 1 < options->epochs;
}
