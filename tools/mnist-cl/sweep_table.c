/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/sweep_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nncl/nncl.h>

#include "common/messages.h"
#include "mnist-cl/runs_file.h"

void sweep_result_settle(struct sweep_result *result)
{
    result->val_accuracy = run_number(result->record, "val_accuracy");
    result->val_loss = run_number(result->record, "val_loss");
    result->good = result->status == NNCL_OK && isfinite(result->val_accuracy) &&
                   isfinite(result->val_loss) &&
                   strcmp(run_text(result->record, "status"), "done") == 0;
}

int sweep_compare(const struct sweep_result *one, const struct sweep_result *other)
{
    if (one->good != other->good)
        return one->good ? -1 : 1;
    if (one->good && one->val_accuracy != other->val_accuracy)
        return one->val_accuracy > other->val_accuracy ? -1 : 1;
    if (one->good && one->val_loss != other->val_loss)
        return one->val_loss < other->val_loss ? -1 : 1;
    return one->run < other->run ? -1 : one->run > other->run;
}

static int compare(const void *one, const void *other)
{
    return sweep_compare(
        *(const struct sweep_result *const *)one, *(const struct sweep_result *const *)other);
}

/* The trainings that have ended, the best first; NULL without memory. */
static const struct sweep_result **ranked(
    const struct grid *grid, const struct sweep_result *results, size_t *count)
{
    const struct sweep_result **order = calloc(grid->runs + 1, sizeof *order);
    *count = 0;
    for (size_t i = 0; order && i < grid->runs; i++)
        if (results[i].ended)
            order[(*count)++] = &results[i];
    if (order)
        qsort(order, *count, sizeof *order, compare);
    return order;
}

void sweep_say(const struct grid *grid, const struct sweep_result *result, size_t ended)
{
    struct output line = {0};
    for (size_t i = 0; i < grid->count; i++)
        output_add(&line, " %s=%s", grid->axes[i].option->name, grid_value(grid, result->run, i));
    if (line.failed)
        return;
    if (result->good)
        message("%zu/%zu: training %zu:%s - val_accuracy: %.4f - val_loss: %.4f - %.1f s", ended,
            grid->runs, result->run + 1, line.bytes, result->val_accuracy, result->val_loss,
            result->seconds);
    else
        message("%zu/%zu: training %zu:%s - failed: %s", ended, grid->runs, result->run + 1,
            line.bytes, result->words);
    free(line.bytes);
}

/* ---- The table ---- */

static void add_heads(struct table *table, const struct grid *grid)
{
    table_cell(table, "rank");
    table_cell(table, "training");
    for (size_t i = 0; i < grid->count; i++)
        table_cell(table, "%s", grid->axes[i].option->name);
    table_cell(table, "val_accuracy");
    table_cell(table, "val_loss");
    table_cell(table, "epochs");
    table_cell(table, "seconds");
    table_cell(table, "run");
}

static void add_row(
    struct table *table, const struct grid *grid, size_t rank, const struct sweep_result *result)
{
    if (result->good)
        table_cell(table, "%zu", rank);
    else
        table_cell(table, "failed");
    table_cell(table, "%zu", result->run + 1);
    for (size_t i = 0; i < grid->count; i++)
        table_cell(table, "%s", grid_value(grid, result->run, i));
    if (result->good) {
        table_cell(table, "%.4f", result->val_accuracy);
        table_cell(table, "%.4f", result->val_loss);
        table_cell(table, "%zu", json_array_size(json_object_get(result->record, "epochs")));
    } else {
        for (unsigned i = 0; i < 3; i++)
            table_cell(table, "-");
    }
    table_cell(table, "%.1f", result->seconds);
    table_cell(table, "%s", result->record ? run_text(result->record, "id") : "");
}

static void add_end(struct output *output, const struct sweep_result *const *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!order[i]->good)
            output_add(output, "training %zu failed: %s\n", order[i]->run + 1, order[i]->words);
    if (count == 0 || !order[0]->good)
        return;
    const bool generated =
        json_is_true(json_object_get(json_object_get(order[0]->record, "data"), "generated"));
    output_add(output, "%s: %.4f\n",
        generated ? "Accuracy on generated digits (not MNIST)" : "Test accuracy",
        run_number(order[0]->record, "test_accuracy"));
}

int sweep_print(const struct grid *grid, const struct sweep_result *results)
{
    size_t count;
    const struct sweep_result **order = ranked(grid, results, &count);
    struct output output = {0};
    struct table *table = table_create((unsigned)grid->count + 7, 0);
    if (count > 0) {
        add_heads(table, grid);
        for (size_t i = 0; i < count; i++)
            add_row(table, grid, i + 1, order[i]);
    }
    table_finish(&table, &output);
    if (order)
        add_end(&output, order, count);
    output.failed = output.failed || !order;
    free(order);
    return count > 0 || output.failed ? output_print(&output) : NNCL_OK;
}

static json_t *result_json(const struct grid *grid, size_t rank, const struct sweep_result *result)
{
    json_t *settings = json_object();
    for (size_t i = 0; i < grid->count; i++)
        json_object_set_new(
            settings, grid->axes[i].option->name, json_text(grid_value(grid, result->run, i)));
    return json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rank",
        result->good ? json_integer((json_int_t)rank) : json_null(), "training",
        (json_int_t)result->run + 1, "settings", settings, "error",
        result->good ? json_null() : json_text(result->words), "val_accuracy",
        json_number(result->val_accuracy), "val_loss", json_number(result->val_loss),
        "test_accuracy", json_number(run_number(result->record, "test_accuracy")), "seconds",
        json_number(result->seconds), "id",
        result->record ? json_text(run_text(result->record, "id")) : json_null());
}

int sweep_write_json(
    const struct grid *grid, const struct sweep_result *results, const char *name, const char *path)
{
    size_t count;
    const struct sweep_result **order = ranked(grid, results, &count);
    json_t *rows = json_array();
    for (size_t i = 0; order && i < count; i++)
        json_array_append_new(rows, result_json(grid, i + 1, order[i]));
    char *text = json_format(json_pack("{s:s, s:s, s:I, s:o}", "nncl", nncl_version(), "sweep",
        name, "trainings", (json_int_t)grid->runs, "ranked", rows));
    free(order);
    if (!text)
        return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the JSON document");
    int status = message_status(nncl_file_write(path, text, strlen(text)));
    free(text);
    return status;
}
