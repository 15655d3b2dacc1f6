/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a session keeps on a device: a model's parameters with what the optimizer keeps of each, and
 * a data set. */
#ifndef NNCL_TRAIN_PARAMETERS_H
#define NNCL_TRAIN_PARAMETERS_H

#include <nncl/data.h>
#include <nncl/model.h>
#include <nncl/ops.h>
#include <nncl/tensor.h>

#include "ops/update.h"
#include "train/tensor_file.h"

struct parameter {
    struct nncl_tensor *weight;
    struct nncl_tensor
        *slots[NNCL_OPTIMIZER_SLOTS]; /* the optimizer's; NULL unless it is trained */
    bool trained;                     /* now */
    struct nncl_tensor *average;      /* over the steps; NULL unless it is trained and averaged */
    struct nncl_tensor *best;         /* a copy from the best epoch; NULL unless one is kept */
};

/* What a set has besides parameters and what the optimizer keeps of them. */
enum parameter_room { PARAMETERS_ALONE = 0, PARAMETERS_BEST = 1, PARAMETERS_AVERAGE = 2 };

struct parameter_set {
    const struct optimizer *optimizer; /* NULL: nothing is trained */
    struct parameter *parameters;
    size_t count;
};

/* Makes tensors for the model's parameters, in their order, and copies the values. `optimizer`,
 * NULL if nothing is trained, needs to live for the call. `room`: of enum parameter_room. */
enum nncl_status parameter_set_create(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_optimizer *optimizer, unsigned room, struct parameter_set *set);
void parameter_set_free(struct parameter_set *set);

/* Copies the model's values to the device, as averages too, and sets the optimizer's to 0. */
enum nncl_status parameter_set_write(struct parameter_set *set, const struct nncl_model *model);

/* What a parameter is worth to those who do not train it: its average, if there is one. */
struct nncl_tensor *parameter_result(const struct parameter *parameter);

/* Copies the device's values into the model: the present results, or those of the best epoch. */
enum nncl_status parameter_set_read(
    const struct parameter_set *set, bool best, struct nncl_model *model);

/* Enqueues copies of the present results in place of those of the best epoch. */
enum nncl_status parameter_set_keep_best(struct parameter_set *set);

/* A tensor that a training changes from step to step, under its name in a checkpoint. */
struct kept_tensor {
    char name[TENSOR_NAME_SIZE];
    struct nncl_tensor *tensor;
};

/* All tensors of the set: "parameter 0.weight", what the optimizer keeps, "m 0.weight", "average
 * 0.weight" and "best 0.weight". `room`: for as many as parameter_set_tensor_count says. */
size_t parameter_set_tensor_count(const struct parameter_set *set);
void parameter_set_tensors(
    const struct parameter_set *set, const struct nncl_model *model, struct kept_tensor *room);

/* A data set on a device; bytes stay bytes. Either all of it, uploaded once, in part [0]; or two
 * staging buffers, which a feeder fills by turns. */
struct device_data {
    struct nncl_tensor *features[2]; /* [rows or piece][features] */
    struct nncl_tensor *labels[2];   /* uint32 [rows or piece] */
    uint32_t rows;
    uint32_t piece;            /* rows of a staging buffer; 0: all of the data are on the device */
    struct nncl_gather gather; /* how a feature enters the network */
    const struct nncl_dataset *dataset;
};

/* Whether a data set fits the model: number of features, normalisation and, if `labels` are wanted,
 * classes. Errors: NNCL_USAGE naming both sides of what does not fit. `name` says which set it is.
 */
enum nncl_status data_check(const struct nncl_model *model,
    const struct nncl_dataset_source *source, const char *name, bool labels);

/* Uploads `dataset`, or makes staging buffers of `piece` rows if that is not 0, after data_check.
 */
enum nncl_status device_data_upload(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *name, uint32_t piece, struct device_data *data);
void device_data_free(struct device_data *data);

/* What it takes of the device's memory. */
uint64_t device_data_bytes(const struct device_data *data);

#endif
