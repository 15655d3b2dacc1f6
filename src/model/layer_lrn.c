/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* lrn [N]: each value of a picture is divided by a power of the squares of its pixel's N nearest
 * channels. Further words: k X, alpha X, beta X. It has no parameters to train. */
#include <inttypes.h>

#include "base/status.h"
#include "model/model.h"

enum { KEPT_DIVISORS };

static const struct nncl_lrn *settings(const struct model_layer *layer)
{
    return (const void *)layer->attributes;
}

static enum nncl_status parse_size(struct words *words, uint32_t *size)
{
    const struct words at = *words;
    if (!words_at_number(words))
        return NNCL_OK;
    enum nncl_status status = words_count(words, "the number of channels of \"lrn\"", size);
    if (status == NNCL_OK && (*size % 2 == 0 || *size > NNCL_LRN_MAX_SIZE))
        status = words_fail(&at,
            "\"lrn\" looks as far to both sides: its number of channels must be "
            "odd and at most %d",
            NNCL_LRN_MAX_SIZE);
    return status;
}

static enum nncl_status lrn_parse(struct model_layer *layer, struct words *words)
{
    struct nncl_lrn *lrn = (void *)layer->attributes;
    *lrn = (struct nncl_lrn){.size = 5, .k = 2, .alpha = 1e-4f, .beta = 0.75f};
    enum nncl_status status;
    TRY(parse_size(words, &lrn->size));
    for (bool taken = true; taken;) {
        const char *before = words->start;
        TRY(words_named_number(words, "k", 1e-3, 1e3, &lrn->k));
        TRY(words_named_number(words, "alpha", 1e-9, 1e3, &lrn->alpha));
        TRY(words_named_number(words, "beta", 1e-3, 10, &lrn->beta));
        taken = words->start != before;
    }
out:
    return status;
}

/* All numbers, always: a default may change, and files stay. */
static void lrn_write(const struct model_layer *layer, struct text *text)
{
    const struct nncl_lrn *lrn = settings(layer);
    text_append(text, " %" PRIu32 " k", lrn->size);
    text_append_number(text, lrn->k);
    text_append(text, " alpha");
    text_append_number(text, lrn->alpha);
    text_append(text, " beta");
    text_append_number(text, lrn->beta);
}

static enum nncl_status lrn_shape(struct model_layer *layer, const struct words *name)
{
    if (layer->input.rank != 3)
        return words_fail(name, "\"lrn\" needs a picture, [height, width, channels]");
    return NNCL_OK;
}

static enum nncl_status lrn_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    return nncl_op_lrn(list, settings(layer), layer->input.size[2], record->input,
        &record->kept[KEPT_DIVISORS], &record->output);
}

static enum nncl_status lrn_backward(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id dy, nncl_tensor_id *gradients,
    nncl_tensor_id *dx)
{
    (void)gradients;
    if (!dx)
        return NNCL_OK;
    return nncl_op_lrn_backward(list, settings(layer), layer->input.size[2], record->input, dy,
        record->kept[KEPT_DIVISORS], record->output, dx);
}

const struct layer_type layer_lrn = {
    .name = "lrn",
    .words = "N, k X, alpha X, beta X",
    .parse = lrn_parse,
    .write = lrn_write,
    .shape = lrn_shape,
    .forward = lrn_forward,
    .backward = lrn_backward,
};
