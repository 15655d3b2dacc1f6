/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Prediction of a data set. */
#include <nncl/train.h>

#include <nncl/predict.h>

#include "base/status.h"
#include "train/parameters.h"
#include "train/session.h"
#include "train/want.h"

static size_t batch_of(const struct nncl_model *model, const struct nncl_dataset_source *source)
{
    const size_t batch = evaluation_batch(model);
    return source->rows < batch ? source->rows : batch;
}

enum nncl_status predict_want(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    const struct nncl_predictor_options options = {.type = source->type, .gemm = gemm};
    return predictor_want(device, model, batch_of(model, source), &options);
}

static enum nncl_status predict_by(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset_source *source, const char *gemm, size_t batch, float *probabilities)
{
    enum nncl_status status;
    const struct nncl_predictor_options options = {.type = source->type, .gemm = gemm};
    struct nncl_predictor *predictor = NULL;
    TRY(nncl_predictor_create(device, model, batch, &options, &predictor));
    TRY(nncl_predictor_run(predictor, source->features, source->rows, probabilities, NULL));
out:
    nncl_predictor_free(&predictor);
    return status;
}

/* By smaller batches where the device's memory is too small for the usual ones. */
enum nncl_status nncl_predict(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm, float *probabilities)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    enum nncl_status status = data_check(model, source, "data set", false);
    if (status != NNCL_OK)
        return status;
    size_t batch = batch_of(model, source);
    do {
        status = predict_by(device, model, source, gemm, batch, probabilities);
        batch /= 2;
    } while (status == NNCL_OUT_OF_MEMORY && batch > 0);
    return status;
}
