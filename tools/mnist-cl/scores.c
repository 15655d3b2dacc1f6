/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/scores.h"

#include <math.h>
#include <stdio.h>

/* ---- As text ---- */

static void add_score(struct table *table, const char *name, const struct nncl_class_score *score)
{
    table_cell(table, "%s", name);
    table_cell(table, "%.4f", score->precision);
    table_cell(table, "%.4f", score->recall);
    table_cell(table, "%.4f", score->f1);
    if (isnan(score->auc))
        table_cell(table, "-");
    else
        table_cell(table, "%.4f", score->auc);
    table_cell(table, "%llu", (unsigned long long)score->rows);
}

static void add_scores(
    const struct nncl_evaluation *evaluation, const char *const *names, struct output *output)
{
    static const char *const titles[] = {"class", "precision", "recall", "F1", "AUC", "pictures"};
    struct table *table = table_create(sizeof titles / sizeof *titles, ~0u);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        table_cell(table, "%s", titles[i]);
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        char name[300];
        snprintf(name, sizeof name, "%s%s%u", names ? names[class] : "", names ? " " : "", class);
        add_score(table, name, &evaluation->scores[class]);
    }
    add_score(table, "macro", &evaluation->macro);
    add_score(table, "weighted", &evaluation->weighted);
    table_finish(&table, output);
}

static void add_confusion(const struct nncl_evaluation *evaluation, struct output *output)
{
    const uint32_t classes = evaluation->classes;
    struct table *table = table_create(classes + 1, ~0u);
    table_cell(table, "%s", "");
    for (uint32_t class = 0; class < classes; class ++)
        table_cell(table, "%u", class);
    for (uint32_t class = 0; class < classes; class ++) {
        table_cell(table, "%u", class);
        for (uint32_t other = 0; other < classes; other++)
            table_cell(table, "%u", evaluation->confusion[class * classes + other]);
    }
    table_finish(&table, output);
}

static void add_calibration(const struct nncl_evaluation *evaluation, struct output *output)
{
    struct table *table = table_create(4, ~0u);
    static const char *const titles[] = {"confidence", "mean", "accuracy", "pictures"};
    for (size_t i = 0; i < 4; i++)
        table_cell(table, "%s", titles[i]);
    for (uint32_t i = 0; i < evaluation->bin_count; i++) {
        const struct nncl_calibration_bin *bin = &evaluation->bins[i];
        if (bin->rows == 0)
            continue;
        table_cell(table, "up to %.3f", (i + 1.0) / evaluation->bin_count);
        table_cell(table, "%.4f", bin->confidence);
        table_cell(table, "%.4f", bin->accuracy);
        table_cell(table, "%llu", (unsigned long long)bin->rows);
    }
    table_finish(&table, output);
}

void scores_add(
    const struct nncl_evaluation *evaluation, const char *const *names, struct output *output)
{
    output_add(output, "Loss: %.4f\nAccuracy: %.4f\nTop-%u accuracy: %.4f\n", evaluation->loss,
        evaluation->accuracy, evaluation->top, evaluation->top_accuracy);
    output_add(output, "Expected calibration error: %.4f (%u bins)\n\n",
        evaluation->calibration_error, evaluation->bin_count);
    add_scores(evaluation, names, output);
    output_add(output, "\nConfusion matrix (a row per true class, a column per predicted one):\n");
    add_confusion(evaluation, output);
    output_add(output, "\nCalibration (pictures by the probability of the class predicted):\n");
    add_calibration(evaluation, output);
}

/* ---- As JSON ---- */

static json_t *score_json(const struct nncl_class_score *score)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:I}", "precision", json_number(score->precision),
        "recall", json_number(score->recall), "f1", json_number(score->f1), "auc",
        json_number(score->auc), "rows", (json_int_t)score->rows);
}

static json_t *classes_json(const struct nncl_evaluation *evaluation, const char *const *names)
{
    json_t *classes = json_array();
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        json_t *score = score_json(&evaluation->scores[class]);
        json_object_set_new(score, "class", json_integer(class));
        if (names)
            json_object_set_new(score, "label", json_text(names[class]));
        json_array_append_new(classes, score);
    }
    return classes;
}

static json_t *confusion_json(const struct nncl_evaluation *evaluation)
{
    json_t *rows = json_array();
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        json_t *row = json_array();
        for (uint32_t other = 0; other < evaluation->classes; other++)
            json_array_append_new(
                row, json_integer(evaluation->confusion[class * evaluation->classes + other]));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *calibration_json(const struct nncl_evaluation *evaluation)
{
    json_t *bins = json_array();
    for (uint32_t i = 0; i < evaluation->bin_count; i++) {
        const struct nncl_calibration_bin *bin = &evaluation->bins[i];
        json_array_append_new(
            bins, json_pack("{s:o, s:o, s:I}", "confidence", json_number(bin->confidence),
                      "accuracy", json_number(bin->accuracy), "rows", (json_int_t)bin->rows));
    }
    return bins;
}

json_t *scores_json(const struct nncl_evaluation *evaluation, const char *const *names)
{
    return json_pack("{s:o, s:o, s:I, s:{s:i, s:o}, s:o, s:o, s:o, s:o, s:{s:o, s:o}}", "loss",
        json_number(evaluation->loss), "accuracy", json_number(evaluation->accuracy), "rows",
        (json_int_t)evaluation->rows, "top", "k", (int)evaluation->top, "accuracy",
        json_number(evaluation->top_accuracy), "classes", classes_json(evaluation, names), "macro",
        score_json(&evaluation->macro), "weighted", score_json(&evaluation->weighted), "confusion",
        confusion_json(evaluation), "calibration", "expected_error",
        json_number(evaluation->calibration_error), "bins", calibration_json(evaluation));
}
