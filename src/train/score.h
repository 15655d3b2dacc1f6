/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scores of predictions, computed on the host. */
#ifndef NNCL_TRAIN_SCORE_H
#define NNCL_TRAIN_SCORE_H

#include <nncl/evaluate.h>

/* What the probabilities of a data set are held against. */
struct score_rows {
    const float *probabilities; /* [rows][classes] */
    const uint32_t *labels;     /* [rows] */
    size_t rows;
};

/* Makes room for an evaluation of `classes` classes and sets what the options say. Free with
 * nncl_evaluation_free, after a failure, too. Errors: NNCL_USAGE, NNCL_OUT_OF_MEMORY. */
enum nncl_status score_create(uint32_t classes, const struct nncl_evaluation_options *options,
    struct nncl_evaluation *evaluation);

/* Precision, recall, F1 and their means, from the confusion matrix and `rows`. */
void score_counts(struct nncl_evaluation *evaluation);

/* What only probabilities tell: top-k accuracy, calibration, areas under ROC curves and their
 * means; after score_counts. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status score_probabilities(
    const struct score_rows *rows, struct nncl_evaluation *evaluation);

#endif
