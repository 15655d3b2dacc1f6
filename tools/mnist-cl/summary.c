/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/summary.h"

#include <stdio.h>
#include <string.h>

#include "common/output.h"

enum { NUMBER_SIZE = 32, SHAPE_SIZE = 96 };

/* 101770 as "101,770". */
static const char *grouped(size_t number, char text[NUMBER_SIZE])
{
    char digits[NUMBER_SIZE];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%zu", number), used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = 0;
    return text;
}

/* "(None, 128)": None is the batch, as in Keras. */
static const char *shape_text(const struct nncl_shape *shape, char text[SHAPE_SIZE])
{
    size_t used = (size_t)snprintf(text, SHAPE_SIZE, "(None");
    for (unsigned i = 0; i < shape->rank; i++)
        used += (size_t)snprintf(text + used, SHAPE_SIZE - used, ", %zu", shape->size[i]);
    snprintf(text + used, SHAPE_SIZE - used, ")");
    return text;
}

static void add_rule(struct output *output, char line)
{
    char rule[66];
    memset(rule, line, sizeof rule - 1);
    rule[sizeof rule - 1] = 0;
    output_add(output, "%s\n", rule);
}

static size_t add_layers(const struct nncl_model *model, struct output *output)
{
    size_t parameters = 0;
    for (size_t i = 0; i < nncl_model_layer_count(model); i++) {
        struct nncl_layer_info info;
        nncl_model_layer(model, i, &info);
        char name[128], shape[SHAPE_SIZE], number[NUMBER_SIZE];
        snprintf(name, sizeof name, "%zu (%s%s%s)%s%s", i, info.type, info.joined ? " " : "",
            info.joined ? info.joined : "", info.name ? " as " : "", info.name ? info.name : "");
        output_add(output, " %-26s %-22s %14s\n", name, shape_text(&info.shape, shape),
            grouped(info.parameters, number));
        parameters += info.parameters;
    }
    return parameters;
}

int summary_print(const struct nncl_model *model)
{
    struct output output = {0};
    char number[NUMBER_SIZE];
    const struct nncl_picture_shape *shape = &nncl_model_get_input(model)->shape;
    output_add(&output, "Network: %u x %u x %u inputs, %s\n", shape->height, shape->width,
        shape->channels, nncl_model_text(model));
    add_rule(&output, '_');
    output_add(&output, " %-26s %-22s %14s\n", "Layer (type)", "Output Shape", "Param #");
    add_rule(&output, '=');
    size_t parameters = add_layers(model, &output);
    add_rule(&output, '=');
    output_add(&output, "Total params: %s\n\n", grouped(parameters, number));
    return output_print(&output);
}
