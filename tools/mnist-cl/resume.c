/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/messages.h"
#include "common/options.h"

/* Options that are no settings of the training. The network is in the checkpoint itself. */
static const char *const not_kept[] = {"device", "mem-limit", "plan", "explain", "profile", "trace",
    "quiet", "verbose", "check-data", "checkpoint", "resume", "model", "hidden", "runs", "sweep",
    "sweep-random", "sweep-devices", NULL};

/* Settings that may be others when the training goes on. That the data are the same is checked. */
static const char *const may_differ[] = {
    "epochs", "data", "save", "json", "checkpoint-every", NULL};

static bool is_among(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

int resume_note(struct resume *resume, const struct option *options)
{
    json_t *settings = json_object();
    for (const struct option *option = options; option->name; option++) {
        char text[OPTION_TEXT_SIZE];
        const char *value = option_text(option, text);
        if (value && !is_among(option->name, not_kept))
            json_object_set_new(settings, option->name, json_text(value));
    }
    resume->note = json_dumps(settings, JSON_COMPACT);
    json_decref(settings);
    return resume->note ? NNCL_OK
                        : message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the settings");
}

static int contradiction(const struct option *option, const char *path, const char *stored)
{
    char text[OPTION_TEXT_SIZE];
    const char *given = option_text(option, text);
    if (!given)
        return message_fail(NNCL_USAGE,
            "--%s 0 contradicts %s, whose training goes on with --%s %s", option->name, path,
            option->name, stored);
    if (option->kind == OPTION_FLAG)
        return message_fail(NNCL_USAGE, "--%s contradicts %s, whose training goes on without it",
            option->name, path);
    if (!stored)
        return message_fail(NNCL_USAGE, "--%s %s contradicts %s, whose training has none",
            option->name, given, path);
    return message_fail(NNCL_USAGE, "--%s %s contradicts %s, whose training goes on with --%s %s",
        option->name, given, path, option->name, stored);
}

/* Brings one option and the checkpoint's value together. */
static int adopt(const struct option *option, const char *path, const json_t *settings)
{
    char text[OPTION_TEXT_SIZE];
    const char *stored = json_string_value(json_object_get(settings, option->name));
    if (is_among(option->name, not_kept))
        return NNCL_OK;
    if (!option_given(option->name))
        return stored ? option_set(option, stored) : NNCL_OK;
    const char *given = option_text(option, text);
    const bool same = stored ? given && strcmp(given, stored) == 0 : !given;
    if (same || is_among(option->name, may_differ))
        return NNCL_OK;
    return contradiction(option, path, stored);
}

/* Every setting must be an option that there is. */
static int check_names(const char *path, json_t *settings, const struct option *options)
{
    const char *name;
    json_t *value;
    json_object_foreach(settings, name, value)
    {
        const struct option *option = options;
        while (option->name && strcmp(option->name, name) != 0)
            option++;
        if (!option->name || is_among(name, not_kept) || !json_is_string(value))
            return message_fail(NNCL_BAD_DATA,
                "checkpoint %s has a setting that this mnist-cl does not know: it was written by "
                "another program or version",
                path);
    }
    return NNCL_OK;
}

static void say_where(const struct nncl_checkpoint_info *info)
{
    if (info->step == 0 && info->epoch > 0)
        message("resumed at epoch %u, step 0: %u %s done", info->epoch + 1, info->epoch,
            info->epoch == 1 ? "epoch is" : "epochs are");
    else
        message("resumed at epoch %u, step %u", info->epoch + 1, info->step);
}

int resume_open(struct resume *resume, const char *path, const struct option *options)
{
    int status = message_status(nncl_checkpoint_load(path, &resume->checkpoint));
    if (status != NNCL_OK)
        return status;
    const struct nncl_checkpoint_info *info = nncl_checkpoint_get(resume->checkpoint);
    resume->settings = json_loads(info->note, 0, NULL);
    if (!json_is_object(resume->settings))
        return message_fail(
            NNCL_BAD_DATA, "checkpoint %s was not written by \"mnist-cl train\"", path);
    status = check_names(path, resume->settings, options);
    for (const struct option *option = options; option->name && status == NNCL_OK; option++)
        status = adopt(option, path, resume->settings);
    if (status == NNCL_OK)
        say_where(info);
    return status;
}

void resume_close(struct resume *resume)
{
    nncl_checkpoint_free(&resume->checkpoint);
    json_decref(resume->settings);
    free(resume->note);
    *resume = (struct resume){0};
}
