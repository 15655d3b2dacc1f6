/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Networks known by name. The accuracy is that of `mnist-cl train --model NAME` on MNIST's test
 * set, without further options. */
#include <string.h>

#include "model/model.h"

static const struct nncl_preset presets[] = {
    {.name = "mlp",
        .network = "dense 128 relu, dense classes",
        .summary = "one hidden layer, as in the beginner's examples",
        .accuracy = "0.976"},
};

size_t nncl_preset_count(void)
{
    return sizeof presets / sizeof *presets;
}

const struct nncl_preset *nncl_preset_get(size_t index)
{
    return &presets[index];
}

const struct nncl_preset *preset_find(const char *name)
{
    for (size_t i = 0; i < nncl_preset_count(); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}
