/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/stopping.h"

#include <string.h>

#include "common/messages.h"
#include "common/options.h"

static bool decides(const struct stopping *stopping)
{
    return stopping->patience > 0 || stopping->keeps_best;
}

static bool by_accuracy(const struct stopping *stopping)
{
    return strcmp(stopping->monitor, "val_accuracy") == 0;
}

int stopping_check(const struct stopping *stopping)
{
    if (!by_accuracy(stopping) && strcmp(stopping->monitor, "val_loss") != 0)
        return message_fail(
            NNCL_USAGE, "--monitor needs val_loss or val_accuracy, not \"%s\"", stopping->monitor);
    if (option_given("min-delta") && stopping->patience == 0)
        return message_fail(NNCL_USAGE, "--min-delta needs --early-stop N");
    if (option_given("monitor") && !decides(stopping))
        return message_fail(NNCL_USAGE, "--monitor needs --early-stop N or --keep-best");
    return NNCL_OK;
}

int stopping_needs_split(const char *option, bool given, double validation_split)
{
    if (!given || validation_split > 0)
        return NNCL_OK;
    return message_fail(NNCL_USAGE,
        "%s needs --validation-split X, such as 0.1: the test set is for the result only, and "
        "nothing may be chosen by it",
        option);
}

int stopping_check_split(const struct stopping *stopping, double validation_split)
{
    int status = stopping_needs_split("--early-stop", stopping->patience > 0, validation_split);
    return status == NNCL_OK
               ? stopping_needs_split("--keep-best", stopping->keeps_best, validation_split)
               : status;
}

void stopping_set(const struct stopping *stopping, struct nncl_fit_options *options)
{
    options->patience = (uint32_t)stopping->patience;
    options->min_delta = (float)stopping->min_delta;
    options->monitor = stopping->monitor;
    options->keep_best = stopping->keeps_best;
}

static const struct nncl_fit_progress *last_epoch(const struct progress *progress)
{
    return progress->epoch_count > 0 ? &progress->epochs[progress->epoch_count - 1] : NULL;
}

void stopping_say(const struct stopping *stopping, const struct progress *progress)
{
    const struct nncl_fit_progress *last = last_epoch(progress);
    if (!last || !last->has_validation || !decides(stopping))
        return;
    const struct nncl_fit_progress *best = &progress->epochs[last->best_epoch];
    if (last->ends_early)
        message("ended early after epoch %u: %s did not get better for %llu %s", last->epoch + 1,
            stopping->monitor, (unsigned long long)stopping->patience,
            stopping->patience == 1 ? "epoch" : "epochs");
    message("best epoch %u: %s %.4f%s", best->epoch + 1, stopping->monitor,
        by_accuracy(stopping) ? best->val_accuracy : best->val_loss,
        stopping->keeps_best ? ", whose model is taken" : "");
}

bool stopping_add_options(const struct stopping *stopping, json_t *options)
{
    json_t *patience =
        stopping->patience ? json_integer((json_int_t)stopping->patience) : json_null();
    return json_object_set_new(options, "early_stop", patience) == 0 &&
           json_object_set_new(options, "min_delta", json_number(stopping->min_delta)) == 0 &&
           json_object_set_new(options, "monitor", json_text(stopping->monitor)) == 0 &&
           json_object_set_new(options, "keep_best", json_boolean(stopping->keeps_best)) == 0;
}

/* Without a part set aside there is no best epoch to speak of: the test set chooses nothing. */
bool stopping_add_results(
    const struct stopping *stopping, const struct progress *progress, json_t *record)
{
    const struct nncl_fit_progress *last = last_epoch(progress);
    const bool known = last && last->has_validation && decides(stopping);
    json_t *best = known ? json_integer((json_int_t)last->best_epoch + 1) : json_null();
    return json_object_set_new(record, "best_epoch", best) == 0 &&
           json_object_set_new(record, "ended_early", json_boolean(known && last->ends_early)) == 0;
}
