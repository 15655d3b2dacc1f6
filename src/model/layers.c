/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "model/layer_list.h" /* made by Meson: LAYER_LIST, X(dense) X(relu) … */
#include "model/model.h"

#define X(name) extern const struct layer_type layer_##name;
LAYER_LIST
#undef X

const struct layer_type *const layer_types[] = {
#define X(name) &layer_##name,
    LAYER_LIST
#undef X
        NULL};
