/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Programs that will be used later: a device builds them together with those it needs first. */
#ifndef NNCL_TRAIN_WANT_H
#define NNCL_TRAIN_WANT_H

#include <nncl/predict.h>

/* Has the device want what such a predictor takes. Errors: as nncl_predictor_create. */
enum nncl_status predictor_want(struct nncl_device *device, const struct nncl_model *model,
    size_t batch, const struct nncl_predictor_options *options);

/* The same of nncl_predict. */
enum nncl_status predict_want(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm);

/* The same of nncl_evaluate. */
enum nncl_status evaluate_want(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm);

#endif
