/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/page.h"

#include <math.h>

#include "mnist-cl/chart.h"
#include "mnist-cl/html.h"

/* ---- The frame ---- */

static const char *const style =
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1b1d20;--faint:#5c6066;--line:#d3d6da;"
    "--train:#1a66ab;--validation:#b8480a;--hit:26 102 171;--miss:196 40 30}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#15171a;--ink:#e7e8ea;--faint:#a3a8ae;"
    "--line:#3b4047;--train:#6db3f0;--validation:#f6a35f;--hit:72 140 214;--miss:230 90 80}}\n"
    "body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;"
    "max-width:70rem;margin:0 auto;padding:1rem}\n"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;border-bottom:1px solid var(--line);margin-top:2rem}\n"
    ".row{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}\n"
    ".tile{margin:0}.tile dt{color:var(--faint)}.tile dd{margin:0;font-size:1.5rem}\n"
    "figure{margin:0}.chart figure{flex:1 1 26rem;max-width:34rem}.chart "
    "svg{width:100%;height:auto}\n"
    "figcaption,caption{color:var(--faint);text-align:left}\n"
    "svg text{fill:var(--ink);font:12px system-ui,sans-serif}.grid{stroke:var(--line)}\n"
    "path.train,path.validation{fill:none;stroke-width:2}.train{stroke:var(--train)}\n"
    ".validation{stroke:var(--validation)}path.validation{stroke-dasharray:6 3}\n"
    "circle.train{fill:var(--train)}circle.validation{fill:var(--validation)}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.15rem .6rem;border-bottom:1px solid var(--line);text-align:left;"
    "font-weight:400}\n"
    ".numbers th,.numbers td{text-align:right}thead th,tbody th{color:var(--faint)}\n"
    ".hit{background:rgb(var(--hit) / calc(var(--share) * .5))}\n"
    ".miss{background:rgb(var(--miss) / min(.6, var(--share) * 4))}.none{color:var(--faint)}\n"
    ".examples img{width:84px;height:84px;object-fit:contain;image-rendering:pixelated;"
    "background:#000}\n";

static void add_head(struct output *output, const char *network)
{
    output_add(output,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Training "
        "of ");
    html_text(output, network);
    output_add(
        output, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n<h1>Training of ", style);
    html_text(output, network);
    output_add(output, "</h1>\n");
}

static void add_tile(struct output *output, const char *name, int digits, double value)
{
    if (isnan(value))
        return;
    output_add(output, "<dl class=\"tile\"><dt>%s</dt><dd>", name);
    html_add_number(output, digits, value);
    output_add(output, "</dd></dl>\n");
}

static double total(const json_t *epochs, const char *key)
{
    double sum = 0;
    for (size_t i = 0; i < json_array_size(epochs); i++)
        sum += html_number(json_array_get(epochs, i), key);
    return sum;
}

static void add_tiles(struct output *output, const json_t *record)
{
    const json_t *epochs = json_object_get(record, "epochs");
    const bool generated =
        json_is_true(json_object_get(json_object_get(record, "data"), "generated"));
    const size_t count = json_array_size(epochs);
    if (!json_is_number(json_object_get(record, "test_accuracy")))
        output_add(output, "<p>This training was not finished: it has no result on the test "
                           "set.</p>\n");
    if (generated)
        output_add(output, "<p><strong>Trained on generated digits, not on MNIST.</strong></p>\n");
    output_add(output, "<div class=\"row\">\n");
    add_tile(output, generated ? "accuracy on generated digits" : "test accuracy", 4,
        html_number(record, "test_accuracy"));
    add_tile(output, "test loss", 4, html_number(record, "test_loss"));
    add_tile(output, "epochs", 0, (double)count);
    if (count > 0) {
        add_tile(output, "seconds an epoch", 2, total(epochs, "seconds") / (double)count);
        add_tile(output, "seconds in all", 1, total(epochs, "seconds"));
    }
    output_add(output, "</div>\n");
}

/* ---- Curves ---- */

static void add_curves(struct output *output, const json_t *epochs)
{
    static const struct chart_series loss[] = {
        {"training", "train", "loss"}, {"validation", "validation", "val_loss"}};
    static const struct chart_series accuracy[] = {
        {"training", "train", "accuracy"}, {"validation", "validation", "val_accuracy"}};
    static const struct chart_series rate[] = {{"learning rate", "train", "learning_rate"}};
    static const struct chart_series seconds[] = {
        {"training", "train", "train_seconds"}, {"with validation", "validation", "seconds"}};
    static const struct chart charts[] = {{"Loss", loss, 2}, {"Accuracy", accuracy, 2},
        {"Learning rate", rate, 1}, {"Seconds an epoch", seconds, 2}};
    if (json_array_size(epochs) == 0)
        return;
    output_add(output, "<h2>Curves</h2>\n<div class=\"row chart\">\n");
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++)
        chart_add(output, &charts[i], epochs);
    output_add(output, "</div>\n");
}

/* ---- Settings ---- */

static void add_shape(struct output *output, const json_t *shape)
{
    for (size_t i = 0; i < json_array_size(shape); i++) {
        output_add(output, i > 0 ? " × " : "");
        html_value(output, json_array_get(shape, i));
    }
}

/* "add first", "relu as first" */
static void add_layer_name(struct output *output, const json_t *layer)
{
    static const struct {
        const char *before, *key;
    } names[] = {{" ", "joined"}, {" as ", "name"}};
    html_value(output, json_object_get(layer, "type"));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *name = json_object_get(layer, names[i].key);
        if (!json_is_string(name))
            continue;
        output_add(output, "%s", names[i].before);
        html_value(output, name);
    }
}

static void add_layers(struct output *output, const json_t *layers)
{
    if (json_array_size(layers) == 0)
        return;
    output_add(output, "<table>\n<caption>Layers</caption>\n<thead><tr><th scope=\"col\">#</th>"
                       "<th scope=\"col\">layer</th><th scope=\"col\">output</th><th "
                       "scope=\"col\">parameters</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < json_array_size(layers); i++) {
        const json_t *layer = json_array_get(layers, i);
        output_add(output, "<tr><th scope=\"row\">%zu</th><td>", i);
        add_layer_name(output, layer);
        output_add(output, "</td><td>");
        add_shape(output, json_object_get(layer, "output"));
        output_add(output, "</td><td>");
        html_value(output, json_object_get(layer, "parameters"));
        output_add(output, "</td></tr>\n");
    }
    output_add(output, "</tbody>\n</table>\n");
}

static void add_settings(struct output *output, const json_t *record)
{
    output_add(output, "<h2>Network, settings and device</h2>\n<div class=\"row\">\n");
    add_layers(output, json_object_get(record, "layers"));
    html_object(output, "Settings", json_object_get(record, "options"));
    html_object(output, "Device", json_object_get(record, "device"));
    html_object(output, "Data", json_object_get(record, "data"));
    html_object(output, "Run", record);
    output_add(output, "</div>\n");
}

void page_add(struct output *output, const json_t *record)
{
    const char *network =
        json_string_value(json_object_get(json_object_get(record, "options"), "network"));
    add_head(output, network ? network : "a network");
    add_tiles(output, record);
    add_curves(output, json_object_get(record, "epochs"));
    page_add_results(output, record);
    add_settings(output, record);
    output_add(output, "</main>\n</body>\n</html>\n");
}
