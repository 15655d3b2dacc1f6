/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/recipe.h"

#include <string.h>

#include <nncl/status.h>

enum { SETTINGS = 5 };

/* An option's name and value, which may be `number`; NULL where the recipe has none. */
struct setting {
    const char *name, *value;
    char number[16];
};

static void set_number(struct setting *setting, const char *name, uint32_t value)
{
    snprintf(setting->number, sizeof setting->number, "%u", value);
    setting->name = name;
    setting->value = value > 0 ? setting->number : NULL;
}

static void list_settings(const struct nncl_recipe *recipe, struct setting settings[SETTINGS])
{
    set_number(&settings[0], "epochs", recipe->epochs);
    set_number(&settings[1], "batch-size", recipe->batch_size);
    settings[2] = (struct setting){.name = "optimizer", .value = recipe->optimizer};
    settings[3] = (struct setting){.name = "schedule", .value = recipe->schedule};
    settings[4] = (struct setting){.name = "normalise", .value = recipe->normalise};
}

static const struct option *option_of(const struct option *options, const char *name)
{
    while (options->name && strcmp(options->name, name) != 0)
        options++;
    return options;
}

int recipe_adopt(const char *network, const struct option *options)
{
    const struct nncl_preset *preset = nncl_preset_find(network);
    struct setting settings[SETTINGS];
    if (!preset)
        return NNCL_OK;
    list_settings(&preset->recipe, settings);
    int status = NNCL_OK;
    for (size_t i = 0; i < SETTINGS && status == NNCL_OK; i++)
        if (settings[i].value && !option_given(settings[i].name))
            status = option_set(option_of(options, settings[i].name), settings[i].value);
    return status;
}

void recipe_write(const struct nncl_recipe *recipe, struct output *output)
{
    struct setting settings[SETTINGS];
    list_settings(recipe, settings);
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].value) {
            const char *quote = strchr(settings[i].value, ' ') ? "'" : "";
            output_add(output, " --%s %s%s%s", settings[i].name, quote, settings[i].value, quote);
        }
}
