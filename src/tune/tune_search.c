/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The order in which sets of parameters are tried: the neighbours of the best one, which differ in
 * one value, in a random order; then sets that differ from it in a few. */
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "tune/tune.h"

/* A random number below `count`. */
static uint32_t draw(struct tune_search *search, uint32_t count)
{
    const uint32_t key[2] = {(uint32_t)search->seed, (uint32_t)(search->seed >> 32)};
    uint32_t bits[4];
    nncl_philox((const uint32_t[4]){search->drawn++, 0, 0, NNCL_STREAM_TUNE}, key, bits);
    return (uint32_t)((uint64_t)bits[0] * count >> 32);
}

static bool valid(const struct tune_search *search, const struct gemm_parameters *parameters)
{
    for (size_t i = 0; i < search->shape_count; i++) {
        const struct gemm gemm = tuning_gemm(&search->shapes[i]);
        if (search->provider->valid && !search->provider->valid(search->device, &gemm, parameters))
            return false;
    }
    return true;
}

bool tune_note(struct tune_search *search, const struct gemm_parameters *parameters)
{
    for (size_t i = 0; i < search->seen_count; i++)
        if (memcmp(&search->seen[i], parameters, sizeof *parameters) == 0)
            return false;
    if (!valid(search, parameters))
        return false;
    struct gemm_parameters *more = realloc(search->seen, (search->seen_count + 1) * sizeof *more);
    if (!more)
        return false;
    search->seen = more;
    more[search->seen_count++] = *parameters;
    return true;
}

void tune_search_improved(struct tune_search *search)
{
    search->neighbour = 0;
}

void tune_search_clear(struct tune_search *search)
{
    free(search->seen);
    search->seen = NULL;
    search->seen_count = 0;
}

static size_t neighbour_count(const struct gemm_provider *provider)
{
    size_t count = 0;
    for (size_t i = 0; i < gemm_parameter_count(provider); i++)
        count += provider->parameters[i].count;
    return count;
}

/* Changes the value that neighbour `index` stands for. */
static void step_aside(
    const struct gemm_provider *provider, size_t index, struct gemm_parameters *parameters)
{
    size_t i = 0;
    while (index >= provider->parameters[i].count)
        index -= provider->parameters[i++].count;
    parameters->value[i] = provider->parameters[i].candidates[index];
}

/* Neighbours in an order of the seed's: a permutation of all of them. */
static bool propose_neighbour(
    struct tune_search *search, const struct gemm_parameters *best, struct gemm_parameters *next)
{
    size_t count = neighbour_count(search->provider);
    while (search->neighbour < count) {
        uint32_t index =
            nncl_permuted(search->seed, 0, (uint32_t)count, (uint32_t)search->neighbour++);
        *next = *best;
        step_aside(search->provider, index, next);
        if (tune_note(search, next))
            return true;
    }
    return false;
}

bool tune_propose(
    struct tune_search *search, const struct gemm_parameters *best, struct gemm_parameters *next)
{
    enum { MOST_DRAWS = 20000, MOST_CHANGES = 5 };
    size_t count = neighbour_count(search->provider);
    if (count == 0)
        return false;
    if (propose_neighbour(search, best, next))
        return true;
    for (unsigned i = 0; i < MOST_DRAWS; i++) {
        uint32_t changes = 2 + draw(search, MOST_CHANGES - 1);
        *next = *best;
        for (uint32_t c = 0; c < changes; c++)
            step_aside(search->provider, draw(search, (uint32_t)count), next);
        if (tune_note(search, next))
            return true;
    }
    return false;
}
