/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/recipe.h"

#include <string.h>

#include <nncl/status.h>

enum { SETTINGS = 2 };

/* An option's name and value; "" where the recipe has none. */
struct setting {
    const char *name;
    char value[32];
};

static void list_settings(const struct nncl_recipe *recipe, struct setting settings[SETTINGS])
{
    const struct {
        const char *name;
        uint32_t value;
    } numbers[SETTINGS] = {{"epochs", recipe->epochs}, {"batch-size", recipe->batch_size}};
    for (size_t i = 0; i < SETTINGS; i++) {
        settings[i] = (struct setting){.name = numbers[i].name};
        if (numbers[i].value > 0)
            snprintf(settings[i].value, sizeof settings[i].value, "%u", numbers[i].value);
    }
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
        if (settings[i].value[0] && !option_given(settings[i].name))
            status = option_set(option_of(options, settings[i].name), settings[i].value);
    return status;
}

void recipe_write(const struct nncl_recipe *recipe, struct output *output)
{
    struct setting settings[SETTINGS];
    list_settings(recipe, settings);
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].value[0])
            output_add(output, " --%s %s", settings[i].name, settings[i].value);
}
