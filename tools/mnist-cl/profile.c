/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "mnist-cl/profile.h"

#include <stdlib.h>
#include <string.h>

#include "common/messages.h"
#include "common/output.h"
#include "mnist-cl/explain.h"

enum { NAME_SIZE = 64 };

/* Plans come and go: names are copied. */
struct profile_row {
    enum nncl_phase phase;
    char kernel[NAME_SIZE], provider[NAME_SIZE], shape[EXPLAIN_SHAPE_SIZE];
    struct nncl_shape sizes;
    uint64_t launches;
    double seconds, flop, bytes;
};

const char *profile_phase(enum nncl_phase phase)
{
    return phase == NNCL_PHASE_TRAIN ? "train" : phase == NNCL_PHASE_EVAL ? "eval" : "setup";
}

static bool same_shape(const struct nncl_shape *a, const struct nncl_shape *b)
{
    return a->rank == b->rank && memcmp(a->size, b->size, a->rank * sizeof a->size[0]) == 0;
}

static struct profile_row *find(struct profile *profile, const struct nncl_launch_time *time)
{
    const struct nncl_launch *launch = time->launch;
    for (size_t i = 0; i < profile->count; i++) {
        struct profile_row *row = &profile->rows[i];
        if (row->phase == time->phase && same_shape(&row->sizes, &launch->shape) &&
            strncmp(row->kernel, launch->kernel, NAME_SIZE - 1) == 0 &&
            strncmp(row->provider, launch->provider, NAME_SIZE - 1) == 0)
            return row;
    }
    return NULL;
}

static struct profile_row *append(struct profile *profile, const struct nncl_launch_time *time)
{
    struct profile_row *more = realloc(profile->rows, (profile->count + 1) * sizeof *more);
    if (!more) {
        profile->failed = true;
        return NULL;
    }
    profile->rows = more;
    struct profile_row *row = &more[profile->count++];
    *row = (struct profile_row){.phase = time->phase, .sizes = time->launch->shape};
    strncpy(row->kernel, time->launch->kernel, NAME_SIZE - 1);
    strncpy(row->provider, time->launch->provider, NAME_SIZE - 1);
    explain_shape(&row->sizes, row->shape);
    return row;
}

void profile_add(struct profile *profile, const struct nncl_launch_time *time)
{
    struct profile_row *row = find(profile, time);
    if (!row)
        row = append(profile, time);
    if (!row)
        return;
    row->launches++;
    row->seconds += time->end - time->begin;
    row->flop += time->launch->flop;
    row->bytes += time->launch->bytes;
}

/* Training, evaluation, setup; the longest first within each. */
static int order(const void *one, const void *other)
{
    static const int ranks[] = {
        [NNCL_PHASE_TRAIN] = 0, [NNCL_PHASE_EVAL] = 1, [NNCL_PHASE_SETUP] = 2};
    const struct profile_row *a = one, *b = other;
    if (a->phase != b->phase)
        return ranks[a->phase] - ranks[b->phase];
    return (a->seconds < b->seconds) - (a->seconds > b->seconds);
}

static void sort(struct profile *profile)
{
    if (profile->count > 1)
        qsort(profile->rows, profile->count, sizeof *profile->rows, order);
}

/* All of setup, or all the rest. */
static double sum_seconds(const struct profile *profile, bool setup)
{
    double seconds = 0;
    for (size_t i = 0; i < profile->count; i++)
        if ((profile->rows[i].phase == NNCL_PHASE_SETUP) == setup)
            seconds += profile->rows[i].seconds;
    return seconds;
}

/* A rate or share; 0 where there is nothing to divide by. */
static double ratio(double part, double by)
{
    return by > 0 ? part / by : 0;
}

static void add_row(struct table *table, const struct profile_row *row, double seconds)
{
    table_cell(table, "%s", profile_phase(row->phase));
    table_cell(table, "%s", row->kernel);
    table_cell(table, "%s", row->provider);
    table_cell(table, "%s", row->shape);
    table_cell(table, "%llu", (unsigned long long)row->launches);
    table_cell(table, "%.3f", 1e3 * row->seconds);
    table_cell(table, "%.2f", 1e6 * ratio(row->seconds, (double)row->launches));
    table_cell(table, "%.2f", 1e-9 * ratio(row->flop, row->seconds));
    table_cell(table, "%.2f", 1e-9 * ratio(row->bytes, row->seconds));
    table_cell(table, "%.1f%%", 100 * ratio(row->seconds, seconds));
}

int profile_print(struct profile *profile)
{
    static const char *const heads[] = {"phase", "kernel", "provider", "shape", "launches",
        "total ms", "mean us", "GFLOP/s", "GB/s", "share"};
    enum { COLUMNS = sizeof heads / sizeof heads[0], RIGHT = 0x3f << 4 };
    if (profile->failed)
        return message_fail(NNCL_OUT_OF_MEMORY, "not enough memory for the profile");
    struct output output = {0};
    struct table *table = table_create(COLUMNS, RIGHT);
    double seconds = sum_seconds(profile, false);
    sort(profile);
    for (size_t i = 0; i < COLUMNS; i++)
        table_cell(table, "%s", heads[i]);
    for (size_t i = 0; i < profile->count; i++)
        if (profile->rows[i].phase != NNCL_PHASE_SETUP)
            add_row(table, &profile->rows[i], seconds);
    table_finish(&table, &output);
    output_add(&output, "time in launches: %.3f s, and %.3f s while setting up\n\n", seconds,
        sum_seconds(profile, true));
    return output_print(&output);
}

static json_t *row_json(const struct profile_row *row)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o}", "phase", profile_phase(row->phase),
        "kernel", row->kernel, "provider", row->provider, "shape", row->shape, "launches",
        (json_int_t)row->launches, "seconds", json_number(row->seconds), "flop",
        json_number(row->flop), "bytes", json_number(row->bytes));
}

json_t *profile_json(struct profile *profile)
{
    json_t *rows = profile->failed ? NULL : json_array();
    sort(profile);
    for (size_t i = 0; rows && i < profile->count; i++)
        if (json_array_append_new(rows, row_json(&profile->rows[i])) != 0) {
            json_decref(rows);
            return NULL;
        }
    return rows;
}

void profile_free(struct profile *profile)
{
    free(profile->rows);
    *profile = (struct profile){0};
}
