/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The one generator of random numbers, the same here and in cl/philox.h.cl. */
#ifndef NNCL_BASE_PHILOX_H
#define NNCL_BASE_PHILOX_H

#include <stdbool.h>
#include <stdint.h>

/* Streams keep the uses of one seed apart: the last word of the counter. */
enum nncl_stream {
    NNCL_STREAM_INITIALISE = 1,
    NNCL_STREAM_PERMUTE = 2,
    NNCL_STREAM_DIGITS = 3,
    NNCL_STREAM_TRIAL = 4,
    NNCL_STREAM_BENCH = 5,
    NNCL_STREAM_TUNE = 6,
    NNCL_STREAM_DROPOUT = 7,
    NNCL_STREAM_AUGMENT = 9,
    NNCL_STREAM_MIXUP = 10,
    NNCL_STREAM_ELASTIC = 11
};

/* Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): 128 random
 * bits for a counter and a key. */
void nncl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* A float in [0, 1) from 32 random bits: the upper 24. */
static inline float nncl_uniform(uint32_t bits)
{
    return (float)(bits >> 8) * 0x1p-24f;
}

/* Where `position` of [0, count) goes under the permutation keyed by (seed, epoch); count >= 1. */
uint32_t nncl_permuted(uint64_t seed, uint32_t epoch, uint32_t count, uint32_t position);

#endif
