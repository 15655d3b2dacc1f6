/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/optimizer.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "train/phrase.h"

static enum nncl_status fail_name(const char *name)
{
    struct text names = {0};
    const struct nncl_optimizer_info *info;
    for (unsigned kind = 0; (info = nncl_optimizer_info(kind)); kind++)
        text_append(&names, "%s%s", kind > 0 ? ", " : "", info->name);
    enum nncl_status status =
        nncl_fail(NNCL_USAGE, "there is no optimizer \"%.*s\": it is one of %s",
            (int)phrase_length(name), name, names.failed ? "" : names.bytes);
    free(names.bytes);
    return status;
}

static enum nncl_status read_name(const char *word, struct nncl_optimizer *optimizer)
{
    const struct nncl_optimizer_info *info;
    for (unsigned kind = 0; (info = nncl_optimizer_info(kind)); kind++)
        if (phrase_is(word, info->name)) {
            *optimizer = info->defaults;
            return NNCL_OK;
        }
    return fail_name(word);
}

/* Gradient descent with momentum is an optimizer of its own. */
static void allow_momentum(struct nncl_optimizer *optimizer)
{
    if (optimizer->kind == NNCL_SGD)
        *optimizer = nncl_optimizer_info(NNCL_MOMENTUM)->defaults;
}

static enum nncl_status fail_hyperparameter(
    const struct nncl_optimizer *optimizer, const char *word)
{
    struct text names = {0};
    struct nncl_optimizer all = *optimizer;
    allow_momentum(&all);
    optimizer_append_names(&all, &names);
    enum nncl_status status = nncl_fail(NNCL_USAGE, "optimizer %s has no \"%.*s\": it takes %s",
        nncl_optimizer_info(optimizer->kind)->name, (int)phrase_length(word), word,
        names.size && !names.failed ? names.bytes : "no numbers");
    free(names.bytes);
    return status;
}

/* Takes "name=number". */
static enum nncl_status read_number(const char *word, struct nncl_optimizer *optimizer)
{
    const int length = (int)phrase_length(word);
    size_t name_length;
    float number;
    const bool good = phrase_number(word, &name_length, &number) && number != 0;
    if (strncmp(word, "momentum=", 9) == 0)
        allow_momentum(optimizer);
    float *value = optimizer_hyperparameter(optimizer, word, name_length);
    if (!value)
        return fail_hyperparameter(optimizer, word);
    if (!good)
        return nncl_fail(NNCL_USAGE,
            "optimizer %s: \"%.*s\" should be a name, \"=\" and a number above 0",
            nncl_optimizer_info(optimizer->kind)->name, length, word);
    *value = number;
    return NNCL_OK;
}

enum nncl_status nncl_optimizer_parse(const char *text, struct nncl_optimizer *optimizer)
{
    struct nncl_optimizer made;
    const char *word = phrase_first(text);
    enum nncl_status status = read_name(word, &made);
    for (word = phrase_next(word); status == NNCL_OK && *word; word = phrase_next(word))
        status = read_number(word, &made);
    if (status == NNCL_OK)
        status = optimizer_complete(&made);
    if (status == NNCL_OK)
        *optimizer = made;
    return status;
}

enum nncl_status optimizer_choose(
    const struct nncl_fit_options *options, struct nncl_optimizer *optimizer)
{
    enum nncl_status status = NNCL_OK;
    TRY(nncl_optimizer_parse(options->optimizer ? options->optimizer : "adam", optimizer));
    if (options->momentum != 0) {
        allow_momentum(optimizer);
        if (optimizer->momentum == 0)
            TRY(nncl_fail(NNCL_USAGE, "optimizer %s has no momentum to be set",
                nncl_optimizer_info(optimizer->kind)->name));
        optimizer->momentum = options->momentum;
        TRY(optimizer_complete(optimizer));
    }
    if (options->weight_decay != 0 && optimizer->weight_decay != 0)
        optimizer->weight_decay = options->weight_decay;
    if (options->clip_norm != 0 && options->clip_value != 0)
        TRY(nncl_fail(
            NNCL_USAGE, "gradients are clipped by their norm or by their values, not by both"));
out:
    return status;
}
