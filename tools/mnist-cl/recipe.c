/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/recipe.h"

#include <string.h>

#include <nncl/status.h>

enum { SETTINGS = 8 };

/* An option's name and value, which may be `number`; NULL where the recipe has none. */
struct setting {
    const char *name, *value;
    const char
        *of; /* the option without whose value in the recipe this one means nothing, or NULL */
    char number[16];
};

static void set_number(struct setting *setting, const char *name, double value)
{
    snprintf(setting->number, sizeof setting->number, "%.6g", value);
    setting->name = name;
    setting->value = value > 0 ? setting->number : NULL;
}

static void list_settings(const struct nncl_recipe *recipe, struct setting settings[SETTINGS])
{
    set_number(&settings[0], "epochs", recipe->epochs);
    set_number(&settings[1], "batch-size", recipe->batch_size);
    settings[2] = (struct setting){.name = "optimizer", .value = recipe->optimizer};
    set_number(&settings[3], "lr", (double)recipe->learning_rate);
    settings[3].of = "optimizer";
    settings[4] = (struct setting){.name = "schedule", .value = recipe->schedule};
    set_number(&settings[5], "label-smoothing", (double)recipe->label_smoothing);
    settings[5].of = "loss";
    settings[6] = (struct setting){.name = "augment", .value = recipe->augment};
    settings[7] = (struct setting){.name = "normalise", .value = recipe->normalise};
}

static const struct option *option_of(const struct option *options, const char *name)
{
    while (options->name && strcmp(options->name, name) != 0)
        options++;
    return options;
}

static bool is_overruled(const struct setting *setting)
{
    return option_given(setting->name) || (setting->of && option_given(setting->of));
}

int recipe_adopt(const char *network, const struct option *options)
{
    const struct nncl_preset *preset = nncl_preset_find(network);
    struct setting settings[SETTINGS] = {0};
    if (!preset)
        return NNCL_OK;
    list_settings(&preset->recipe, settings);
    int status = NNCL_OK;
    for (size_t i = 0; i < SETTINGS && status == NNCL_OK; i++)
        if (settings[i].value && !is_overruled(&settings[i]))
            status = option_set(option_of(options, settings[i].name), settings[i].value);
    return status;
}

void recipe_write(const struct nncl_recipe *recipe, struct output *output)
{
    struct setting settings[SETTINGS] = {0};
    list_settings(recipe, settings);
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].value) {
            const char *quote = strchr(settings[i].value, ' ') ? "'" : "";
            output_add(output, " --%s %s%s%s", settings[i].name, quote, settings[i].value, quote);
        }
}
