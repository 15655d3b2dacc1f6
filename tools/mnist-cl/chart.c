/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/chart.h"

#include <math.h>
#include <stdbool.h>

#include "mnist-cl/html.h"

enum {
    WIDTH = 520,
    HEIGHT = 280,
    LEFT = 58,
    RIGHT = 508,
    TOP = 34,
    BOTTOM = 240,
    TICKS = 5,
    MOST_DOTS = 100 /* more points than that get no dots of their own */
};

/* What differs less is drawn as equal; larger numbers are left out. */
#define NEARLY_EQUAL 1e-9
#define SMALLEST 1e-30
#define LARGEST 1e30

/* An axis from `low` to `high`, on which the curve's numbers lie. */
struct axis {
    double low, high, step;
    double from, to; /* in the picture */
};

static double place(const struct axis *axis, double value)
{
    return axis->from + (value - axis->low) / (axis->high - axis->low) * (axis->to - axis->from);
}

/* 1, 2 or 5 times a power of ten, of which about TICKS make up `range`. */
static double round_step(double range)
{
    double power = pow(10, floor(log10(range / TICKS))), rest = range / TICKS / power;
    return power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
}

static struct axis axis_over(double low, double high)
{
    if (!(high - low > NEARLY_EQUAL * fabs(high)) || high - low < SMALLEST) {
        double around = fabs(low) > SMALLEST ? fabs(low) / 2 : 1;
        low -= around;
        high += around;
    }
    struct axis axis = {.step = round_step(high - low), .from = BOTTOM, .to = TOP};
    axis.low = floor(low / axis.step) * axis.step;
    axis.high = ceil(high / axis.step) * axis.step;
    return axis;
}

static struct axis epoch_axis(size_t epochs)
{
    struct axis axis = {.low = 1, .high = (double)epochs, .step = 1, .from = LEFT, .to = RIGHT};
    if (epochs == 1)
        axis = (struct axis){.low = 0, .high = 2, .step = 1, .from = LEFT, .to = RIGHT};
    else if (epochs > 2 * TICKS)
        axis.step = fmax(1, round_step(axis.high));
    return axis;
}

/* ---- Axes ---- */

static void add_vertical(struct output *output, const struct axis *axis)
{
    const int ticks = (int)lround((axis->high - axis->low) / axis->step);
    for (int i = 0; i <= ticks; i++) {
        double value = axis->low + i * axis->step;
        if (fabs(value) < axis->step / 1000)
            value = 0;
        output_add(output,
            "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%d\" "
            "y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
            LEFT, RIGHT, place(axis, value), place(axis, value), LEFT - 8, place(axis, value) + 4,
            value);
    }
}

static void add_epochs(struct output *output, const struct axis *axis, size_t epochs)
{
    for (double epoch = axis->step; epoch <= (double)epochs; epoch += axis->step)
        output_add(output, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
            place(axis, epoch), BOTTOM + 18, epoch);
    output_add(output, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">epoch</text>\n",
        (LEFT + RIGHT) / 2, HEIGHT - 4);
}

static void begin(struct output *output, const char *title, const char *text)
{
    output_add(output,
        "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n<title>%s</title>\n<desc>%s</desc>\n", WIDTH,
        HEIGHT, title, text);
}

/* ---- Curves over the epochs ---- */

/* A number of an epoch; NaN where there is none to draw. */
static double value_of(const json_t *epochs, size_t epoch, const struct chart_series *series)
{
    double value = html_number(json_array_get(epochs, epoch), series->key);
    return fabs(value) < LARGEST ? value : (double)NAN;
}

static bool find_range(const struct chart *chart, const json_t *epochs, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < json_array_size(epochs); i++)
        for (size_t j = 0; j < chart->series_count; j++) {
            double value = value_of(epochs, i, &chart->series[j]);
            *low = value < *low ? value : *low;
            *high = value > *high ? value : *high;
        }
    return *low <= *high;
}

static void add_line(struct output *output, const struct chart_series *series, const json_t *epochs,
    const struct axis *x, const struct axis *y)
{
    bool down = false;
    output_add(output, "<path class=\"%s\" d=\"M", series->style);
    for (size_t i = 0; i < json_array_size(epochs); i++) {
        double value = value_of(epochs, i, series);
        if (!isnan(value))
            output_add(output, "%s%.1f %.1f",
                down    ? "L"
                : i > 0 ? "M"
                        : "",
                place(x, (double)i + 1), place(y, value));
        down = !isnan(value);
    }
    output_add(output, "\"/>\n");
}

static void add_dots(struct output *output, const struct chart_series *series, const json_t *epochs,
    const struct axis *x, const struct axis *y)
{
    for (size_t i = 0; i < json_array_size(epochs); i++) {
        double value = value_of(epochs, i, series);
        if (!isnan(value))
            output_add(output,
                "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s, epoch %zu: "
                "%.6g</title></circle>\n",
                series->style, place(x, (double)i + 1), place(y, value), series->name, i + 1,
                value);
    }
}

static bool has_series(const struct chart_series *series, const json_t *epochs)
{
    for (size_t i = 0; i < json_array_size(epochs); i++)
        if (!isnan(value_of(epochs, i, series)))
            return true;
    return false;
}

static void add_legend(struct output *output, const struct chart_series *series, size_t number)
{
    const size_t x = LEFT + 150 * number;
    output_add(output,
        "<path class=\"%s\" d=\"M%zu 16L%zu 16\"/><text x=\"%zu\" y=\"20\">%s</text>\n",
        series->style, x, x + 28, x + 34, series->name);
}

void chart_add(struct output *output, const struct chart *chart, const json_t *epochs)
{
    const size_t count = json_array_size(epochs);
    double low, high;
    if (!find_range(chart, epochs, &low, &high))
        return;
    const struct axis x = epoch_axis(count), y = axis_over(low, high);
    char text[128];
    snprintf(text, sizeof text, "A curve over %zu epochs, from %.4g at least to %.4g at most.",
        count, low, high);
    output_add(output, "<figure>\n");
    begin(output, chart->title, text);
    add_vertical(output, &y);
    add_epochs(output, &x, count);
    for (size_t i = 0; i < chart->series_count; i++) {
        const struct chart_series *series = &chart->series[i];
        if (!has_series(series, epochs))
            continue;
        add_legend(output, series, i);
        add_line(output, series, epochs, &x, &y);
        if (count <= MOST_DOTS)
            add_dots(output, series, epochs, &x, &y);
    }
    output_add(output, "</svg>\n<figcaption>%s</figcaption>\n</figure>\n", chart->title);
}

/* ---- Calibration ---- */

static void add_bin(
    struct output *output, const json_t *bin, const struct axis *x, const struct axis *y)
{
    double rows = html_number(bin, "rows"), confidence = html_number(bin, "confidence");
    double accuracy = html_number(bin, "accuracy");
    if (!(rows > 0) || isnan(confidence) || isnan(accuracy))
        return;
    output_add(output,
        "<line class=\"validation\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/><circle "
        "class=\"train\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%.0f pictures: confidence %.4f, "
        "accuracy %.4f</title></circle>\n",
        place(x, confidence), place(x, confidence), place(y, confidence), place(y, accuracy),
        place(x, confidence), place(y, accuracy), rows, confidence, accuracy);
}

void chart_add_calibration(struct output *output, const json_t *bins)
{
    const struct axis x = {.low = 0, .high = 1, .step = 0.2, .from = LEFT, .to = RIGHT};
    const struct axis y = {.low = 0, .high = 1, .step = 0.2, .from = BOTTOM, .to = TOP};
    output_add(output, "<figure>\n");
    begin(output, "Accuracy over confidence",
        "A dot for each group of pictures of similar confidence; on the diagonal, the confidence "
        "is right.");
    add_vertical(output, &y);
    for (int i = 0; i <= 5; i++)
        output_add(output, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
            place(&x, i / 5.0), BOTTOM + 18, i / 5.0);
    output_add(output,
        "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\" "
        "text-anchor=\"middle\">confidence</text>\n",
        LEFT, BOTTOM, RIGHT, TOP, (LEFT + RIGHT) / 2, HEIGHT - 4);
    for (size_t i = 0; i < json_array_size(bins); i++)
        add_bin(output, json_array_get(bins, i), &x, &y);
    output_add(output, "</svg>\n<figcaption>Accuracy over confidence</figcaption>\n</figure>\n");
}
