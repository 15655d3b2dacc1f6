/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/network.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "common/messages.h"
#include "common/output.h"

enum { WIDEST = 65536, LAYERS_MOST = 32 };

/* Reads one width of --hidden and moves on behind it. */
static bool read_width(const char **text, unsigned long *width)
{
    if (!isdigit((unsigned char)**text))
        return false; /* strtoul takes signs and spaces */
    char *end;
    errno = 0;
    *width = strtoul(*text, &end, 10);
    *text = end;
    return errno == 0 && *width >= 1 && *width <= WIDEST;
}

/* False if the text is no list of widths. */
static bool add_hidden(const char *hidden, struct output *layers)
{
    const char *next = hidden;
    for (unsigned count = 1; count <= LAYERS_MOST; count++) {
        unsigned long width;
        if (!read_width(&next, &width))
            return false;
        output_add(layers, "dense %lu relu, ", width);
        if (*next == 0)
            return true;
        if (*next++ != ',')
            return false;
    }
    return false;
}

static enum nncl_status fail_memory(void)
{
    return (enum nncl_status)message_fail(
        NNCL_OUT_OF_MEMORY, "not enough memory for the network's text");
}

enum nncl_status network_layers(const char *hidden, char **layers)
{
    struct output text = {0};
    if (!add_hidden(hidden, &text)) {
        free(text.bytes);
        return (enum nncl_status)message_fail(NNCL_USAGE,
            "--hidden needs widths from 1 to %d separated by commas, at most %d of them, such as "
            "128,64, not \"%s\"",
            WIDEST, LAYERS_MOST, hidden);
    }
    output_add(&text, "dense classes");
    if (text.failed) {
        free(text.bytes);
        return fail_memory();
    }
    *layers = text.bytes;
    return NNCL_OK;
}

enum nncl_status network_create(const char *network, const struct nncl_dataset_source *source,
    const char *initialiser, uint64_t seed, struct nncl_model **model)
{
    const struct nncl_model_input input = {.shape = source->shape,
        .scale = source->scale,
        .shift = source->shift,
        .classes = source->classes};
    enum nncl_status status = nncl_model_create(network, &input, model);
    if (status == NNCL_OK)
        status = nncl_model_initialise_by(*model, initialiser, seed);
    if (status == NNCL_OK && source->class_names && nncl_model_classes(*model) == source->classes)
        status = nncl_model_name_classes(*model, source->class_names);
    return (enum nncl_status)message_status(status);
}
