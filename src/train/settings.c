/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The settings of a fit that a checkpoint keeps. Every option on which the parameters depend has
 * its row here. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/status.h"
#include "base/text.h"
#include "train/checkpoint.h"

enum kind { COUNT, SEED, REAL, TEXT, FLAG };

/* What depends on a setting. */
enum reach {
    MAY_DIFFER,  /* nothing that a training which goes on has done: it may be another then */
    OF_TRAINING, /* the parameters */
    OF_STEP      /* and already one step on given numbers */
};

struct setting {
    const char *name;
    enum kind kind;
    size_t offset;
    enum reach reach;
};

#define SETTING(member) offsetof(struct nncl_fit_options, member)

static const struct setting settings[] = {
    {"epochs", COUNT, SETTING(epochs), MAY_DIFFER},
    {"batch size", COUNT, SETTING(batch_size), OF_STEP},
    {"learning rate", REAL, SETTING(learning_rate), OF_TRAINING},
    {"optimizer", TEXT, SETTING(optimizer), OF_STEP},
    {"momentum", REAL, SETTING(momentum), OF_STEP},
    {"weight decay", REAL, SETTING(weight_decay), OF_STEP},
    {"clip norm", REAL, SETTING(clip_norm), OF_STEP},
    {"clip value", REAL, SETTING(clip_value), OF_STEP},
    {"schedule", TEXT, SETTING(schedule), OF_TRAINING},
    {"seed", SEED, SETTING(seed), OF_TRAINING},
    {"ema decay", REAL, SETTING(ema_decay), OF_STEP},
    {"label smoothing", REAL, SETTING(label_smoothing), OF_STEP},
    {"augment shift", REAL, SETTING(augment.shift), OF_TRAINING},
    {"augment rotate", REAL, SETTING(augment.rotate), OF_TRAINING},
    {"augment scale", REAL, SETTING(augment.scale), OF_TRAINING},
    {"augment shear", REAL, SETTING(augment.shear), OF_TRAINING},
    {"augment noise", REAL, SETTING(augment.noise), OF_TRAINING},
    {"augment cutout", COUNT, SETTING(augment.cutout), OF_TRAINING},
    {"augment elastic", REAL, SETTING(augment.elastic), OF_TRAINING},
    {"augment sigma", REAL, SETTING(augment.sigma), OF_TRAINING},
    {"augment mixup", REAL, SETTING(augment.mixup), OF_STEP},
    {"accumulate", COUNT, SETTING(accumulate), OF_STEP},
    {"patience", COUNT, SETTING(patience), OF_TRAINING},
    {"min delta", REAL, SETTING(min_delta), OF_TRAINING},
    {"monitor", TEXT, SETTING(monitor), OF_TRAINING},
    {"keep best", FLAG, SETTING(keep_best), OF_TRAINING},
    {"products by", TEXT, SETTING(gemm), OF_STEP},
};

enum { SETTINGS = sizeof settings / sizeof *settings, VALUE_SIZE = 64 };

/* "" stands for what was left open. */
static const char *show(
    const struct setting *setting, const struct nncl_fit_options *options, char value[VALUE_SIZE])
{
    const void *at = (const char *)options + setting->offset;
    value[0] = 0;
    switch (setting->kind) {
    case COUNT:
        if (*(const uint32_t *)at != 0)
            snprintf(value, VALUE_SIZE, "%u", *(const uint32_t *)at);
        return value;
    case SEED:
        if (*(const uint64_t *)at != 0)
            snprintf(value, VALUE_SIZE, "%llu", (unsigned long long)*(const uint64_t *)at);
        return value;
    case REAL:
        if (*(const float *)at != 0 && number_format(*(const float *)at, value) != NNCL_OK)
            value[0] = 0;
        return value;
    case TEXT:
        return *(const char *const *)at ? *(const char *const *)at : value;
    case FLAG:
        return *(const bool *)at ? "on" : value;
    }
    return value;
}

json_t *settings_write(const struct nncl_fit_options *options)
{
    json_t *object = json_object();
    for (size_t i = 0; i < SETTINGS; i++) {
        char value[VALUE_SIZE];
        const char *text = show(&settings[i], options, value);
        if (json_object_set_new(object, settings[i].name, json_string(text)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

char *settings_of_step(const struct nncl_fit_options *options)
{
    struct text lines = {0};
    for (size_t i = 0; i < SETTINGS; i++) {
        char value[VALUE_SIZE];
        if (settings[i].reach == OF_STEP)
            text_append(&lines, "%s: %s\n", settings[i].name, show(&settings[i], options, value));
    }
    if (lines.failed) {
        free(lines.bytes);
        return NULL;
    }
    return lines.bytes;
}

/* Whole numbers in decimal digits; an empty text is 0. */
static bool read_whole(const char *text, uint64_t most, uint64_t *value)
{
    *value = 0;
    for (; *text; text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || *value > (most - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return true;
}

static bool read_value(const char *text, const struct setting *setting, void *at)
{
    uint64_t whole;
    switch (setting->kind) {
    case COUNT:
        if (!read_whole(text, UINT32_MAX, &whole))
            return false;
        *(uint32_t *)at = (uint32_t)whole;
        return true;
    case SEED:
        return read_whole(text, UINT64_MAX, at);
    case REAL:
        *(float *)at = 0;
        return text[0] == 0 || number_parse(text, at);
    case TEXT:
        *(const char **)at = text[0] ? text : NULL;
        return true;
    case FLAG:
        *(bool *)at = text[0] != 0;
        return text[0] == 0 || strcmp(text, "on") == 0;
    }
    return false;
}

enum nncl_status settings_read(const json_t *object, struct nncl_fit_options *options)
{
    *options = (struct nncl_fit_options){0};
    for (size_t i = 0; i < SETTINGS; i++) {
        const char *text = json_string_value(json_object_get(object, settings[i].name));
        if (!text || !read_value(text, &settings[i], (char *)options + settings[i].offset))
            return nncl_fail(
                NNCL_BAD_DATA, "its settings lack a good value for \"%s\"", settings[i].name);
    }
    return NNCL_OK;
}

enum nncl_status settings_adopt(
    const struct nncl_fit_options *stored, struct nncl_fit_options *options)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        char one[VALUE_SIZE], other[VALUE_SIZE];
        const char *given = show(&settings[i], options, one);
        const char *had = show(&settings[i], stored, other);
        if (given[0] && strcmp(given, had) != 0 && settings[i].reach != MAY_DIFFER)
            return nncl_fail(NNCL_USAGE,
                "the checkpoint's training has %s %s, so it cannot go on with %s", settings[i].name,
                had[0] ? had : "left open", given);
        if (!given[0] && !read_value(had, &settings[i], (char *)options + settings[i].offset))
            return nncl_fail(NNCL_BAD_DATA, "its %s cannot be read", settings[i].name);
    }
    return NNCL_OK;
}
