/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the record of a training tells of the trained network. */
#ifndef TOOLS_MNIST_CL_RESULTS_H
#define TOOLS_MNIST_CL_RESULTS_H

#include <jansson.h>

#include <nncl/evaluate.h>

/* Evaluates a network on a test set. *results gets an object with `evaluation`, as eval prints it,
 * and `examples`, pictures read wrongly and rightly as PNG in base64; drop the
 * reference; `results` may be NULL. Free
 * *evaluation with nncl_evaluation_free. Errors: as nncl_evaluate, the sentence being in
 * nncl_last_error. */
enum nncl_status results_find(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *test, const char *gemm, struct nncl_evaluation *evaluation,
    json_t **results);

#endif
