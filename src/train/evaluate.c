/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Evaluation: loss, accuracy and the confusion matrix are counted on the device; what only the
 * probabilities tell follows on the host from a prediction. */
#include <nncl/train.h>

#include <stdlib.h>

#include "base/status.h"
#include "train/score.h"
#include "train/session.h"
#include "train/want.h"

static enum nncl_status count(struct session *session, struct nncl_evaluation *evaluation)
{
    enum nncl_status status = NNCL_OK;
    struct pass_sample sample;
    status = pass_run(&session->passes[0], NULL, NULL, &sample);
    if (status == NNCL_NOT_FINITE)
        TRY(pass_blame(&session->passes[0], &sample, "the loss of the evaluation"));
    TRY(status);
    TRY(nncl_tensor_read(session->confusion, evaluation->confusion));
    evaluation->loss = pass_loss(&sample);
    evaluation->accuracy = pass_accuracy(&sample);
    evaluation->rows = sample.metrics[NNCL_METRICS_ROWS];
    score_counts(evaluation);
out:
    return status;
}

static struct session_order order_of(
    const struct nncl_model *model, const struct nncl_dataset *dataset, const char *gemm)
{
    return (struct session_order){
        .purpose = PASS_EVALUATE, .model = model, .sets = {dataset}, .gemm = gemm};
}

enum nncl_status evaluate_want(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm)
{
    struct session_order order = order_of(model, dataset, gemm);
    enum nncl_status status = session_plan(device, &order, NULL);
    return status == NNCL_OK ? predict_want(device, model, dataset, gemm) : status;
}

static enum nncl_status count_on_device(
    struct nncl_device *device, struct session_order *order, struct nncl_evaluation *evaluation)
{
    enum nncl_status status;
    struct session session = {0};
    TRY(session_plan(device, order, NULL));
    TRY(session_create(device, order, &session));
    TRY(count(&session, evaluation));
out:
    session_clear(&session);
    return status;
}

/* Predicts and scores; `wanted` gets the probabilities, or is NULL. */
static enum nncl_status rank(struct nncl_device *device, const struct session_order *order,
    float *wanted, struct nncl_evaluation *evaluation)
{
    enum nncl_status status;
    const struct nncl_dataset_source *source = nncl_dataset_get(order->sets[0]);
    const size_t bytes = source->rows * evaluation->classes * sizeof(float);
    float *own = wanted ? NULL : malloc(bytes);
    const struct score_rows rows = {wanted ? wanted : own, source->labels, source->rows};
    if (!wanted && !own)
        return nncl_fail_memory("the probabilities of a data set", bytes);
    TRY(nncl_predict(device, order->model, order->sets[0], order->gemm, wanted ? wanted : own));
    TRY(score_probabilities(&rows, evaluation));
out:
    free(own);
    return status;
}

enum nncl_status nncl_evaluate(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const struct nncl_evaluation_options *options,
    struct nncl_evaluation *evaluation)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_evaluation new = {0};
    const char *gemm = options ? options->gemm : NULL;
    struct session_order order = order_of(model, dataset, gemm);
    TRY(score_create(nncl_model_classes(model), options, &new));
    TRY(predict_want(device, model, dataset, gemm));
    TRY(count_on_device(device, &order, &new));
    TRY(rank(device, &order, options ? options->probabilities : NULL, &new));
    *evaluation = new;
    new = (struct nncl_evaluation){0};
out:
    nncl_evaluation_free(&new);
    return status;
}
