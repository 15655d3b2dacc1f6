/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "model/pool_words.h"

#include <inttypes.h>

#include "base/status.h"

static const struct window_words *words_of(const struct model_layer *layer)
{
    return (const void *)layer->attributes;
}

enum nncl_status pool_parse(struct model_layer *layer, struct words *words)
{
    struct window_words *pool = (void *)layer->attributes;
    *pool = (struct window_words){0};
    enum nncl_status status;
    TRY(window_words_size(words, layer->type->name, pool));
    for (bool taken = true; taken;)
        TRY(window_words_option(words, pool, &taken));
    if (pool->stride == 0 && pool->down != pool->across)
        TRY(words_fail(words, "expected \"stride\" and a number: the window is no square"));
    pool->stride = pool->stride ? pool->stride : pool->down;
out:
    return status;
}

void pool_write(const struct model_layer *layer, struct text *text)
{
    const struct window_words *pool = words_of(layer);
    text_append(text, " %" PRIu32, pool->down);
    if (pool->across != pool->down)
        text_append(text, "x%" PRIu32, pool->across);
    if (pool->same)
        text_append(text, " same");
    if (pool->across != pool->down || pool->stride != pool->down)
        text_append(text, " stride %" PRIu32, pool->stride);
}

enum nncl_status pool_shape(struct model_layer *layer, const struct words *name)
{
    return window_words_shape(layer, name, words_of(layer), 1, layer->input.size[2]);
}

struct nncl_pool pool_op(const struct model_layer *layer)
{
    const struct window_words *pool = words_of(layer);
    return (struct nncl_pool){.height = (uint32_t)layer->input.size[0],
        .width = (uint32_t)layer->input.size[1],
        .down = pool->down,
        .across = pool->across,
        .stride = pool->stride,
        .same = pool->same};
}
