/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The part of a training's page that tells how good the network is. */
#include "mnist-cl/page.h"

#include <math.h>

#include "mnist-cl/chart.h"
#include "mnist-cl/html.h"

/* Adds a class by its number, with its name in front where it has one. */
static void add_class(struct output *output, const json_t *classes, const json_t *number)
{
    const json_t *class = json_array_get(classes, (size_t)json_integer_value(number));
    const json_t *name = json_is_integer(number) ? json_object_get(class, "label") : NULL;
    html_value(output, name);
    output_add(output, "%s", name ? " " : "");
    html_value(output, number);
}

/* ---- Scores ---- */

static void add_score(
    struct output *output, const json_t *classes, const json_t *score, const char *name)
{
    static const char *const keys[] = {"precision", "recall", "f1", "auc"};
    output_add(output, "<tr><th scope=\"row\">");
    if (name)
        output_add(output, "%s", name);
    else
        add_class(output, classes, json_object_get(score, "class"));
    output_add(output, "</th>");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        output_add(output, "<td>");
        html_add_number(output, 4, html_number(score, keys[i]));
        output_add(output, "</td>");
    }
    output_add(output, "<td>");
    html_value(output, json_object_get(score, "rows"));
    output_add(output, "</td></tr>\n");
}

static void add_scores(struct output *output, const json_t *evaluation)
{
    const json_t *classes = json_object_get(evaluation, "classes");
    output_add(output,
        "<div class=\"wide\">\n<table class=\"numbers\">\n<caption>Scores per "
        "class</caption>\n<thead><tr><th scope=\"col\">class</th><th scope=\"col\">precision</th>"
        "<th scope=\"col\">recall</th><th scope=\"col\">F1</th><th scope=\"col\">AUC</th><th "
        "scope=\"col\">pictures</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < json_array_size(classes); i++)
        add_score(output, classes, json_array_get(classes, i), NULL);
    add_score(output, classes, json_object_get(evaluation, "macro"), "macro");
    add_score(output, classes, json_object_get(evaluation, "weighted"), "weighted");
    output_add(output, "</tbody>\n</table>\n</div>\n");
}

/* ---- Confusion ---- */

static void add_count(struct output *output, double count, double rows, bool hit)
{
    if (!(count > 0))
        output_add(output, "<td class=\"none\">0</td>");
    else
        output_add(output, "<td class=\"%s\" style=\"--share:%.4f\">%.0f</td>",
            hit ? "hit" : "miss", count / rows, count);
}

static void add_confusion_row(struct output *output, const json_t *row, size_t class)
{
    double rows = 0;
    for (size_t other = 0; other < json_array_size(row); other++)
        rows += json_number_value(json_array_get(row, other));
    output_add(output, "<tr><th scope=\"row\">%zu</th>", class);
    for (size_t other = 0; other < json_array_size(row); other++)
        add_count(output, json_number_value(json_array_get(row, other)), rows, other == class);
    output_add(output, "</tr>\n");
}

static void add_confusion(struct output *output, const json_t *confusion)
{
    const size_t classes = json_array_size(confusion);
    output_add(output, "<div class=\"wide\">\n<table class=\"numbers\">\n<caption>Confusion "
                       "matrix: a row per true class, a column per class "
                       "read</caption>\n<thead><tr><td></td>");
    for (size_t class = 0; class < classes; class ++)
        output_add(output, "<th scope=\"col\">%zu</th>", class);
    output_add(output, "</tr></thead>\n<tbody>\n");
    for (size_t class = 0; class < classes; class ++)
        add_confusion_row(output, json_array_get(confusion, class), class);
    output_add(output, "</tbody>\n</table>\n</div>\n");
}

/* ---- Examples ---- */

static void add_example(struct output *output, const json_t *classes, const json_t *example)
{
    const json_t *png = json_object_get(example, "png");
    output_add(output, "<figure><img alt=\"picture ");
    html_value(output, json_object_get(example, "row"));
    output_add(output, " of the test set\" src=\"data:image/png;base64,");
    html_text(output, json_is_string(png) ? json_string_value(png) : "");
    output_add(output, "\"><figcaption>true ");
    add_class(output, classes, json_object_get(example, "label"));
    output_add(output, "<br>read ");
    add_class(output, classes, json_object_get(example, "predicted"));
    output_add(output, "<br>");
    html_add_number(output, 4, html_number(example, "probability"));
    output_add(output, "</figcaption></figure>\n");
}

static void add_examples(
    struct output *output, const char *title, const json_t *classes, const json_t *examples)
{
    if (json_array_size(examples) == 0)
        return;
    output_add(output, "<h3>%s</h3>\n<div class=\"row examples\">\n", title);
    for (size_t i = 0; i < json_array_size(examples); i++)
        add_example(output, classes, json_array_get(examples, i));
    output_add(output, "</div>\n");
}

void page_add_results(struct output *output, const json_t *record)
{
    const json_t *evaluation = json_object_get(record, "evaluation");
    const json_t *examples = json_object_get(record, "examples");
    const json_t *classes = json_object_get(evaluation, "classes");
    const json_t *top = json_object_get(evaluation, "top");
    const json_t *calibration = json_object_get(evaluation, "calibration");
    if (!json_is_object(evaluation))
        return;
    output_add(output, "<h2>Results on the test set</h2>\n<p>Top-");
    html_value(output, json_object_get(top, "k"));
    output_add(output, " accuracy ");
    html_add_number(output, 4, html_number(top, "accuracy"));
    output_add(output, ", expected calibration error ");
    html_add_number(output, 4, html_number(calibration, "expected_error"));
    output_add(output, ".</p>\n<div class=\"row chart\">\n");
    add_confusion(output, json_object_get(evaluation, "confusion"));
    add_scores(output, evaluation);
    chart_add_calibration(output, json_object_get(calibration, "bins"));
    output_add(output, "</div>\n<h2>Examples</h2>\n");
    add_examples(
        output, "Read wrongly, the surest first", classes, json_object_get(examples, "wrong"));
    add_examples(output, "Read rightly", classes, json_object_get(examples, "right"));
}
