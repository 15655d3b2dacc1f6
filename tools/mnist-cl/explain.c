/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/explain.h"

#include <stdio.h>

#include "common/output.h"

const char *explain_shape(const struct nncl_shape *shape, char text[EXPLAIN_SHAPE_SIZE])
{
    size_t used = 0;
    text[0] = 0;
    for (unsigned i = 0; i < shape->rank; i++)
        used += (size_t)snprintf(
            text + used, EXPLAIN_SHAPE_SIZE - used, "%s%zu", i ? "x" : "", shape->size[i]);
    return text;
}

static void add_launch(struct table *table, size_t number, const struct nncl_launch *launch)
{
    char shape[EXPLAIN_SHAPE_SIZE];
    table_cell(table, "%zu", number);
    table_cell(table, "%s", launch->kernel);
    table_cell(table, "%s", launch->provider);
    table_cell(table, "%s", explain_shape(&launch->shape, shape));
    table_cell(table, "%.0f", launch->flop);
    table_cell(table, "%.0f", launch->bytes);
    if (launch->way[0])
        table_cell(table, "%s (%s)", launch->op, launch->way);
    else
        table_cell(table, "%s", launch->op);
    table_cell(table, "%s", launch->fused);
}

int explain_print(const struct nncl_plan *plan)
{
    static const char *const heads[] = {
        "#", "kernel", "provider", "shape", "FLOP", "bytes", "op", "fused into it"};
    enum { COLUMNS = sizeof heads / sizeof heads[0], RIGHT = 1 << 0 | 1 << 4 | 1 << 5 };
    struct output output = {0};
    struct table *table = table_create(COLUMNS, RIGHT);
    size_t count = nncl_plan_launch_count(plan);
    for (size_t i = 0; i < COLUMNS; i++)
        table_cell(table, "%s", heads[i]);
    for (size_t i = 0; i < count; i++)
        add_launch(table, i + 1, nncl_plan_launch(plan, i));
    table_finish(&table, &output);
    output_add(&output, "launches per training step: %zu\n\n", count);
    return output_print(&output);
}

static json_t *launch_json(const struct nncl_launch *launch)
{
    json_t *shape = json_array();
    for (unsigned i = 0; i < launch->shape.rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)launch->shape.size[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I}", "kernel", launch->kernel,
        "provider", launch->provider, "op", launch->op, "way", launch->way, "fused", launch->fused,
        "shape", shape, "flop", (json_int_t)launch->flop, "bytes", (json_int_t)launch->bytes);
}

json_t *explain_json(const struct nncl_plan *plan)
{
    json_t *launches = json_array();
    for (size_t i = 0; i < nncl_plan_launch_count(plan); i++)
        if (json_array_append_new(launches, launch_json(nncl_plan_launch(plan, i))) != 0) {
            json_decref(launches);
            return NULL;
        }
    return launches;
}
