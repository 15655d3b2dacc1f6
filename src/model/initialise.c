/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <math.h>

#include "base/philox.h"
#include "model/model.h"

/* Element i of parameter p, counted row-major in memory, takes word i % 4 of
 * philox(counter {i / 4, p, 0, NNCL_STREAM_INITIALISE}, key seed). With u in [0, 1) from its upper
 * 24 bits the value is r·(2u - 1): 2u - 1 is exact, so there is one rounding, the same everywhere.
 */
static void draw_glorot(const struct model_parameter *parameter, uint32_t index, uint64_t seed)
{
    const struct parameter_form *form = &parameter->form;
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const float range = (float)sqrt(6.0 / ((double)form->fan_in + (double)form->fan_out));
    size_t elements = nncl_shape_elements(&form->shape);
    for (size_t i = 0; i < elements; i += 4) {
        const uint32_t counter[4] = {(uint32_t)(i / 4), index, 0, NNCL_STREAM_INITIALISE};
        uint32_t random[4];
        nncl_philox(counter, key, random);
        for (size_t j = i; j < elements && j < i + 4; j++)
            parameter->base.values[j] = range * (2 * nncl_uniform(random[j - i]) - 1);
    }
}

static void clear(const struct model_parameter *parameter)
{
    size_t elements = nncl_shape_elements(&parameter->form.shape);
    for (size_t i = 0; i < elements; i++)
        parameter->base.values[i] = 0;
}

void nncl_model_initialise(struct nncl_model *model, uint64_t seed)
{
    for (size_t i = 0; i < model->parameter_count; i++) {
        switch (model->parameters[i].form.initialiser) {
        case INITIALISE_ZERO:
            clear(&model->parameters[i]);
            break;
        case INITIALISE_GLOROT:
            draw_glorot(&model->parameters[i], (uint32_t)i, seed);
            break;
        }
    }
}
