/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "gemm/convolutions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

const char *tuning_pass_name(enum tuning_pass pass)
{
    static const char *const names[] = {
        [TUNING_FORWARD] = "forward", [TUNING_INPUT] = "input", [TUNING_WEIGHTS] = "weights"};
    return names[pass];
}

const char *tuning_way_name(bool product)
{
    return product ? "product" : "direct";
}

/* All but the sizes, which may be a factor of two apart. */
static bool same_kind(const struct tuning_convolution *one, const struct tuning_convolution *other)
{
    return one->pass == other->pass && one->down == other->down && one->across == other->across &&
           one->stride == other->stride && one->dilation == other->dilation &&
           one->groups == other->groups && one->same == other->same;
}

/* How far the sizes are from each other: steps of a factor of two, summed up. INFINITY: too far. */
static double distance(const struct tuning_convolution *one, const struct tuning_convolution *other)
{
    enum { MANY_PICTURES = 32 };
    const size_t some = one->pictures < MANY_PICTURES ? one->pictures : MANY_PICTURES;
    const size_t others = other->pictures < MANY_PICTURES ? other->pictures : MANY_PICTURES;
    const double steps[] = {tuning_size_distance(some, others),
        tuning_size_distance(one->height, other->height),
        tuning_size_distance(one->width, other->width),
        tuning_size_distance(one->channels, other->channels),
        tuning_size_distance(one->filters, other->filters)};
    double sum = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        sum = steps[i] <= 1 ? sum + steps[i] : INFINITY;
    return same_kind(one, other) ? sum : INFINITY;
}

bool tuning_same_convolution(
    const struct tuning_convolution *one, const struct tuning_convolution *other)
{
    return same_kind(one, other) && one->pictures == other->pictures &&
           one->height == other->height && one->width == other->width &&
           one->channels == other->channels && one->filters == other->filters;
}

static struct tuning_convolution_record *find(const struct tuning_database *database,
    const struct tuning_convolution *convolution, bool product)
{
    for (size_t i = 0; i < database->convolution_count; i++) {
        struct tuning_convolution_record *record = &database->convolutions[i];
        if (record->product == product &&
            tuning_same_convolution(&record->convolution, convolution))
            return record;
    }
    return NULL;
}

const struct tuning_convolution_record *tuning_convolution_find(
    const struct tuning_database *database, const struct tuning_convolution *convolution,
    bool product)
{
    return find(database, convolution, product);
}

enum nncl_status tuning_put_convolution(
    struct tuning_database *database, const struct tuning_convolution_record *record)
{
    struct tuning_convolution_record *known = find(database, &record->convolution, record->product);
    if (known) {
        *known = *record;
        return NNCL_OK;
    }
    const size_t count = database->convolution_count;
    if (count == database->convolution_capacity) {
        size_t capacity = count ? 2 * count : 16;
        struct tuning_convolution_record *more =
            realloc(database->convolutions, capacity * sizeof *more);
        if (!more)
            return nncl_fail_memory("the tuning database", capacity * sizeof *more);
        database->convolutions = more;
        database->convolution_capacity = capacity;
    }
    database->convolutions[database->convolution_count++] = *record;
    return NNCL_OK;
}

static bool faster(
    const struct tuning_convolution_record *one, const struct tuning_convolution_record *other)
{
    return one->end == TUNING_MEASURED &&
           (other->end != TUNING_MEASURED || one->time.median < other->time.median);
}

enum nncl_status tuning_add_convolution(
    struct tuning_database *database, const struct tuning_convolution_record *record)
{
    const struct tuning_convolution_record *known =
        find(database, &record->convolution, record->product);
    const int order = known ? strcmp(record->date, known->date) : 1;
    return order > 0 || (order == 0 && faster(record, known))
               ? tuning_put_convolution(database, record)
               : NNCL_OK;
}

bool tuning_convolution_way(const struct tuning_database *database,
    const struct tuning_convolution *convolution, bool *product)
{
    double closest = INFINITY;
    for (size_t i = 0; i < database->convolution_count; i++) {
        const struct tuning_convolution_record *direct = &database->convolutions[i];
        const double away =
            direct->product ? INFINITY : distance(&direct->convolution, convolution);
        if (away >= closest)
            continue;
        const struct tuning_convolution_record *as_product =
            find(database, &direct->convolution, true);
        if (!as_product || (direct->end != TUNING_MEASURED && as_product->end != TUNING_MEASURED))
            continue;
        closest = away;
        *product = faster(as_product, direct);
    }
    return isfinite(closest);
}

void tuning_describe_convolution(
    const struct tuning_convolution_record *record, char *text, size_t size)
{
    const struct tuning_convolution *c = &record->convolution;
    snprintf(text, size, "%s %s %zu %zux%zux%zu %zu of %zux%zu %zu %zu %zu %d %s %a",
        tuning_pass_name(c->pass), tuning_way_name(record->product), c->pictures, c->height,
        c->width, c->channels, c->filters, c->down, c->across, c->stride, c->dilation, c->groups,
        c->same, tuning_end_name(record->end), record->time.median);
}
