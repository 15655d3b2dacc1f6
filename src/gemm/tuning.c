/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "gemm/tuning.h"

#include <inttypes.h>
#include <stdio.h>

#include "gemm/convolutions.h"

size_t gemm_parameter_count(const struct gemm_provider *provider)
{
    size_t count = 0;
    while (provider->parameters && provider->parameters[count].name)
        count++;
    return count;
}

/* What was measured is the plain product of stored operands. A set that serves all products of a
 * device is the same for each. */
static const struct tuning_record *find_tuned(
    const struct nncl_device *device, const struct gemm_provider *provider, const struct gemm *gemm)
{
    const struct tuning_database *database = tuning_of_device(device);
    if (!provider->one_set)
        return gemm->byte_scale != 0 ? NULL : tuning_find(database, device, gemm, provider, NULL);
    for (size_t i = 0; i < database->count; i++)
        if (database->records[i].provider == provider &&
            database->records[i].end == TUNING_MEASURED)
            return &database->records[i];
    return NULL;
}

struct gemm_parameters gemm_parameters(
    const struct nncl_device *device, const struct gemm_provider *provider, const struct gemm *gemm)
{
    if (gemm->parameters)
        return *gemm->parameters;
    const struct tuning_record *tuned = find_tuned(device, provider, gemm);
    return tuned ? tuned->parameters : gemm_defaults(device, provider, gemm);
}

struct gemm_parameters gemm_defaults(
    const struct nncl_device *device, const struct gemm_provider *provider, const struct gemm *gemm)
{
    struct gemm_parameters values = {0};
    const struct gemm_built_in *built_in = gemm_built_in(device, provider);
    if (built_in)
        values = built_in->parameters;
    if (provider->defaults)
        provider->defaults(device, gemm, &values);
    return values;
}

void gemm_describe(const struct nncl_device *device, const struct gemm_provider *provider,
    const struct gemm *gemm, char *text, size_t size)
{
    char values[256];
    text[0] = 0;
    if (gemm_parameter_count(provider) == 0)
        return;
    const struct gemm_parameters parameters = gemm_parameters(device, provider, gemm);
    tuning_describe(provider, &parameters, values, sizeof values);
    snprintf(text, size, " (%s: %s)",
        gemm->parameters                     ? "given"
        : find_tuned(device, provider, gemm) ? "tuned"
                                             : "built in",
        values);
}

/* 64-bit FNV-1a. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (const char *c = text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
    return hash;
}

void gemm_tuning_key(const struct nncl_device *device, char key[GEMM_TUNING_KEY])
{
    const struct tuning_database *database = tuning_of_device(device);
    uint64_t sum = 0; /* of each record's hash: their order does not matter */
    for (size_t i = 0; i < database->count; i++) {
        const struct tuning_record *record = &database->records[i];
        char values[256], text[512];
        if (record->end != TUNING_MEASURED)
            continue;
        tuning_describe(record->provider, &record->parameters, values, sizeof values);
        snprintf(text, sizeof text, "%s %zu %zu %zu %d %d %a %s", record->provider->name,
            record->shape.m, record->shape.n, record->shape.k, record->shape.transpose_a,
            record->shape.transpose_b, record->time.median, values);
        sum += hash_of(text);
    }
    for (size_t i = 0; i < database->convolution_count; i++) {
        char text[512];
        tuning_describe_convolution(&database->convolutions[i], text, sizeof text);
        sum += hash_of(text);
    }
    snprintf(key, GEMM_TUNING_KEY, sum ? "%016" PRIx64 : "built in", sum);
}
