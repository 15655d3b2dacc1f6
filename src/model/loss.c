/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The losses by name, and a model's. */
#include <string.h>

#include "base/status.h"
#include "model/model.h"

static const struct {
    const char *name, *alias;
} losses[] = {[NNCL_SPARSE_CATEGORICAL_CROSSENTROPY] = {"sparse_categorical_crossentropy", "xent"},
    [NNCL_BINARY_CROSSENTROPY] = {"binary_crossentropy", "bce"},
    [NNCL_MEAN_SQUARED_ERROR] = {"mean_squared_error", "mse"}};

enum { LOSSES = sizeof losses / sizeof *losses };

const char *nncl_loss_name(enum nncl_loss loss)
{
    return (size_t)loss < LOSSES ? losses[loss].name : NULL;
}

enum nncl_status nncl_loss_find(const char *name, enum nncl_loss *loss)
{
    for (size_t i = 0; i < LOSSES; i++)
        if (strcmp(name, losses[i].name) == 0 || strcmp(name, losses[i].alias) == 0) {
            *loss = (enum nncl_loss)i;
            return NNCL_OK;
        }
    return nncl_fail(NNCL_USAGE,
        "there is no loss \"%s\"; known are sparse_categorical_crossentropy (xent), "
        "binary_crossentropy (bce) and mean_squared_error (mse)",
        name);
}

enum nncl_status nncl_model_set_loss(struct nncl_model *model, enum nncl_loss loss)
{
    if (!nncl_loss_name(loss))
        return nncl_fail(NNCL_USAGE, "there is no loss of number %d", (int)loss);
    model->loss = loss;
    return NNCL_OK;
}

enum nncl_loss nncl_model_loss(const struct nncl_model *model)
{
    return model->loss;
}
