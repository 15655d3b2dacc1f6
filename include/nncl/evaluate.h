/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Evaluation: how good a model's predictions are, as counts, scores and curves. */
#ifndef NNCL_EVALUATE_H
#define NNCL_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include <nncl/data.h>
#include <nncl/device.h>
#include <nncl/model.h>
#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Scores of one class, or means over the classes. A score whose denominator is 0 is 0. */
struct nncl_class_score {
    double precision; /* true positives / predicted as this class */
    double recall;    /* true positives / rows of this class */
    double f1;        /* 2 · precision · recall / (precision + recall) */
    double auc;       /* area under the ROC curve of this class against all others: how often a row
                         of this class has a larger probability of it than another row, equal ones
                         counting half. NaN where no row, or every row, is of this class */
    uint64_t rows;    /* rows of this class */
};

/* The predictions whose confidence, the probability of the class predicted, lies in one interval:
 * number m of M holds those in (m/M, (m+1)/M]. */
struct nncl_calibration_bin {
    double confidence, accuracy; /* means over its rows; 0 without any */
    uint64_t rows;
};

struct nncl_evaluation {
    double loss, accuracy; /* means over all rows */
    uint64_t rows;
    uint32_t classes;
    uint32_t *confusion;              /* [classes][classes], row: true class, column: predicted */
    struct nncl_class_score *scores;  /* [classes] */
    struct nncl_class_score macro;    /* unweighted means over the classes, of auc over those that
                                         have one; rows: all */
    struct nncl_class_score weighted; /* means weighted by the classes' rows, auc likewise */
    uint32_t top;                     /* k */
    double top_accuracy;      /* share of rows whose class is among the k most probable; of equal
                                 probabilities the first class counts as larger */
    double calibration_error; /* expected: Σ rows / all rows · |accuracy − confidence| over the bins
                                 (Guo et al. 2017, eq. 3) */
    uint32_t bin_count;
    struct nncl_calibration_bin *bins; /* [bin_count] */
};

/* Zero means the default in brackets. */
struct nncl_evaluation_options {
    const char *gemm;     /* provider of matrix products, as in nncl_plan_options [auto] */
    uint32_t top;         /* k of the top-k accuracy, at most the number of classes [3, or fewer] */
    uint32_t bins;        /* of the calibration [15] */
    float *probabilities; /* [rows][classes]: gets what the model predicts; may be NULL */
};

/* Evaluates `model` on all rows of `dataset`: loss, accuracy and confusion matrix are counted on
 * the device, the other scores follow on the host from the probabilities it computes. `options` may
 * be NULL. *evaluation is filled on success; free it with nncl_evaluation_free. Blocks. Errors: as
 * nncl_fit. Thread-safety: one thread a device. */
NNCL_API enum nncl_status nncl_evaluate(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const struct nncl_evaluation_options *options,
    struct nncl_evaluation *evaluation);

/* The same scores from predictions that are there already, on the host: probabilities
 * [rows][classes], each from 0 to 1, and labels [rows], each below `classes`. The class predicted
 * is the most probable, the first of equals; the loss is the mean of −ln of the true class's
 * probability, which is taken as at least the smallest normal float. `options` (top and bins count)
 * may be NULL. Free *evaluation with nncl_evaluation_free. Errors: NNCL_USAGE naming the row at
 * fault, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_score(const float *probabilities, const uint32_t *labels,
    size_t rows, uint32_t classes, const struct nncl_evaluation_options *options,
    struct nncl_evaluation *evaluation);

/* Frees what an evaluation holds and clears it. Thread-safety: one thread an evaluation. */
NNCL_API void nncl_evaluation_free(struct nncl_evaluation *evaluation);

#ifdef __cplusplus
}
#endif
#endif
