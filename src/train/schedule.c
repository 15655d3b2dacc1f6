/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/schedule.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/status.h"
#include "train/phrase.h"

/* A schedule's numbers as its text has them: in epochs, and in parts of the learning rate. */
struct wish {
    float factor, every, warmup, start, end, patience, delta, least;
};

enum { ON_PLATEAU = NNCL_ONECYCLE + 1, NUMBERS = 8 };

static const struct number {
    const char *name;
    size_t offset;
    double low, high;
    bool whole;
} numbers[NUMBERS] = {
    {"factor", offsetof(struct wish, factor), 1e-6, 1, false},
    {"every", offsetof(struct wish, every), 1, 1e6, true},
    {"warmup", offsetof(struct wish, warmup), 0, 1e6, false},
    {"start", offsetof(struct wish, start), 0, 1, false},
    {"end", offsetof(struct wish, end), 0, 1, false},
    {"patience", offsetof(struct wish, patience), 0, 1e6, true},
    {"delta", offsetof(struct wish, delta), 0, 1, false},
    {"least", offsetof(struct wish, least), 0, 1e6, false},
};

/* What there is; a number below 0 is one that the schedule does not have. */
static const struct {
    const char *name;
    int kind;
    struct wish defaults;
} schedules[] = {
    {"constant", NNCL_CONSTANT, {-1, -1, -1, -1, -1, -1, -1, -1}},
    {"step", NNCL_STEP, {0.1f, 1, -1, -1, -1, -1, -1, -1}},
    {"exponential", NNCL_EXPONENTIAL, {0.7f, -1, -1, -1, -1, -1, -1, -1}},
    {"cosine", NNCL_COSINE, {-1, -1, 0, -1, 0, -1, -1, -1}},
    {"onecycle", NNCL_ONECYCLE, {-1, -1, 0.3f, 0.04f, 4e-6f, -1, -1, -1}},
    {"plateau", ON_PLATEAU, {0.1f, -1, -1, -1, -1, 3, 1e-4f, 0}},
};

enum { SCHEDULES = sizeof schedules / sizeof *schedules };

static float *number_at(struct wish *wish, size_t i)
{
    return (float *)((char *)wish + numbers[i].offset);
}

static enum nncl_status fail_number(const char *word, const char *schedule, struct wish *wish)
{
    char names[128] = "";
    for (size_t i = 0; i < NUMBERS; i++)
        if (*number_at(wish, i) >= 0) {
            strncat(names, names[0] ? ", " : "", sizeof names - strlen(names) - 1);
            strncat(names, numbers[i].name, sizeof names - strlen(names) - 1);
        }
    return nncl_fail(NNCL_USAGE, "schedule %s has no \"%.*s\": it takes %s", schedule,
        (int)phrase_length(word), word, names[0] ? names : "no numbers");
}

static enum nncl_status read_number(const char *word, const char *schedule, struct wish *wish)
{
    const int length = (int)phrase_length(word);
    size_t name_length, i = 0;
    float value;
    const bool good = phrase_number(word, &name_length, &value);
    while (i < NUMBERS && (strlen(numbers[i].name) != name_length ||
                              strncmp(numbers[i].name, word, name_length) != 0))
        i++;
    if (i == NUMBERS || *number_at(wish, i) < 0)
        return fail_number(word, schedule, wish);
    if (!good || !((double)value >= numbers[i].low && (double)value <= numbers[i].high) ||
        (numbers[i].whole && value != floorf(value)))
        return nncl_fail(NNCL_USAGE, "schedule %s: \"%.*s\" should be %s=%s from %g to %g",
            schedule, length, word, numbers[i].name,
            numbers[i].whole ? "a whole number" : "a number", numbers[i].low, numbers[i].high);
    *number_at(wish, i) = value;
    return NNCL_OK;
}

static enum nncl_status parse(const char *text, int *kind, struct wish *wish)
{
    const char *word = phrase_first(text ? text : "constant");
    size_t i = 0;
    while (i < SCHEDULES && !phrase_is(word, schedules[i].name))
        i++;
    if (i == SCHEDULES)
        return nncl_fail(NNCL_USAGE,
            "there is no schedule \"%.*s\": it is one of constant, step, exponential, cosine, "
            "onecycle and plateau",
            (int)phrase_length(word), word);
    *kind = schedules[i].kind;
    *wish = schedules[i].defaults;
    enum nncl_status status = NNCL_OK;
    for (word = phrase_next(word); status == NNCL_OK && *word; word = phrase_next(word))
        status = read_number(word, schedules[i].name, wish);
    return status;
}

enum nncl_status nncl_schedule_parse(const char *text, bool *by_validation)
{
    struct wish wish;
    int kind;
    enum nncl_status status = parse(text, &kind, &wish);
    if (status == NNCL_OK)
        *by_validation = kind == ON_PLATEAU;
    return status;
}

bool schedule_spans(const char *text)
{
    struct wish wish;
    int kind;
    return parse(text, &kind, &wish) == NNCL_OK && (kind == NNCL_COSINE || kind == NNCL_ONECYCLE);
}

enum nncl_status schedule_choose(
    const struct nncl_fit_options *options, uint32_t steps, struct nncl_schedule *schedule)
{
    struct wish wish;
    int kind;
    enum nncl_status status = parse(options->schedule, &kind, &wish);
    if (status != NNCL_OK)
        return status;
    *schedule = (struct nncl_schedule){.rate = options->learning_rate};
    if (kind == NNCL_CONSTANT || kind == ON_PLATEAU)
        return NNCL_OK;
    const uint64_t all = (uint64_t)steps * options->epochs;
    if (all > UINT32_MAX)
        return nncl_fail(NNCL_USAGE, "a training of %u epochs of %u steps is too long to count",
            options->epochs, steps);
    schedule->kind = (enum nncl_schedule_kind)kind;
    schedule->factor = fmaxf(wish.factor, 0);
    schedule->every = (uint32_t)fmaxf(wish.every, 0);
    schedule->steps = (uint32_t)all;
    schedule->start = fmaxf(wish.start, 0);
    schedule->end = fmaxf(wish.end, 0);
    const double unit = kind == NNCL_ONECYCLE ? (double)all : (double)steps;
    const double warmup = fmax((double)wish.warmup, 0) * unit;
    if (warmup > (double)all)
        return nncl_fail(NNCL_USAGE,
            kind == NNCL_ONECYCLE ? "schedule onecycle: warmup is a part of the training, up to 1, "
                                    "and not %g"
                                  : "schedule cosine: a warmup of %g epochs is longer than the "
                                    "training",
            (double)wish.warmup);
    schedule->warmup = (float)warmup;
    return NNCL_OK;
}

/* ---- Reduce on plateau ---- */

enum nncl_status plateau_begin(
    const struct nncl_fit_options *options, struct plateau *plateau, bool *used)
{
    struct wish wish;
    int kind;
    enum nncl_status status = parse(options->schedule, &kind, &wish);
    if (status != NNCL_OK)
        return status;
    *used = kind == ON_PLATEAU;
    *plateau = (struct plateau){.rate = options->learning_rate,
        .factor = wish.factor,
        .least = wish.least,
        .delta = wish.delta,
        .patience = *used ? (uint32_t)wish.patience : 0,
        .best = INFINITY};
    return NNCL_OK;
}

/* As PyTorch's ReduceLROnPlateau: better is less by a part `delta` of the best; more than
 * `patience` epochs without are too many. */
bool plateau_observe(struct plateau *plateau, double val_loss)
{
    if (val_loss < plateau->best * (1 - (double)plateau->delta)) {
        plateau->best = val_loss;
        plateau->waited = 0;
        return false;
    }
    if (++plateau->waited <= plateau->patience)
        return false;
    plateau->waited = 0;
    const float reduced = fmaxf(plateau->rate * plateau->factor, plateau->least);
    const bool changes = reduced < plateau->rate;
    if (changes)
        plateau->rate = reduced;
    return changes;
}
