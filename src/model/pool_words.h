/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the pooling layers share: "2", "3x3 stride 2 same". */
#ifndef NNCL_MODEL_POOL_WORDS_H
#define NNCL_MODEL_POOL_WORDS_H

#include "model/window_words.h"

/* As the functions of struct layer_type; without a stride, windows stand side by side. */
enum nncl_status pool_parse(struct model_layer *layer, struct words *words);
void pool_write(const struct model_layer *layer, struct text *text);
enum nncl_status pool_shape(struct model_layer *layer, const struct words *name);

struct nncl_pool pool_op(const struct model_layer *layer);

#endif
