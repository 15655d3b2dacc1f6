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

enum nncl_status nncl_predict(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm, float *probabilities)
{
    enum nncl_status status;
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    const struct nncl_predictor_options options = {.type = source->type, .gemm = gemm};
    struct nncl_predictor *predictor = NULL;
    TRY(data_check(model, source, "data set", false));
    TRY(nncl_predictor_create(device, model, batch_of(model, source), &options, &predictor));
    TRY(nncl_predictor_run(predictor, source->features, source->rows, probabilities, NULL));
out:
    nncl_predictor_free(&predictor);
    return status;
}
