/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Predictors: a model made ready once to predict many times, from the caller's arrays into the
 * caller's arrays. For a whole data set at once there is nncl_predict in nncl/train.h. */
#ifndef NNCL_PREDICT_H
#define NNCL_PREDICT_H

#include <stddef.h>
#include <stdint.h>

#include <nncl/device.h>
#include <nncl/model.h>
#include <nncl/status.h>
#include <nncl/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nncl_predictor;

/* Zero means the default in brackets. */
struct nncl_predictor_options {
    enum nncl_type type; /* of the features: NNCL_UINT8 or NNCL_FLOAT32 [NNCL_FLOAT32] */
    const char *gemm;    /* provider of matrix products, as in nncl_plan_options [auto] */
};

/* Prepares `model` for predictions of `batch` rows at a time: copies its parameters, which may
 * change or be freed afterwards, builds the kernels and runs them once. 1 is for the shortest time
 * of a single row; for many rows a batch of some thousands keeps every device busy. The device must
 * outlive the predictor. `options` may be NULL. Free with nncl_predictor_free. Blocks; may take
 * seconds when nothing is cached. Errors: NNCL_USAGE (a batch of 0, another type, an unknown
 * provider), NNCL_OUT_OF_MEMORY, NNCL_BUILD_FAILED, NNCL_DEVICE_LOST, NNCL_FAILED. Thread-safety:
 * one thread a device. */
NNCL_API enum nncl_status nncl_predictor_create(struct nncl_device *device,
    const struct nncl_model *model, size_t batch, const struct nncl_predictor_options *options,
    struct nncl_predictor **predictor);

/* Predicts `rows` rows, any number: features [rows][features], of the predictor's type, in the unit
 * the model was trained with (it normalises them itself: feature · scale + shift, as in
 * nncl_model_get_input). Fills probabilities [rows][classes] and classes [rows], the class of the
 * largest probability, the first of equals; either may be NULL. Rows beyond the batch are done in
 * several rounds; fewer than the batch take less time. A row's result does not depend on the other
 * rows, and is that of nncl_predict with the same batch. Blocks; counts as one host wait a round.
 * Errors: NNCL_NOT_FINITE naming the row of which a probability is not finite, NNCL_DEVICE_LOST,
 * NNCL_OUT_OF_MEMORY, NNCL_FAILED; the arrays' contents are then undefined. Thread-safety: one
 * thread a device. */
NNCL_API enum nncl_status nncl_predictor_run(struct nncl_predictor *predictor, const void *features,
    size_t rows, float *probabilities, uint32_t *classes);

/* Frees the predictor and clears the pointer; *predictor may be NULL. Thread-safety: one thread a
 * device. */
NNCL_API void nncl_predictor_free(struct nncl_predictor **predictor);

#ifdef __cplusplus
}
#endif
#endif
