/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* relu: max(x, 0) by element. Needs no words and has no parameters. */
#include "model/model.h"

const struct layer_type layer_relu = {
    .name = "relu",
    .activation = true,
};
