/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The ops over one batch of a pass: rows, network, loss, gradients, updates. */
#include "train/pass_batch.h"

#include <math.h>
#include <stdlib.h>

#include "base/status.h"
#include "model/emit.h"
#include "train/augment_data.h"
#include "train/optimizer.h"

/* What is needed while the ops of one batch are written down. */
struct builder {
    const struct pass_recipe *recipe;
    struct nncl_fit_options options;
    const struct pass *pass;
    struct pass_batch *batch;
    unsigned part;      /* of the data */
    size_t first, rows; /* of the batch's part that is written down now: all, unless gradients
                           accumulate */
    uint64_t seed;      /* of what is random in it */
    nncl_tensor_id state, place, metrics, counts, data, data_labels, features, labels;
    nncl_tensor_id targets;                 /* unless takes_labels */
    nncl_tensor_id weights;                 /* where rows are mixed */
    nncl_tensor_id *parameters, *gradients; /* ids, as many as the model has */
    struct model_pass model_pass;
    nncl_tensor_id *sums;     /* of the gradients of the parts so far */
    struct model_tape *tapes; /* one a part */
    size_t tape_count;
    size_t count; /* parts written down */
};

/* A pass that only evaluates has none. */
static struct nncl_fit_options options_of(const struct pass_recipe *recipe)
{
    return recipe->purpose == PASS_TRAIN ? *recipe->options : (struct nncl_fit_options){0};
}

/* Binds a tensor that the list declares. */
static enum nncl_status bind(
    struct pass_batch *batch, nncl_tensor_id id, struct nncl_tensor *tensor)
{
    struct nncl_binding *more =
        realloc(batch->bindings, (batch->binding_count + 1) * sizeof *batch->bindings);
    if (!more)
        return nncl_fail_memory("a plan's bindings", sizeof *more);
    batch->bindings = more;
    more[batch->binding_count++] = (struct nncl_binding){id, tensor};
    return NNCL_OK;
}

/* Declares a tensor as the list's own view of `tensor` and binds it. */
static enum nncl_status declare(
    struct pass_batch *batch, const char *name, struct nncl_tensor *tensor, nncl_tensor_id *id)
{
    enum nncl_status status = nncl_op_list_tensor(
        batch->list, name, nncl_tensor_type(tensor), nncl_tensor_shape(tensor), id);
    return status == NNCL_OK ? bind(batch, *id, tensor) : status;
}

static bool changes(const struct nncl_augmentation *by)
{
    return by->shift != 0 || by->rotate != 0 || by->scale != 0 || by->shear != 0 ||
           by->noise != 0 || by->cutout != 0 || by->elastic != 0;
}

/* A displacement field: noise, smoothed across the lines and then along them. */
static enum nncl_status emit_field(
    struct builder *b, const struct nncl_augment *augment, nncl_tensor_id *field)
{
    enum nncl_status status;
    struct nncl_op_list *list = b->batch->list;
    struct nncl_elastic elastic, turned;
    augment_field(augment, &elastic, &turned);
    TRY(nncl_op_elastic_noise(list, &elastic, b->rows, b->state, field));
    TRY(nncl_op_elastic_smooth(list, &elastic, *field, field));
    TRY(nncl_op_elastic_smooth(list, &turned, *field, field));
out:
    return status;
}

/* Training pictures are changed, if that is asked for. Outside of a picture it is dark. */
static enum nncl_status emit_augmentation(struct builder *b, nncl_tensor_id *x)
{
    const struct pass_recipe *recipe = b->recipe;
    const struct nncl_dataset_source *source = nncl_dataset_get(recipe->data->dataset);
    struct nncl_augment augment = {.seed = b->seed,
        .shape = source->shape,
        .by = b->options.augment,
        .fill = recipe->data->gather.shift};
    if (!changes(&b->options.augment))
        return NNCL_OK;
    const float range = source->type == NNCL_UINT8 ? 255.0f : 1.0f;
    augment.by.noise *= range * fabsf(recipe->data->gather.scale);
    if (augment.by.elastic == 0)
        return nncl_op_augment(b->batch->list, &augment, b->state, *x, x);
    nncl_tensor_id field;
    enum nncl_status status = emit_field(b, &augment, &field);
    if (status != NNCL_OK)
        return status;
    return nncl_op_augment_elastic(b->batch->list, &augment, b->state, *x, field, x);
}

/* Rows are mixed with their neighbours, which come in random order. */
static enum nncl_status emit_mixup(struct builder *b, nncl_tensor_id *x)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_mixup mixup = {b->seed, b->options.augment.mixup};
    if (mixup.alpha == 0)
        return NNCL_OK;
    TRY(nncl_op_mixup_weights(b->batch->list, &mixup, b->rows, b->state, &b->weights));
    TRY(nncl_op_mixup(b->batch->list, *x, b->weights, x));
out:
    return status;
}

/* The batch's rows, by the state's position, as the network's input and their labels. */
static enum nncl_status emit_rows(struct builder *b, nncl_tensor_id *x)
{
    enum nncl_status status = NNCL_OK;
    const struct pass_recipe *recipe = b->recipe;
    struct nncl_op_list *list = b->batch->list;
    nncl_tensor_id rows;
    const struct nncl_permute whole = {.seed = b->options.seed,
        .count = recipe->data->rows,
        .shuffle = recipe->purpose == PASS_TRAIN,
        .first = (uint32_t)b->first};
    const struct nncl_permute piece = {
        .count = recipe->data->piece, .first = (uint32_t)b->first}; /* in order already */
    const struct nncl_gather plain = {0};
    TRY(nncl_op_permute(list, b->pass->place ? &piece : &whole, b->rows,
        b->pass->place ? b->place : b->state, &rows));
    TRY(nncl_op_gather(list, &recipe->data->gather, b->data, rows, x));
    TRY(emit_augmentation(b, x));
    TRY(emit_mixup(b, x));
    TRY(nncl_op_list_name(list, *x, "the input"));
    TRY(nncl_op_gather(list, &plain, b->data_labels, rows, &b->labels));
out:
    return status;
}

/* Forward pass from the rows to the outputs. */
static enum nncl_status emit_forward(struct builder *b, nncl_tensor_id *outputs)
{
    enum nncl_status status = NNCL_OK;
    const struct pass_recipe *recipe = b->recipe;
    TRY(emit_rows(b, &b->features));
    b->model_pass = (struct model_pass){
        .training = recipe->purpose == PASS_TRAIN, .seed = b->seed, .state = b->state};
    TRY(model_forward(recipe->model, b->batch->list, &b->model_pass, b->features, b->parameters,
        recipe->purpose == PASS_TRAIN ? &b->tapes[b->count] : NULL, outputs));
out:
    return status;
}

/* Whether the loss is taken of labels as they are; otherwise of targets. */
static bool takes_labels(const struct builder *b)
{
    return nncl_model_loss(b->recipe->model) == NNCL_SPARSE_CATEGORICAL_CROSSENTROPY &&
           b->options.label_smoothing == 0 && b->options.augment.mixup == 0;
}

/* Smoothed labels share what they lose among all classes or, each being a question of its own,
 * between yes and no. */
static enum nncl_status emit_targets(struct builder *b)
{
    enum nncl_status status;
    const uint32_t classes = nncl_model_classes(b->recipe->model);
    const bool binary = nncl_model_loss(b->recipe->model) == NNCL_BINARY_CROSSENTROPY;
    const float lost = b->options.label_smoothing, share = lost / (binary ? 2 : (float)classes);
    const struct nncl_targets targets = {classes, 1 - lost + share, share};
    TRY(nncl_op_targets(b->batch->list, &targets, b->labels, &b->targets));
    if (b->options.augment.mixup != 0)
        TRY(nncl_op_mixup(b->batch->list, b->targets, b->weights, &b->targets));
    TRY(nncl_op_list_name(b->batch->list, b->targets, "the targets"));
out:
    return status;
}

static enum nncl_status emit_row_losses(
    struct builder *b, nncl_tensor_id outputs, nncl_tensor_id *loss, nncl_tensor_id *predicted)
{
    if (takes_labels(b))
        return nncl_op_softmax_xent(b->batch->list, outputs, b->labels, loss, predicted);
    enum nncl_status status = emit_targets(b);
    if (status != NNCL_OK)
        return status;
    return nncl_op_target_loss(
        b->batch->list, nncl_model_loss(b->recipe->model), outputs, b->targets, loss, predicted);
}

static enum nncl_status emit_loss_gradient(
    struct builder *b, nncl_tensor_id outputs, nncl_tensor_id *slope)
{
    if (takes_labels(b))
        return nncl_op_softmax_xent_backward(b->batch->list, outputs, b->labels, slope);
    return nncl_op_target_loss_backward(
        b->batch->list, nncl_model_loss(b->recipe->model), outputs, b->targets, slope);
}

/* Loss, predictions and metrics; the confusion matrix if it is wanted. */
static enum nncl_status emit_loss(
    struct builder *b, nncl_tensor_id outputs, nncl_tensor_id *batch_loss)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_op_list *list = b->batch->list;
    nncl_tensor_id loss, predicted;
    TRY(emit_row_losses(b, outputs, &loss, &predicted));
    TRY(nncl_op_list_name(list, loss, "the loss"));
    TRY(nncl_op_metrics(list, loss, predicted, b->labels, b->metrics, batch_loss));
    TRY(nncl_op_list_name(list, *batch_loss, "the batch's mean loss"));
    if (b->recipe->confusion)
        TRY(nncl_op_confusion(list, b->labels, predicted, b->counts));
out:
    return status;
}

/* Whether a parameter is trained; a statistic is not. */
static bool is_trained(const struct builder *b, size_t i)
{
    return b->recipe->parameters->parameters[i].trained;
}

/* What the rows before give and what those of this part give become their mean over all of them. */
static enum nncl_status add_part(struct builder *b, nncl_tensor_id part, nncl_tensor_id *sum)
{
    const float rows = (float)(b->first + b->rows);
    const struct nncl_combine combine = {(float)b->first / rows, (float)b->rows / rows};
    if (b->count > 0)
        return nncl_op_combine(b->batch->list, &combine, *sum, part, sum);
    *sum = part;
    return NNCL_OK;
}

/* Backward pass. */
static enum nncl_status emit_gradients(struct builder *b, nncl_tensor_id outputs)
{
    enum nncl_status status = NNCL_OK;
    nncl_tensor_id slope;
    TRY(emit_loss_gradient(b, outputs, &slope));
    TRY(model_backward(b->recipe->model, b->batch->list, &b->tapes[b->count], slope, b->gradients));
    for (size_t i = 0; i < b->recipe->parameters->count; i++)
        if (is_trained(b, i))
            TRY(add_part(b, b->gradients[i], &b->sums[i]));
out:
    return status;
}

/* The sums of squares of all gradients, from which their common norm comes. */
static enum nncl_status emit_norm(struct builder *b, nncl_tensor_id *sums)
{
    enum nncl_status status = NNCL_OK;
    bool any = false;
    for (size_t i = 0; i < b->recipe->parameters->count; i++) {
        if (!is_trained(b, i))
            continue;
        nncl_tensor_id before = *sums;
        TRY(nncl_op_square_sums(b->batch->list, b->sums[i], any ? &before : NULL, sums));
        any = true;
    }
out:
    return status;
}

/* What is done to a gradient before the optimizer gets it. */
static enum nncl_status emit_clipping(struct builder *b, const struct nncl_optimizer *optimizer,
    nncl_tensor_id squares, size_t parameter, nncl_tensor_id *gradient)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_op_list *list = b->batch->list;
    const struct nncl_fit_options *options = &b->options;
    *gradient = b->sums[parameter];
    if (options->clip_norm != 0)
        TRY(nncl_op_clip_norm(list, options->clip_norm, *gradient, squares, gradient));
    if (options->clip_value != 0)
        TRY(nncl_op_clip_value(list, options->clip_value, *gradient, gradient));
    if (options->weight_decay != 0 && optimizer->weight_decay == 0)
        TRY(nncl_op_weight_decay(
            list, options->weight_decay, *gradient, b->parameters[parameter], gradient));
out:
    return status;
}

/* One update per parameter tensor. */
static enum nncl_status emit_updates(struct builder *b, nncl_tensor_id batch_loss)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_op_list *list = b->batch->list;
    struct nncl_optimizer optimizer;
    nncl_tensor_id gradient, squares = 0, slots[NNCL_OPTIMIZER_SLOTS];
    TRY(optimizer_choose(&b->options, &optimizer));
    if (b->options.clip_norm != 0)
        TRY(emit_norm(b, &squares));
    for (size_t i = 0; i < b->recipe->parameters->count; i++) {
        const struct parameter *parameter = &b->recipe->parameters->parameters[i];
        if (!is_trained(b, i))
            continue;
        TRY(emit_clipping(b, &optimizer, squares, i, &gradient));
        for (unsigned j = 0; j < NNCL_OPTIMIZER_SLOTS && parameter->slots[j]; j++)
            TRY(declare(b->batch, b->recipe->parameters->optimizer->slots[j].name,
                parameter->slots[j], &slots[j]));
        TRY(nncl_op_update(
            list, &optimizer, gradient, b->state, batch_loss, b->parameters[i], slots));
    }
    for (size_t i = 0; i < b->count; i++)
        TRY(model_update(b->recipe->model, list, &b->tapes[i], batch_loss));
out:
    return status;
}

/* The averages of what has been updated. */
static enum nncl_status emit_averages(struct builder *b, nncl_tensor_id batch_loss)
{
    enum nncl_status status = NNCL_OK;
    nncl_tensor_id average;
    for (size_t i = 0; i < b->recipe->parameters->count; i++) {
        struct nncl_tensor *kept = b->recipe->parameters->parameters[i].average;
        if (!kept)
            continue;
        TRY(declare(b->batch, "average", kept, &average));
        TRY(nncl_op_ema(
            b->batch->list, b->options.ema_decay, b->parameters[i], b->state, batch_loss, average));
    }
out:
    return status;
}

/* What all parts of a batch work with. */
static enum nncl_status emit_declarations(struct builder *b)
{
    enum nncl_status status = NNCL_OK;
    const struct pass_recipe *recipe = b->recipe;
    TRY(declare(b->batch, "state", b->pass->state, &b->state));
    if (b->pass->place)
        TRY(declare(b->batch, "place", b->pass->place, &b->place));
    TRY(declare(b->batch, "features", recipe->data->features[b->part], &b->data));
    TRY(declare(b->batch, "labels", recipe->data->labels[b->part], &b->data_labels));
    TRY(declare(b->batch, "metrics", b->pass->metrics, &b->metrics));
    if (recipe->confusion)
        TRY(declare(b->batch, "confusion", recipe->confusion, &b->counts));
    TRY(model_declare(recipe->model, b->batch->list, b->parameters));
    for (size_t i = 0; i < recipe->parameters->count; i++) {
        const struct parameter *parameter = &recipe->parameters->parameters[i];
        TRY(bind(b->batch, b->parameters[i],
            recipe->purpose == PASS_TRAIN ? parameter->weight : parameter_result(parameter)));
    }
out:
    return status;
}

/* Rows of each part but the last: gradients accumulate over batches of the size asked for. */
static size_t part_rows(const struct builder *b)
{
    const size_t rows = b->batch->rows;
    return b->options.accumulate > 1 && b->options.batch_size < rows ? b->options.batch_size : rows;
}

/* Draws in a part must not be those of another: Weyl's sequence by the golden ratio. */
static uint64_t part_seed(const struct builder *b)
{
    return b->options.seed + b->count * UINT64_C(0x9e3779b97f4a7c15);
}

/* One part of the batch after the other: their mean loss and gradients. */
static enum nncl_status emit_parts(struct builder *b, nncl_tensor_id *batch_loss)
{
    enum nncl_status status = NNCL_OK;
    const size_t most = part_rows(b);
    nncl_tensor_id outputs, loss;
    for (b->first = b->count = 0; b->first < b->batch->rows; b->first += b->rows, b->count++) {
        const size_t left = b->batch->rows - b->first;
        b->rows = left < most ? left : most;
        b->seed = part_seed(b);
        TRY(emit_forward(b, &outputs));
        TRY(emit_loss(b, outputs, &loss));
        if (b->recipe->purpose == PASS_TRAIN)
            TRY(emit_gradients(b, outputs));
        TRY(add_part(b, loss, batch_loss));
    }
out:
    return status;
}

static enum nncl_status emit(struct builder *b)
{
    enum nncl_status status = NNCL_OK;
    nncl_tensor_id batch_loss = 0;
    const struct nncl_advance_state advance = {
        .batch = (uint32_t)b->batch->rows, .count = b->pass->rows, .schedule = b->pass->schedule};
    const struct nncl_advance_state within_piece = {
        .batch = (uint32_t)b->batch->rows, .count = b->recipe->data->piece};
    TRY(emit_declarations(b));
    TRY(emit_parts(b, &batch_loss));
    if (b->recipe->purpose == PASS_TRAIN) {
        TRY(emit_updates(b, batch_loss));
        TRY(emit_averages(b, batch_loss));
    }
    TRY(nncl_op_advance_state(b->batch->list, &advance, batch_loss, b->state));
    if (b->pass->place)
        TRY(nncl_op_advance_state(b->batch->list, &within_piece, batch_loss, b->place));
out:
    return status;
}

/* Room for ids, and for tapes of all parts. */
static enum nncl_status builder_allocate(struct builder *b)
{
    const size_t count = b->recipe->parameters->count, most = part_rows(b);
    b->tape_count = (b->batch->rows + most - 1) / most;
    b->parameters = calloc(3 * count + 1, sizeof *b->parameters);
    b->tapes = calloc(b->tape_count, sizeof *b->tapes);
    if (!b->parameters || !b->tapes)
        return nncl_fail_memory("a list of ops", 3 * count * sizeof *b->parameters);
    b->gradients = b->parameters + count;
    b->sums = b->gradients + count;
    return NNCL_OK;
}

static void builder_free(struct builder *b)
{
    for (size_t i = 0; b->tapes && i < b->tape_count; i++)
        model_tape_free(&b->tapes[i]);
    free(b->tapes);
    free(b->parameters);
}

enum nncl_status pass_batch_create(struct pass *pass, const struct pass_recipe *recipe, size_t rows,
    unsigned part, struct pass_batch *batch)
{
    enum nncl_status status = NNCL_OK;
    struct builder b = {.recipe = recipe,
        .options = options_of(recipe),
        .pass = pass,
        .batch = batch,
        .part = part};
    batch->rows = rows;
    TRY(builder_allocate(&b));
    TRY(nncl_op_list_create(&batch->list));
    TRY(emit(&b));
out:
    builder_free(&b);
    return status;
}

enum nncl_status pass_batch_plan(struct pass *pass, struct pass_batch *batch)
{
    const struct nncl_plan_options options = {.gemm = pass->gemm};
    return nncl_plan_create(
        pass->device, batch->list, batch->bindings, batch->binding_count, &options, &batch->plan);
}

void pass_batch_free(struct pass_batch *batch)
{
    nncl_plan_free(&batch->plan);
    nncl_op_list_free(&batch->list);
    free(batch->bindings);
    *batch = (struct pass_batch){0};
}
