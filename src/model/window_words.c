/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "model/window_words.h"

#include <inttypes.h>
#include <string.h>

#include "base/number.h"
#include "base/status.h"

enum nncl_status window_words_size(struct words *words, const char *layer, struct window_words *to)
{
    const char *x = words->length ? memchr(words->start, 'x', words->length) : NULL;
    size_t first = x ? (size_t)(x - words->start) : words->length;
    bool good = count_parse(words->start, first, &to->down);
    to->across = to->down;
    if (good && x)
        good = count_parse(x + 1, words->length - first - 1, &to->across);
    if (!good)
        return words_fail(words, "expected the window of \"%s\", such as 3x3", layer);
    words_next(words);
    return NNCL_OK;
}

enum nncl_status words_option(struct words *words, const char *name, uint32_t *value)
{
    if (!words_at(words, name))
        return NNCL_OK;
    char what[SHOWN_SIZE] = "the number behind ";
    strncat(what, name, sizeof what - strlen(what) - 1);
    words_next(words);
    return words_count(words, what, value);
}

enum nncl_status window_words_option(struct words *words, struct window_words *to, bool *taken)
{
    const char *before = words->start;
    enum nncl_status status = NNCL_OK;
    if (words_at(words, "same") || words_at(words, "valid")) {
        if (to->padding)
            TRY(words_fail(words, "the padding is there already: it is \"same\" or \"valid\""));
        to->same = words_at(words, "same");
        to->padding = true;
        words_next(words);
    }
    TRY(words_option(words, "stride", &to->stride));
    *taken = words->start != before;
out:
    return status;
}

enum nncl_status window_words_shape(struct model_layer *layer, const struct words *name,
    const struct window_words *from, uint32_t dilation, size_t channels)
{
    if (layer->input.rank != 3)
        return words_fail(
            name, "\"%s\" needs a picture, [height, width, channels]", layer->type->name);
    const size_t *size = layer->input.size;
    struct window window = {.height = (uint32_t)size[0],
        .width = (uint32_t)size[1],
        .down = from->down,
        .across = from->across,
        .stride = from->stride,
        .dilation = dilation};
    if (!window_fits(&window, from->same))
        return words_fail(name,
            "a window of %" PRIu32 "x%" PRIu32 "%s does not fit into the picture", window.down,
            window.across, window.dilation > 1 ? ", spread out by its dilation," : "");
    layer->output =
        (struct nncl_shape){.rank = 3, .size = {window.out_height, window.out_width, channels}};
    size_t elements = nncl_shape_elements(&layer->output);
    if (elements == 0 || elements > MODEL_MAX_ELEMENTS)
        return words_fail(name, "too large: a layer has at most %zu outputs", MODEL_MAX_ELEMENTS);
    return NNCL_OK;
}
