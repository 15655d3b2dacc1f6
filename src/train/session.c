/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/session.h"

#include <math.h>

#include "base/status.h"
#include "model/model.h"
#include "train/optimizer.h"

size_t evaluation_batch(const struct nncl_model *model)
{
    enum { ROWS = 500 };
    const double most_flop = 2.5e9;
    double largest = 1;
    for (size_t i = 0; i < model->layer_count; i++)
        largest = fmax(largest, 2 * model_layer_products(model, &model->layers[i]));
    const double most = most_flop / largest;
    return most >= ROWS ? ROWS : most < 1 ? 1 : (size_t)most;
}

size_t session_batch(const struct session_order *order, size_t set)
{
    if (set == 0 && order->purpose == PASS_TRAIN)
        return order->batch;
    return order->evaluation ? order->evaluation : evaluation_batch(order->model);
}

static const char *set_name(const struct session_order *order, size_t set)
{
    if (order->purpose != PASS_TRAIN)
        return "data set";
    return set == 0 ? "training set" : "validation set";
}

static enum nncl_status create_confusion(
    struct nncl_device *device, const struct nncl_model *model, struct nncl_tensor **confusion)
{
    const uint32_t classes = nncl_model_classes(model);
    const struct nncl_shape square = {2, {classes, classes}};
    return nncl_tensor_create(device, NNCL_UINT32, &square, confusion);
}

static enum nncl_status create_pass(struct nncl_device *device, const struct session_order *order,
    struct session *session, size_t set)
{
    const struct pass_recipe recipe = {.purpose = set == 0 ? order->purpose : PASS_EVALUATE,
        .model = order->model,
        .parameters = &session->parameters,
        .data = &session->data[set],
        .confusion = set == 0 ? session->confusion : NULL,
        .batch = session_batch(order, set),
        .options = order->options,
        .gemm = order->gemm};
    return pass_create(device, &recipe, &session->passes[set]);
}

/* `options`: of a training, or NULL. */
static unsigned room_of(const struct nncl_fit_options *options)
{
    unsigned room = PARAMETERS_ALONE;
    if (options && options->keep_best)
        room |= PARAMETERS_BEST;
    if (options && options->ema_decay != 0)
        room |= PARAMETERS_AVERAGE;
    return room;
}

enum nncl_status session_upload(
    struct nncl_device *device, const struct session_order *order, struct session *session)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_optimizer optimizer;
    for (size_t set = 0; set < SESSION_SETS && order->sets[set]; set++)
        TRY(device_data_upload(device, order->model, order->sets[set], set_name(order, set),
            order->pieces[set], &session->data[session->count++]));
    if (order->purpose == PASS_TRAIN)
        TRY(optimizer_choose(order->options, &optimizer));
    TRY(parameter_set_create(device, order->model, order->purpose == PASS_TRAIN ? &optimizer : NULL,
        room_of(order->options), &session->parameters));
    if (order->purpose == PASS_EVALUATE)
        TRY(create_confusion(device, order->model, &session->confusion));
out:
    return status;
}

enum nncl_status session_build(
    struct nncl_device *device, const struct session_order *order, struct session *session)
{
    enum nncl_status status = NNCL_OK;
    for (size_t set = 0; set < session->count && status == NNCL_OK; set++)
        status = create_pass(device, order, session, set);
    return status;
}

enum nncl_status session_create(
    struct nncl_device *device, const struct session_order *order, struct session *session)
{
    enum nncl_status status = session_upload(device, order, session);
    return status == NNCL_OK ? session_build(device, order, session) : status;
}

void session_clear(struct session *session)
{
    for (size_t set = 0; set < session->count; set++)
        pass_free(&session->passes[set]);
    nncl_tensor_free(&session->confusion);
    parameter_set_free(&session->parameters);
    for (size_t set = 0; set < session->count; set++)
        device_data_free(&session->data[set]);
    session->count = 0;
}
