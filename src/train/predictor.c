/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Predictors: plans of the forward pass, between rows that the host writes and probabilities that
 * it reads, without copies of the device's own where it shares the host's memory. */
#include <nncl/predict.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "device/device.h"
#include "model/emit.h"
#include "model/model.h"
#include "plan/plan.h"
#include "train/parameters.h"
#include "train/want.h"

/* The forward pass over a number of rows. */
struct forward {
    size_t rows; /* 0: not made yet */
    struct nncl_tensor *features, *order;
    struct nncl_plan *plan;
    nncl_tensor_id probabilities;
};

/* Fewer rows than the batch are done by a plan of their own size, rounded up to a power of two: so
 * there are few plans, each made at its first use. */
enum { MOST_SIZES = 33 }; /* 1, 2, 4 … 2^31, and the batch */

struct nncl_predictor {
    struct nncl_device *device;
    struct nncl_model *outline; /* what to emit; it has no values */
    struct parameter_set parameters;
    char *gemm;
    enum nncl_type type;
    size_t batch, features, classes;
    struct forward forwards[MOST_SIZES];
    float *probabilities; /* [batch][classes]: for callers who want classes only */
};

/* ---- Plans ---- */

static void forward_free(struct forward *forward)
{
    nncl_plan_free(&forward->plan);
    nncl_tensor_free(&forward->features);
    nncl_tensor_free(&forward->order);
    *forward = (struct forward){0};
}

/* Rows in their own order, for the gather that normalises features and that kernels can take in. */
static enum nncl_status make_order(struct nncl_device *device, struct forward *forward)
{
    const struct nncl_shape shape = {1, {forward->rows}};
    uint32_t *order = malloc(forward->rows * sizeof *order);
    if (!order)
        return nncl_fail_memory("a batch's rows", forward->rows * sizeof *order);
    for (size_t i = 0; i < forward->rows; i++)
        order[i] = (uint32_t)i;
    enum nncl_status status = nncl_tensor_create(device, NNCL_UINT32, &shape, &forward->order);
    if (status == NNCL_OK)
        status = nncl_tensor_write(forward->order, order);
    free(order);
    return status;
}

static enum nncl_status make_tensors(
    const struct nncl_predictor *predictor, size_t rows, struct forward *forward)
{
    const struct nncl_shape shape = {2, {rows, predictor->features}};
    forward->rows = rows;
    enum nncl_status status =
        tensor_create_shared(predictor->device, predictor->type, &shape, &forward->features);
    return status == NNCL_OK ? make_order(predictor->device, forward) : status;
}

/* What the loss takes for the probabilities of the classes. */
static enum nncl_status emit_probabilities(enum nncl_loss loss, struct nncl_op_list *list,
    nncl_tensor_id outputs, nncl_tensor_id *probabilities)
{
    const struct nncl_activation sigmoid = {.kind = NNCL_SIGMOID};
    switch (loss) {
    case NNCL_SPARSE_CATEGORICAL_CROSSENTROPY:
        return nncl_op_softmax(list, outputs, probabilities);
    case NNCL_BINARY_CROSSENTROPY:
        return nncl_op_activation(list, &sigmoid, outputs, probabilities);
    case NNCL_MEAN_SQUARED_ERROR:
        break;
    }
    *probabilities = outputs;
    return NNCL_OK;
}

/* Emits the pass from forward->features to forward->probabilities. bindings: [2 + parameters]. */
static enum nncl_status emit(const struct nncl_predictor *predictor, struct forward *forward,
    struct nncl_op_list *list, nncl_tensor_id *parameters, struct nncl_binding *bindings)
{
    enum nncl_status status;
    const struct nncl_model_input *input = nncl_model_get_input(predictor->outline);
    const struct nncl_gather gather = {input->scale, input->shift, .in_order = true};
    nncl_tensor_id features, order, x, outputs;
    TRY(nncl_op_list_tensor(
        list, "features", predictor->type, &forward->features->shape, &features));
    TRY(nncl_op_list_tensor(list, "order", NNCL_UINT32, &forward->order->shape, &order));
    TRY(nncl_op_gather(list, &gather, features, order, &x));
    TRY(model_declare(predictor->outline, list, parameters));
    TRY(model_forward(predictor->outline, list, NULL, x, parameters, NULL, &outputs));
    TRY(emit_probabilities(
        nncl_model_loss(predictor->outline), list, outputs, &forward->probabilities));
    bindings[0] = (struct nncl_binding){features, forward->features};
    bindings[1] = (struct nncl_binding){order, forward->order};
    for (size_t i = 0; i < predictor->parameters.count; i++)
        bindings[2 + i] =
            (struct nncl_binding){parameters[i], predictor->parameters.parameters[i].weight};
out:
    return status;
}

static enum nncl_status make_plan(const struct nncl_predictor *predictor, struct forward *forward)
{
    enum nncl_status status = NNCL_OK;
    const struct plan_settings settings = {.gemm = predictor->gemm, .shared = true};
    const size_t count = predictor->parameters.count;
    struct nncl_op_list *list = NULL;
    struct nncl_binding *bindings = calloc(count + 2, sizeof *bindings);
    nncl_tensor_id *parameters = calloc(count + 1, sizeof *parameters);
    if (!bindings || !parameters)
        TRY(nncl_fail_memory("a plan's bindings", (count + 2) * sizeof *bindings));
    TRY(nncl_op_list_create(&list));
    TRY(emit(predictor, forward, list, parameters, bindings));
    TRY(plan_create(predictor->device, list, bindings, count + 2, &settings, &forward->plan));
    if (device_is_dry(predictor->device))
        goto out;
    TRY(nncl_plan_run(forward->plan)); /* so that its kernels are built */
    TRY(nncl_device_finish(predictor->device));
out:
    nncl_op_list_free(&list);
    free(parameters);
    free(bindings);
    return status;
}

/* The smallest forward pass that holds `rows`, at most the batch. */
static enum nncl_status find_forward(
    struct nncl_predictor *predictor, size_t rows, struct forward **found)
{
    unsigned size = 0;
    while (size + 1 < MOST_SIZES && (size_t)1 << size < rows)
        size++;
    const size_t holds =
        (size_t)1 << size < predictor->batch ? (size_t)1 << size : predictor->batch;
    struct forward *forward = &predictor->forwards[size];
    enum nncl_status status = NNCL_OK;
    if (!forward->plan) {
        status = make_tensors(predictor, holds, forward);
        if (status == NNCL_OK)
            status = make_plan(predictor, forward);
    }
    if (status == NNCL_OK)
        *found = forward;
    else
        forward_free(forward);
    return status;
}

/* ---- Making and freeing ---- */

static enum nncl_status check_options(size_t batch, enum nncl_type type)
{
    if (batch == 0 || batch > UINT32_MAX)
        return nncl_fail(
            NNCL_USAGE, "a predictor does 1 to 4294967295 rows at a time, not %zu", batch);
    if (type != NNCL_FLOAT32 && type != NNCL_UINT8)
        return nncl_fail(NNCL_USAGE, "a predictor takes features of type float32 or uint8");
    return NNCL_OK;
}

static enum nncl_status fill(struct nncl_predictor *predictor, const struct nncl_model *model,
    const struct nncl_predictor_options *options)
{
    enum nncl_status status = NNCL_OK;
    struct forward *forward;
    const struct nncl_shape input = model_input_shape(model);
    predictor->features = nncl_shape_elements(&input);
    predictor->classes = nncl_model_classes(model);
    if (options->gemm) {
        predictor->gemm = strdup(options->gemm);
        if (!predictor->gemm)
            return nncl_fail_memory("a name", strlen(options->gemm));
    }
    size_t bytes;
    if (__builtin_mul_overflow(predictor->batch, predictor->classes * sizeof(float), &bytes))
        bytes = SIZE_MAX;
    predictor->probabilities = malloc(bytes);
    if (!predictor->probabilities)
        return nncl_fail_memory("the probabilities of a batch", bytes);
    TRY(model_outline(nncl_model_text(model), nncl_model_get_input(model), &predictor->outline));
    TRY(nncl_model_set_loss(predictor->outline, nncl_model_loss(model)));
    TRY(parameter_set_create(
        predictor->device, model, NULL, PARAMETERS_ALONE, &predictor->parameters));
    TRY(find_forward(predictor, predictor->batch, &forward));
out:
    return status;
}

enum nncl_status predictor_want(struct nncl_device *device, const struct nncl_model *model,
    size_t batch, const struct nncl_predictor_options *options)
{
    enum nncl_status status;
    struct nncl_device *dry = NULL;
    struct nncl_predictor *stand_in = NULL;
    if (device_is_host(device) || device_is_dry(device))
        return NNCL_OK;
    TRY(device_dry_open(device, &dry));
    TRY(nncl_predictor_create(dry, model, batch, options, &stand_in));
out:
    nncl_predictor_free(&stand_in);
    if (dry)
        nncl_device_close(&dry);
    return status;
}

enum nncl_status nncl_predictor_create(struct nncl_device *device, const struct nncl_model *model,
    size_t batch, const struct nncl_predictor_options *options, struct nncl_predictor **predictor)
{
    static const struct nncl_predictor_options defaults = {0};
    enum nncl_status status;
    struct nncl_predictor *new = NULL;
    if (!options)
        options = &defaults;
    TRY(check_options(batch, options->type));
    TRY(predictor_want(device, model, batch, options));
    new = calloc(1, sizeof *new);
    if (!new)
        return nncl_fail_memory("a predictor", sizeof *new);
    new->device = device;
    new->batch = batch;
    new->type = options->type;
    TRY(fill(new, model, options));
    *predictor = new;
    new = NULL;
out:
    nncl_predictor_free(&new);
    return status;
}

void nncl_predictor_free(struct nncl_predictor **predictor)
{
    struct nncl_predictor *old = *predictor;
    if (!old)
        return;
    nncl_error_hold();
    (void)nncl_device_finish(old->device); /* after a failure something may still be under way */
    nncl_error_restore();
    for (unsigned i = 0; i < MOST_SIZES; i++)
        forward_free(&old->forwards[i]);
    parameter_set_free(&old->parameters);
    nncl_model_free(&old->outline);
    free(old->probabilities);
    free(old->gemm);
    free(old);
    *predictor = NULL;
}

/* ---- Predicting ---- */

/* The place of the first probability that is not finite; `count` if there is none. */
static size_t find_nonfinite(const float *probabilities, size_t count)
{
    size_t i = 0;
    while (i < count && isfinite(probabilities[i]))
        i++;
    return i;
}

static uint32_t largest(const float *probabilities, size_t classes)
{
    uint32_t best = 0;
    for (uint32_t class = 1; class < classes; class ++)
        best = probabilities[class] > probabilities[best] ? class : best;
    return best;
}

/* At most a batch. `first`: the number of the first row, for messages. */
static enum nncl_status run_round(struct nncl_predictor *predictor, const void *features,
    size_t rows, size_t first, float *probabilities, uint32_t *classes)
{
    enum nncl_status status;
    struct forward *forward;
    const size_t count = rows * predictor->classes;
    const size_t bytes = rows * predictor->features * nncl_type_size(predictor->type);
    TRY(find_forward(predictor, rows, &forward));
    TRY(buffer_write_later(forward->features->buffer, features, bytes));
    TRY(nncl_plan_run(forward->plan));
    TRY(buffer_read(forward->plan->buffers[forward->probabilities], 0, probabilities,
        count * sizeof *probabilities));
    size_t bad = find_nonfinite(probabilities, count);
    if (bad < count)
        TRY(nncl_fail(NNCL_NOT_FINITE,
            "a probability of row %zu is not finite: the model or the data hold numbers too large, "
            "or the device computes wrong (see \"cltool check\")",
            first + bad / predictor->classes));
    for (size_t row = 0; classes && row < rows; row++)
        classes[row] = largest(probabilities + row * predictor->classes, predictor->classes);
out:
    return status;
}

enum nncl_status nncl_predictor_run(struct nncl_predictor *predictor, const void *features,
    size_t rows, float *probabilities, uint32_t *classes)
{
    const size_t row_bytes = predictor->features * nncl_type_size(predictor->type);
    enum nncl_status status = NNCL_OK;
    predictor->device->phase = NNCL_PHASE_EVAL;
    for (size_t row = 0; row < rows && status == NNCL_OK; row += predictor->batch) {
        size_t left = rows - row, count = left < predictor->batch ? left : predictor->batch;
        status = run_round(predictor, (const char *)features + row * row_bytes, count, row,
            probabilities ? probabilities + row * predictor->classes : predictor->probabilities,
            classes ? classes + row : NULL);
    }
    predictor->device->phase = NNCL_PHASE_SETUP;
    return status;
}
