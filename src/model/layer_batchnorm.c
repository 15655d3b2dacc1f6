/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* batchnorm: each channel of a picture, or each feature of a row, is brought to mean 0 and variance
 * 1 over the batch, then scaled and shifted by what is trained; in inference running statistics of
 * the training stand in for the batch's. Further words: momentum X, epsilon X. */
#include <math.h>

#include "base/status.h"
#include "model/model.h"

enum { WEIGHT, BIAS, RUNNING_MEAN, RUNNING_VARIANCE, PARAMETERS };
enum { KEPT_STATISTICS };

static const struct nncl_batchnorm *settings(const struct model_layer *layer)
{
    return (const void *)layer->attributes;
}

static enum nncl_status batchnorm_parse(struct model_layer *layer, struct words *words)
{
    struct nncl_batchnorm *batchnorm = (void *)layer->attributes;
    *batchnorm = (struct nncl_batchnorm){.momentum = 0.1f, .epsilon = 1e-5f};
    enum nncl_status status = NNCL_OK;
    for (bool taken = true; taken;) {
        const char *before = words->start;
        TRY(words_named_number(words, "momentum", 1e-6, 1, &batchnorm->momentum));
        TRY(words_named_number(words, "epsilon", 1e-12, 1, &batchnorm->epsilon));
        taken = words->start != before;
    }
out:
    return status;
}

/* Both numbers, always: a default may change, and files stay. */
static void batchnorm_write(const struct model_layer *layer, struct text *text)
{
    text_append(text, " momentum");
    text_append_number(text, settings(layer)->momentum);
    text_append(text, " epsilon");
    text_append_number(text, settings(layer)->epsilon);
}

static size_t channels_of(const struct model_layer *layer)
{
    return layer->input.size[layer->input.rank - 1];
}

static size_t batchnorm_parameters(
    const struct model_layer *layer, struct parameter_form forms[LAYER_MAX_PARAMETERS])
{
    static const char *const names[] = {"weight", "bias", "running_mean", "running_var"};
    for (size_t i = 0; i < PARAMETERS; i++)
        forms[i] = (struct parameter_form){
            .name = names[i],
            .shape = {.rank = 1, .size = {channels_of(layer)}},
            .initialiser = i == WEIGHT || i == RUNNING_VARIANCE ? INITIALISE_ONE : INITIALISE_ZERO,
            .statistic = i >= RUNNING_MEAN,
        };
    return PARAMETERS;
}

static enum nncl_status batchnorm_forward(
    const struct model_layer *layer, struct nncl_op_list *list, struct layer_record *record)
{
    const struct nncl_batchnorm *batchnorm = settings(layer);
    const nncl_tensor_id *own = record->parameter;
    nncl_tensor_id *statistics = &record->kept[KEPT_STATISTICS];
    enum nncl_status status;
    if (!record->pass->training)
        return nncl_op_batchnorm_inference(list, batchnorm, record->input, own[WEIGHT], own[BIAS],
            own[RUNNING_MEAN], own[RUNNING_VARIANCE], &record->output);
    TRY(nncl_op_batchnorm_statistics(
        list, batchnorm, record->input, channels_of(layer), statistics));
    TRY(nncl_op_batchnorm(
        list, record->input, own[WEIGHT], own[BIAS], *statistics, &record->output));
out:
    return status;
}

static enum nncl_status batchnorm_backward(const struct model_layer *layer,
    struct nncl_op_list *list, const struct layer_record *record, nncl_tensor_id dy,
    nncl_tensor_id *gradients, nncl_tensor_id *dx)
{
    (void)layer;
    const nncl_tensor_id statistics = record->kept[KEPT_STATISTICS];
    enum nncl_status status;
    TRY(nncl_op_batchnorm_backward_sums(
        list, record->input, dy, statistics, &gradients[WEIGHT], &gradients[BIAS]));
    if (dx)
        TRY(nncl_op_batchnorm_backward(list, record->input, dy, record->parameter[WEIGHT],
            statistics, gradients[WEIGHT], gradients[BIAS], dx));
out:
    return status;
}

static enum nncl_status batchnorm_update(const struct model_layer *layer, struct nncl_op_list *list,
    const struct layer_record *record, nncl_tensor_id batch_loss)
{
    const struct nncl_shape *x = nncl_op_list_shape(list, record->input);
    return nncl_op_batchnorm_running(list, settings(layer),
        nncl_shape_elements(x) / channels_of(layer), record->kept[KEPT_STATISTICS],
        record->pass->state, batch_loss, record->parameter[RUNNING_MEAN],
        record->parameter[RUNNING_VARIANCE]);
}

static struct layer_scale batchnorm_scaling(
    const struct model_layer *layer, const struct model_parameter *parameters, size_t channel)
{
    double of[PARAMETERS];
    for (size_t i = 0; i < PARAMETERS; i++)
        of[i] = (double)parameters[i].base.values[channel];
    const double scale = of[WEIGHT] / sqrt(of[RUNNING_VARIANCE] + (double)settings(layer)->epsilon);
    return (struct layer_scale){scale, of[BIAS] - of[RUNNING_MEAN] * scale};
}

const struct layer_type layer_batchnorm = {
    .name = "batchnorm",
    .words = "momentum X, epsilon X",
    .parse = batchnorm_parse,
    .write = batchnorm_write,
    .parameters = batchnorm_parameters,
    .forward = batchnorm_forward,
    .backward = batchnorm_backward,
    .update = batchnorm_update,
    .scaling = batchnorm_scaling,
};
