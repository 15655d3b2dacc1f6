/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TOOLS_MNIST_CL_TRAIN_JSON_H
#define TOOLS_MNIST_CL_TRAIN_JSON_H

#include <nncl/nncl.h>

#include "mnist-cl/progress.h"
#include "mnist-cl/train_options.h"

/* What a training was asked for and what came of it. */
struct train_record {
    struct train_options *asked; /* whose watch adds to the record */
    const struct nncl_device *device;
    const struct nncl_mnist *mnist;
    const struct nncl_model *model;
    const struct progress *progress;
    uint64_t validation_rows;
    double test_loss, test_accuracy; /* of use if finished */
    const json_t *results;           /* of results_find; NULL: none */
    bool finished;                   /* false: interrupted, and there is no test result */
};

/* The record of a run for the folder of runs; `settings` are those of the command line, whose
 * reference it takes, `error` is why the training failed or NULL. NULL when out of memory. */
json_t *train_json_run(
    const struct train_record *record, json_t *settings, const char *status, const char *error);

/* Writes the record as one JSON document. */
enum nncl_status train_json_write(const struct train_record *record, const char *path);

#endif
