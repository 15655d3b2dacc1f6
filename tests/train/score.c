/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Scores of predictions: those that scikit-learn gave the same ones (score.py records them), and
 * what has no score. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>

#include "problem.h"
#include "record.h"
#include "support.h"

/* Recorded values are doubles of sums of some hundred terms. */
static const double tolerance = 1e-12;

TestSuite(score);

/* ---- Against scikit-learn ---- */

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    cr_assert(json_is_number(value), "%s", key);
    return json_number_value(value);
}

struct recorded {
    json_t *json;
    size_t rows;
    uint32_t classes;
    uint32_t *labels;
    float *probabilities;
};

static struct recorded open_record(void)
{
    struct recorded record = {.json = record_read("tests/train/score.json")};
    const json_t *labels = json_object_get(record.json, "labels");
    const json_t *rows = json_object_get(record.json, "probabilities");
    record.rows = json_array_size(labels);
    record.classes = (uint32_t)json_array_size(json_array_get(rows, 0));
    cr_assert_eq(json_array_size(rows), record.rows);
    record.labels = calloc(record.rows, sizeof *record.labels);
    record.probabilities = calloc(record.rows * record.classes, sizeof *record.probabilities);
    for (size_t row = 0; row < record.rows; row++) {
        record.labels[row] = (uint32_t)json_integer_value(json_array_get(labels, row));
        for (size_t class = 0; class < record.classes; class ++)
            record.probabilities[row * record.classes + class] =
                (float)json_number_value(json_array_get(json_array_get(rows, row), class));
    }
    return record;
}

static void close_record(struct recorded *record)
{
    json_decref(record->json);
    free(record->labels);
    free(record->probabilities);
}

static void expect_score(
    const json_t *recorded, const struct nncl_class_score *score, const char *name)
{
    const double values[] = {score->precision, score->recall, score->f1, score->auc};
    cr_assert_eq(json_array_size(recorded), 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_float_eq(values[i], json_number_value(json_array_get(recorded, i)), tolerance,
            "%s, score %zu: %.17g", name, i, values[i]);
}

static void expect_recorded(const json_t *json, const struct nncl_evaluation *evaluation)
{
    cr_expect_float_eq(evaluation->loss, number(json, "loss"), tolerance);
    cr_expect_float_eq(evaluation->accuracy, number(json, "accuracy"), tolerance);
    cr_expect_float_eq(evaluation->top_accuracy, number(json, "top_accuracy"), tolerance);
    cr_expect_float_eq(evaluation->calibration_error, number(json, "calibration_error"), tolerance);
    expect_score(json_object_get(json, "macro"), &evaluation->macro, "macro");
    expect_score(json_object_get(json, "weighted"), &evaluation->weighted, "weighted");
    const size_t classes = evaluation->classes;
    for (size_t class = 0; class < classes; class ++) {
        expect_score(json_array_get(json_object_get(json, "classes"), class),
            &evaluation->scores[class], "a class");
        const json_t *row = json_array_get(json_object_get(json, "confusion"), class);
        for (size_t other = 0; other < classes; other++)
            cr_expect_eq(evaluation->confusion[class * classes + other],
                (uint32_t)json_integer_value(json_array_get(row, other)));
    }
}

Test(score, agrees_with_scikit_learn)
{
    struct recorded record = open_record();
    const struct nncl_evaluation_options options = {
        .top = (uint32_t)number(record.json, "top"), .bins = (uint32_t)number(record.json, "bins")};
    struct nncl_evaluation evaluation;
    OK(nncl_score(
        record.probabilities, record.labels, record.rows, record.classes, &options, &evaluation));
    cr_expect_eq(evaluation.rows, record.rows);
    cr_expect_eq(evaluation.bin_count, options.bins);
    expect_recorded(record.json, &evaluation);
    nncl_evaluation_free(&evaluation);
    close_record(&record);
}

/* ---- What scikit-learn does not tell ---- */

Test(score, equal_probabilities_go_to_the_first_class)
{
    static const float p[] = {0.5f, 0.5f, 0, 0.25f, 0.25f, 0.5f};
    static const uint32_t labels[] = {1, 1};
    struct nncl_evaluation evaluation;
    OK(nncl_score(p, labels, 2, 3, &(struct nncl_evaluation_options){.top = 2}, &evaluation));
    cr_expect_eq(evaluation.confusion[1 * 3 + 0], 1u); /* the first of equals is predicted */
    cr_expect_eq(evaluation.top_accuracy, 0.5);        /* 2nd of 3, then behind 2 and 0 */
    nncl_evaluation_free(&evaluation);
}

Test(score, a_class_without_rows_has_no_area)
{
    static const float p[] = {0.75f, 0.25f, 0, 0.25f, 0.75f, 0};
    static const uint32_t labels[] = {0, 1};
    struct nncl_evaluation evaluation;
    OK(nncl_score(p, labels, 2, 3, NULL, &evaluation));
    cr_expect(isnan(evaluation.scores[2].auc));
    cr_expect_eq(evaluation.scores[2].f1, 0);
    cr_expect_eq(evaluation.macro.auc, 1); /* of those that have one */
    cr_expect_eq(evaluation.weighted.auc, 1);
    cr_expect_eq(evaluation.top, 3u);
    nncl_evaluation_free(&evaluation);

    static const uint32_t equal[] = {1, 1};
    OK(nncl_score(p, equal, 2, 2, NULL, &evaluation));
    cr_expect(isnan(evaluation.macro.auc));
    nncl_evaluation_free(&evaluation);
}

Test(score, bins_hold_their_upper_edge)
{
    static const float p[] = {0.5f, 0.5f, 0.75f, 0.25f, 1, 0};
    static const uint32_t labels[] = {0, 1, 0};
    const struct nncl_evaluation_options options = {.bins = 4};
    struct nncl_evaluation evaluation;
    OK(nncl_score(p, labels, 3, 2, &options, &evaluation));
    cr_expect_eq(evaluation.bins[0].rows, 0);
    cr_expect_eq(evaluation.bins[1].rows, 1);
    cr_expect_eq(evaluation.bins[2].rows, 1);
    cr_expect_eq(evaluation.bins[2].accuracy, 0);
    cr_expect_eq(evaluation.bins[3].rows, 1);
    cr_expect_float_eq(evaluation.calibration_error, (0.5 + 0.75 + 0) / 3, tolerance);
    nncl_evaluation_free(&evaluation);
}

static void expect_refused(const float *p, const uint32_t *labels, size_t rows,
    const struct nncl_evaluation_options *options, const char *part)
{
    struct nncl_evaluation evaluation;
    cr_expect_eq(nncl_score(p, labels, rows, 2, options, &evaluation), NNCL_USAGE);
    cr_expect_not_null(strstr(nncl_last_error(), part), "%s", nncl_last_error());
}

Test(score, refuses_what_is_no_prediction)
{
    static const float good[] = {0.5f, 0.5f, 1, 0}, many[] = {0.5f, 0.5f, 1.5f, 0};
    static const float none[] = {0.5f, NAN, 1, 0};
    static const uint32_t labels[] = {0, 1}, large[] = {0, 2};
    expect_refused(many, labels, 2, NULL, "row 1 has the probability 1.5");
    expect_refused(none, labels, 2, NULL, "row 0 has the probability");
    expect_refused(good, large, 2, NULL, "row 1 has the label 2");
    expect_refused(good, labels, 0, NULL, "nothing to score");
    expect_refused(good, labels, 2, &(struct nncl_evaluation_options){.top = 3}, "top-3");
    expect_refused(
        good, labels, 2, &(struct nncl_evaluation_options){.bins = 10001}, "at most 10000 bins");
}

/* ---- On a device ---- */

Test(score, an_evaluation_has_the_scores_of_its_predictions, .timeout = 120)
{
    enum { ROWS = 1003, CLASSES = 5 };
    struct nncl_device *device = support_device();
    struct nncl_dataset *data = problem_floats(ROWS, 12, CLASSES);
    struct nncl_model *model = problem_model("dense 8 relu, dense 5", data);
    float *p = calloc(ROWS * CLASSES, sizeof *p);
    const struct nncl_evaluation_options options = {.top = 2, .bins = 7, .probabilities = p};
    struct nncl_evaluation from_device, from_host;
    OK(nncl_evaluate(device, model, data, &options, &from_device));
    OK(nncl_score(p, nncl_dataset_get(data)->labels, ROWS, CLASSES, &options, &from_host));
    cr_expect_arr_eq(from_device.confusion, from_host.confusion,
        CLASSES * CLASSES * sizeof *from_host.confusion);
    cr_expect_float_eq(from_device.loss, from_host.loss, 1e-5);
    cr_expect_eq(from_device.top_accuracy, from_host.top_accuracy);
    cr_expect_gt(from_device.top_accuracy, from_device.accuracy);
    cr_expect_eq(from_device.calibration_error, from_host.calibration_error);
    cr_expect_eq(from_device.macro.auc, from_host.macro.auc);
    cr_expect_eq(from_device.weighted.recall, from_host.weighted.recall);
    nncl_evaluation_free(&from_device);
    nncl_evaluation_free(&from_host);
    free(p);
    nncl_model_free(&model);
    nncl_dataset_free(&data);
    nncl_device_close(&device);
}
