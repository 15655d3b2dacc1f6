/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Evaluation: loss, accuracy and the confusion matrix are counted on the device; the scores of the
 * classes follow from the matrix. */
#include <nncl/train.h>

#include <stdlib.h>

#include "base/status.h"
#include "train/session.h"

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void score_class(const struct nncl_evaluation *evaluation, uint32_t class)
{
    const size_t classes = evaluation->classes;
    const uint32_t *confusion = evaluation->confusion;
    double hits = confusion[class * classes + class], predicted = 0, rows = 0;
    for (size_t other = 0; other < classes; other++) {
        rows += confusion[class * classes + other];
        predicted += confusion[other * classes + class];
    }
    double precision = ratio(hits, predicted), recall = ratio(hits, rows);
    evaluation->scores[class] = (struct nncl_class_score){.precision = precision,
        .recall = recall,
        .f1 = ratio(2 * precision * recall, precision + recall),
        .rows = (uint64_t)rows};
}

static void score(struct nncl_evaluation *evaluation)
{
    struct nncl_class_score *macro = &evaluation->macro;
    *macro = (struct nncl_class_score){.rows = evaluation->rows};
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        score_class(evaluation, class);
        macro->precision += evaluation->scores[class].precision / evaluation->classes;
        macro->recall += evaluation->scores[class].recall / evaluation->classes;
        macro->f1 += evaluation->scores[class].f1 / evaluation->classes;
    }
}

static enum nncl_status allocate(uint32_t classes, struct nncl_evaluation *evaluation)
{
    evaluation->classes = classes;
    evaluation->confusion = calloc((size_t)classes * classes, sizeof *evaluation->confusion);
    evaluation->scores = calloc(classes, sizeof *evaluation->scores);
    if (!evaluation->confusion || !evaluation->scores)
        return nncl_fail_memory(
            "a confusion matrix", (size_t)classes * classes * sizeof *evaluation->confusion);
    return NNCL_OK;
}

static enum nncl_status run(struct session *session, struct nncl_evaluation *evaluation)
{
    enum nncl_status status = NNCL_OK;
    struct pass_sample sample;
    status = pass_run(&session->passes[0], NULL, NULL, &sample);
    if (status == NNCL_NOT_FINITE)
        TRY(pass_blame(&session->passes[0], &sample, "the loss of the evaluation"));
    TRY(status);
    TRY(nncl_tensor_read(session->confusion, evaluation->confusion));
    evaluation->loss = pass_loss(&sample);
    evaluation->accuracy = pass_accuracy(&sample);
    evaluation->rows = sample.metrics[NNCL_METRICS_ROWS];
    score(evaluation);
out:
    return status;
}

enum nncl_status nncl_evaluate(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *dataset, const char *gemm, struct nncl_evaluation *evaluation)
{
    enum nncl_status status = NNCL_OK;
    struct session session = {0};
    struct nncl_evaluation new = {0};
    struct session_order order = {
        .purpose = PASS_EVALUATE, .model = model, .sets = {dataset}, .gemm = gemm};
    TRY(session_plan(device, &order, NULL));
    TRY(session_create(device, &order, &session));
    TRY(allocate(nncl_model_classes(model), &new));
    TRY(run(&session, &new));
    *evaluation = new;
    new = (struct nncl_evaluation){0};
out:
    nncl_evaluation_free(&new);
    session_clear(&session);
    return status;
}

void nncl_evaluation_free(struct nncl_evaluation *evaluation)
{
    free(evaluation->confusion);
    free(evaluation->scores);
    *evaluation = (struct nncl_evaluation){0};
}
