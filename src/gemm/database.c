/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "gemm/database.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

void tuning_free(struct tuning_database *database)
{
    free(database->records);
    free(database->convolutions);
    *database = (struct tuning_database){0};
}

bool tuning_same_shape(const struct tuning_shape *one, const struct tuning_shape *other)
{
    return one->m == other->m && one->n == other->n && one->k == other->k &&
           one->transpose_a == other->transpose_a && one->transpose_b == other->transpose_b;
}

struct gemm tuning_gemm(const struct tuning_shape *shape)
{
    return gemm_dense(shape->m, shape->n, shape->k, shape->transpose_a, shape->transpose_b);
}

static struct tuning_record *find_measured(const struct tuning_database *database,
    const struct tuning_shape *shape, const struct gemm_provider *provider)
{
    for (size_t i = 0; i < database->count; i++) {
        struct tuning_record *record = &database->records[i];
        if (record->end == TUNING_MEASURED && record->provider == provider &&
            tuning_same_shape(&record->shape, shape))
            return record;
    }
    return NULL;
}

const struct tuning_record *tuning_measured(const struct tuning_database *database,
    const struct tuning_shape *shape, const struct gemm_provider *provider)
{
    return find_measured(database, shape, provider);
}

static enum nncl_status append(struct tuning_database *database, const struct tuning_record *record)
{
    if (database->count == database->capacity) {
        size_t capacity = database->capacity ? 2 * database->capacity : 16;
        struct tuning_record *more = realloc(database->records, capacity * sizeof *more);
        if (!more)
            return nncl_fail_memory("the tuning database", capacity * sizeof *more);
        database->records = more;
        database->capacity = capacity;
    }
    database->records[database->count++] = *record;
    return NNCL_OK;
}

enum nncl_status tuning_add(struct tuning_database *database, const struct tuning_record *record)
{
    if (record->end != TUNING_MEASURED)
        return tuning_failure(database, record->provider, &record->shape, &record->parameters)
                   ? NNCL_OK
                   : append(database, record);
    struct tuning_record *known = find_measured(database, &record->shape, record->provider);
    if (!known)
        return append(database, record);
    int order = strcmp(record->date, known->date);
    if (order > 0 || (order == 0 && record->time.median < known->time.median))
        *known = *record;
    return NNCL_OK;
}

enum nncl_status tuning_put(struct tuning_database *database, const struct tuning_record *record)
{
    struct tuning_record *known = find_measured(database, &record->shape, record->provider);
    if (!known)
        return append(database, record);
    *known = *record;
    return NNCL_OK;
}

const struct tuning_record *tuning_failure(const struct tuning_database *database,
    const struct gemm_provider *provider, const struct tuning_shape *shape,
    const struct gemm_parameters *parameters)
{
    for (size_t i = 0; i < database->count; i++) {
        const struct tuning_record *record = &database->records[i];
        if (record->end != TUNING_MEASURED && record->provider == provider &&
            (provider->one_set || tuning_same_shape(&record->shape, shape)) &&
            memcmp(&record->parameters, parameters, sizeof *parameters) == 0)
            return record;
    }
    return NULL;
}

double tuning_size_distance(size_t one, size_t other)
{
    enum { LARGE = 2048 };
    double a = (double)(one < LARGE ? one : LARGE), b = (double)(other < LARGE ? other : LARGE);
    return fabs(log2(a) - log2(b));
}

static double distance(const struct tuning_shape *shape, const struct gemm *gemm)
{
    if (shape->transpose_a != gemm->transpose_a || shape->transpose_b != gemm->transpose_b)
        return INFINITY;
    double m = tuning_size_distance(shape->m, gemm->m), n = tuning_size_distance(shape->n, gemm->n),
           k = tuning_size_distance(shape->k, gemm->k);
    return fmax(m, fmax(n, k)) <= 1 ? m + n + k : INFINITY;
}

static bool usable(const struct tuning_record *record, const struct nncl_device *device,
    const struct gemm *gemm, const struct gemm_provider *provider)
{
    return record->end == TUNING_MEASURED && (!provider || record->provider == provider) &&
           record->provider->supports(device, gemm) &&
           (!record->provider->valid || record->provider->valid(device, gemm, &record->parameters));
}

const struct tuning_record *tuning_find(const struct tuning_database *database,
    const struct nncl_device *device, const struct gemm *gemm, const struct gemm_provider *provider,
    const struct gemm_provider *needed)
{
    const struct tuning_record *best = NULL;
    double closest = INFINITY;
    for (size_t i = 0; i < database->count; i++) {
        const struct tuning_record *record = &database->records[i];
        double away = distance(&record->shape, gemm);
        bool better =
            away < closest || (best && away <= closest && record->time.median < best->time.median);
        if (!isfinite(away) || !better || !usable(record, device, gemm, provider) ||
            (needed && !find_measured(database, &record->shape, needed)))
            continue;
        best = record;
        closest = away;
    }
    return best;
}

void tuning_describe(const struct gemm_provider *provider, const struct gemm_parameters *parameters,
    char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < gemm_parameter_count(provider) && used < size; i++) {
        int written = snprintf(text + used, size - used, "%s%s=%u", i ? " " : "",
            provider->parameters[i].name, parameters->value[i]);
        used += written > 0 ? (size_t)written : 0;
    }
}
