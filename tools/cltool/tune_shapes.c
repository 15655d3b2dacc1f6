/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "cltool/tune_shapes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>

#include "common/messages.h"

int tune_work(const char *request)
{
    char *answer = NULL;
    int status = message_status(nncl_tune_worker(request, &answer));
    if (status == NNCL_OK)
        puts(answer);
    nncl_free(answer);
    return message_finish(status);
}

/* A decimal number of at most 7 digits; *text is moved behind it. */
static bool take_number(const char **text, size_t *number)
{
    size_t digits = strspn(*text, "0123456789");
    *number = 0;
    for (size_t i = 0; i < digits && i < 8; i++)
        *number = *number * 10 + (size_t)((*text)[i] - '0');
    *text += digits;
    return digits >= 1 && digits <= 7 && *number > 0;
}

static bool take_word(const char **text, const char *word)
{
    size_t length = strlen(word);
    bool there = strncmp(*text, word, length) == 0;
    *text += there ? length : 0;
    return there;
}

static bool take_shape(const char **text, struct nncl_tune_shape *shape)
{
    *shape = (struct nncl_tune_shape){0};
    if (!take_number(text, &shape->m) || !take_word(text, ",") || !take_number(text, &shape->n) ||
        !take_word(text, ",") || !take_number(text, &shape->k))
        return false;
    shape->transpose_a = take_word(text, ",ta");
    shape->transpose_b = take_word(text, ",tb");
    return **text == 0 || take_word(text, ":");
}

static int parse_sizes(const char *text, struct tune_shapes *shapes)
{
    size_t most = 1;
    for (const char *c = text; *c; c++)
        most += *c == ':';
    shapes->shapes = calloc(most, sizeof *shapes->shapes);
    if (!shapes->shapes)
        return message_fail(NNCL_OUT_OF_MEMORY, "no memory for %zu products", most);
    for (const char *at = text; *at; shapes->count++)
        if (!take_shape(&at, &shapes->shapes[shapes->count]))
            return message_fail(NNCL_USAGE,
                "--shapes takes sizes such as 32,128,784 or 784,128,32,ta, separated by colons, or "
                "a saved model, not \"%s\"",
                text);
    return NNCL_OK;
}

static int read_model(const char *path, size_t batch, struct tune_shapes *shapes)
{
    struct nncl_model *model = NULL;
    int status = message_status(nncl_model_load(path, &model));
    if (status == NNCL_OK)
        status = message_status(nncl_tune_shapes(model, batch, &shapes->shapes, &shapes->count));
    if (status == NNCL_OK)
        status = message_status(nncl_tune_convolutions(
            model, batch, &shapes->convolutions, &shapes->convolution_count));
    nncl_model_free(&model);
    return status;
}

void tune_shapes_free(struct tune_shapes *shapes)
{
    nncl_free(shapes->shapes);
    nncl_free(shapes->convolutions);
    *shapes = (struct tune_shapes){0};
}

int tune_shapes_get(const char *text, size_t batch, struct tune_shapes *shapes)
{
    bool sizes = isdigit((unsigned char)text[0]) && text[strspn(text, "0123456789,:tab")] == 0;
    int status = sizes ? parse_sizes(text, shapes) : read_model(text, batch, shapes);
    if (status != NNCL_OK)
        tune_shapes_free(shapes);
    return status;
}

bool tune_parse_budget(const char *text, double *seconds)
{
    size_t number;
    if (!take_number(&text, &number))
        return false;
    bool minutes = take_word(&text, "m");
    if (!minutes)
        take_word(&text, "s");
    *seconds = (double)number * (minutes ? 60 : 1);
    return *text == 0 && *seconds <= 1e6;
}
