/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The words that layers with windows have in common: "3x3 same stride 2". */
#ifndef NNCL_MODEL_WINDOW_WORDS_H
#define NNCL_MODEL_WINDOW_WORDS_H

#include "model/model.h"
#include "ops/window.h"

struct window_words {
    uint32_t down, across, stride;
    bool same;
    bool padding; /* a word said how it is padded */
};

/* Takes a word such as "3x2" or, for "3x3", "3". */
enum nncl_status window_words_size(struct words *words, const char *layer, struct window_words *to);

/* Takes `name` and the count behind it, if it stands here: "stride 2". */
enum nncl_status words_option(struct words *words, const char *name, uint32_t *value);

/* Takes the words "same" or "valid", which is the default, and "stride N", in any order; *taken:
 * whether there was one. */
enum nncl_status window_words_option(struct words *words, struct window_words *to, bool *taken);

/* Fails unless the layer is reached by a picture, [height, width, channels]; else sets the sizes of
 * `window` by it, and by what stands in it already, and layer->output to that many windows of
 * `channels`. */
enum nncl_status window_words_shape(struct model_layer *layer, const struct words *name,
    const struct window_words *from, uint32_t dilation, size_t channels);

#endif
