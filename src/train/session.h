/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a training or an evaluation keeps on a device: parameters, data and passes. */
#ifndef NNCL_TRAIN_SESSION_H
#define NNCL_TRAIN_SESSION_H

#include <nncl/train.h>

#include "train/pass.h"

enum { SESSION_SETS = 2 }; /* data sets at most: of the training, and of its validation */

/* What is to be done with which data. */
struct session_order {
    enum pass_purpose purpose;
    const struct nncl_model *model;
    const struct nncl_dataset *sets[SESSION_SETS]; /* the second for validation, or NULL */
    size_t batch;                                  /* of the first pass */
    size_t evaluation; /* rows of an evaluation's batch; 0: evaluation_batch() */
    const struct nncl_fit_options *options; /* PASS_TRAIN: complete, of the first pass */
    const char *gemm;
    uint32_t pieces[SESSION_SETS]; /* rows of the staging buffers through which the set streams, a
                                      multiple of its batch; 0: the whole set is on the device */
};

struct session {
    struct parameter_set parameters;
    struct device_data data[SESSION_SETS];
    struct nncl_tensor *confusion; /* PASS_EVALUATE: of the first pass */
    struct pass passes[SESSION_SETS];
    size_t count; /* of data sets and passes */
};

/* Makes everything on the device: first what holds data, then the passes, whose kernels are built.
 * Free with session_clear, after a failure, too. */
enum nncl_status session_create(
    struct nncl_device *device, const struct session_order *order, struct session *session);
enum nncl_status session_upload(
    struct nncl_device *device, const struct session_order *order, struct session *session);
enum nncl_status session_build(
    struct nncl_device *device, const struct session_order *order, struct session *session);
void session_clear(struct session *session);

/* Lays the session out without making it and chooses order->pieces and order->evaluation: sets stay
 * on the device where there is room, and evaluations have smaller batches where even streaming
 * leaves too little. *memory tells what it takes; it may be NULL. Errors: NNCL_OUT_OF_MEMORY if it
 * does not fit, with the largest batch that would; *memory is filled then, too. */
enum nncl_status session_plan(
    struct nncl_device *device, struct session_order *order, struct nncl_memory *memory);

/* The rows of a batch where nobody asks for a number: 500, or as many as keep a layer's launch
 * below 2.5 GFLOP, which take a device of 25 GFLOP/s 0.1 s; at least 1. Longer launches would trip
 * the watchdogs of display GPUs and make an interrupt wait. */
size_t evaluation_batch(const struct nncl_model *model);

/* The rows of a batch of data set number `set`. */
size_t session_batch(const struct session_order *order, size_t set);

#endif
