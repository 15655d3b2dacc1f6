/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/score.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/status.h"

enum { USUAL_TOP = 3, USUAL_BINS = 15, MOST_BINS = 10000 };

/* ---- Room ---- */

enum nncl_status score_create(uint32_t classes, const struct nncl_evaluation_options *options,
    struct nncl_evaluation *evaluation)
{
    const uint32_t usual = classes < USUAL_TOP ? classes : USUAL_TOP;
    *evaluation = (struct nncl_evaluation){.classes = classes,
        .top = options && options->top ? options->top : usual,
        .bin_count = options && options->bins ? options->bins : USUAL_BINS};
    if (evaluation->top > classes)
        return nncl_fail(NNCL_USAGE,
            "a top-%u accuracy of %u classes makes no sense; k is at most the number of classes",
            evaluation->top, classes);
    if (evaluation->bin_count > MOST_BINS)
        return nncl_fail(NNCL_USAGE, "a calibration takes at most %d bins, not %u", MOST_BINS,
            evaluation->bin_count);
    evaluation->confusion = calloc((size_t)classes * classes, sizeof *evaluation->confusion);
    evaluation->scores = calloc(classes, sizeof *evaluation->scores);
    evaluation->bins = calloc(evaluation->bin_count, sizeof *evaluation->bins);
    if (!evaluation->confusion || !evaluation->scores || !evaluation->bins)
        return nncl_fail_memory(
            "an evaluation", (size_t)classes * classes * sizeof *evaluation->confusion);
    return NNCL_OK;
}

void nncl_evaluation_free(struct nncl_evaluation *evaluation)
{
    free(evaluation->confusion);
    free(evaluation->scores);
    free(evaluation->bins);
    *evaluation = (struct nncl_evaluation){0};
}

/* ---- From the confusion matrix ---- */

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
        .auc = NAN,
        .rows = (uint64_t)rows};
}

static void add_share(struct nncl_class_score *mean, const struct nncl_class_score *score, double w)
{
    mean->precision += w * score->precision;
    mean->recall += w * score->recall;
    mean->f1 += w * score->f1;
}

void score_counts(struct nncl_evaluation *evaluation)
{
    evaluation->macro = (struct nncl_class_score){.auc = NAN, .rows = evaluation->rows};
    evaluation->weighted = evaluation->macro;
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        score_class(evaluation, class);
        const struct nncl_class_score *score = &evaluation->scores[class];
        add_share(&evaluation->macro, score, 1.0 / evaluation->classes);
        add_share(&evaluation->weighted, score, (double)score->rows / (double)evaluation->rows);
    }
}

/* ---- From the probabilities ---- */

/* How many classes are more probable than the true one; of equal ones the first is. */
static uint32_t place_of(const float *probabilities, uint32_t classes, uint32_t label)
{
    uint32_t place = 0;
    for (uint32_t class = 0; class < classes; class ++)
        place += probabilities[class] > probabilities[label] ||
                 (class < label && probabilities[class] == probabilities[label]);
    return place;
}

static uint32_t most_probable(const float *probabilities, uint32_t classes)
{
    uint32_t best = 0;
    for (uint32_t class = 1; class < classes; class ++)
        best = probabilities[class] > probabilities[best] ? class : best;
    return best;
}

/* Number m with confidence in (m/M, (m+1)/M]; a float times a whole number is exact in double. */
static uint32_t bin_of(double confidence, uint32_t bins)
{
    double bin = ceil(confidence * bins) - 1;
    return bin < 0 ? 0 : bin >= bins ? bins - 1 : (uint32_t)bin;
}

static void rank_and_calibrate(const struct score_rows *rows, struct nncl_evaluation *evaluation)
{
    const uint32_t classes = evaluation->classes;
    size_t among = 0;
    for (size_t row = 0; row < rows->rows; row++) {
        const float *p = rows->probabilities + row * classes;
        uint32_t predicted = most_probable(p, classes);
        among += place_of(p, classes, rows->labels[row]) < evaluation->top;
        struct nncl_calibration_bin *bin =
            &evaluation->bins[bin_of((double)p[predicted], evaluation->bin_count)];
        bin->confidence += (double)p[predicted];
        bin->accuracy += predicted == rows->labels[row];
        bin->rows++;
    }
    evaluation->top_accuracy = ratio((double)among, (double)rows->rows);
}

static void finish_calibration(struct nncl_evaluation *evaluation)
{
    for (uint32_t i = 0; i < evaluation->bin_count; i++) {
        struct nncl_calibration_bin *bin = &evaluation->bins[i];
        double apart = fabs(bin->accuracy - bin->confidence); /* the sums: weighted by the rows */
        evaluation->calibration_error += ratio(apart, (double)evaluation->rows);
        bin->confidence = ratio(bin->confidence, (double)bin->rows);
        bin->accuracy = ratio(bin->accuracy, (double)bin->rows);
    }
}

struct ranked {
    float probability;
    bool of_class;
};

static int compare_ranked(const void *one, const void *other)
{
    float a = ((const struct ranked *)one)->probability;
    float b = ((const struct ranked *)other)->probability;
    return (a > b) - (a < b);
}

/* The Mann-Whitney statistic: the ranks of the class's rows, those of equal probabilities being
 * their mean, tell how many pairs are in order (Hanley and McNeil 1982). */
static double area(const struct ranked *ranked, size_t rows, double of_class)
{
    double others = (double)rows - of_class, pairs = 0, below = 0;
    for (size_t i = 0; i < rows;) {
        double equal = 0, equal_others = 0;
        for (float p = ranked[i].probability; i < rows && ranked[i].probability == p; i++) {
            equal += ranked[i].of_class;
            equal_others += !ranked[i].of_class;
        }
        pairs += equal * (below + equal_others / 2);
        below += equal_others;
    }
    return of_class > 0 && others > 0 ? pairs / (of_class * others) : NAN;
}

static void average_areas(struct nncl_evaluation *evaluation)
{
    double sum = 0, count = 0, weighted = 0, weight = 0;
    for (uint32_t class = 0; class < evaluation->classes; class ++) {
        const struct nncl_class_score *score = &evaluation->scores[class];
        if (isnan(score->auc))
            continue;
        sum += score->auc;
        count++;
        weighted += score->auc * (double)score->rows;
        weight += (double)score->rows;
    }
    evaluation->macro.auc = count > 0 ? sum / count : NAN;
    evaluation->weighted.auc = weight > 0 ? weighted / weight : NAN;
}

enum nncl_status score_probabilities(
    const struct score_rows *rows, struct nncl_evaluation *evaluation)
{
    const uint32_t classes = evaluation->classes;
    struct ranked *ranked = malloc(rows->rows * sizeof *ranked);
    if (!ranked)
        return nncl_fail_memory("the order of predictions", rows->rows * sizeof *ranked);
    rank_and_calibrate(rows, evaluation);
    finish_calibration(evaluation);
    for (uint32_t class = 0; class < classes; class ++) {
        for (size_t row = 0; row < rows->rows; row++)
            ranked[row] = (struct ranked){
                rows->probabilities[row * classes + class], rows->labels[row] == class};
        qsort(ranked, rows->rows, sizeof *ranked, compare_ranked);
        struct nncl_class_score *score = &evaluation->scores[class];
        score->auc = area(ranked, rows->rows, (double)score->rows);
    }
    average_areas(evaluation);
    free(ranked);
    return NNCL_OK;
}

/* ---- Predictions that are there already ---- */

static enum nncl_status check_rows(const struct score_rows *rows, uint32_t classes)
{
    if (rows->rows == 0 || classes == 0)
        return nncl_fail(
            NNCL_USAGE, "there is nothing to score: %zu rows of %u classes", rows->rows, classes);
    for (size_t row = 0; row < rows->rows; row++) {
        if (rows->labels[row] >= classes)
            return nncl_fail(NNCL_USAGE, "row %zu has the label %u, but there are %u classes", row,
                rows->labels[row], classes);
        for (size_t class = 0; class < classes; class ++) {
            float p = rows->probabilities[row * classes + class];
            if (!(p >= 0 && p <= 1))
                return nncl_fail(NNCL_USAGE,
                    "row %zu has the probability %g, which is not from 0 "
                    "to 1",
                    row, (double)p);
        }
    }
    return NNCL_OK;
}

static void count(const struct score_rows *rows, struct nncl_evaluation *evaluation)
{
    const uint32_t classes = evaluation->classes;
    size_t hits = 0;
    double loss = 0;
    for (size_t row = 0; row < rows->rows; row++) {
        const float *p = rows->probabilities + row * classes;
        const uint32_t label = rows->labels[row], predicted = most_probable(p, classes);
        evaluation->confusion[(size_t)label * classes + predicted]++;
        hits += predicted == label;
        loss -= log(fmax((double)p[label], (double)FLT_MIN));
    }
    evaluation->rows = rows->rows;
    evaluation->loss = loss / (double)rows->rows;
    evaluation->accuracy = (double)hits / (double)rows->rows;
}

enum nncl_status nncl_score(const float *probabilities, const uint32_t *labels, size_t rows,
    uint32_t classes, const struct nncl_evaluation_options *options,
    struct nncl_evaluation *evaluation)
{
    enum nncl_status status;
    const struct score_rows scored = {probabilities, labels, rows};
    struct nncl_evaluation new = {0};
    TRY(check_rows(&scored, classes));
    TRY(score_create(classes, options, &new));
    count(&scored, &new);
    score_counts(&new);
    TRY(score_probabilities(&scored, &new));
    *evaluation = new;
    new = (struct nncl_evaluation){0};
out:
    nncl_evaluation_free(&new);
    return status;
}
