/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/philox.h"

void nncl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* Bits of each half of a Feistel block that covers [0, count): at least 1. */
static unsigned half_bits(uint32_t count)
{
    unsigned bits = 1;
    while (bits < 16 && (uint64_t)1 << (2 * bits) < count)
        bits++;
    return bits;
}

uint32_t nncl_permuted(uint64_t seed, uint32_t epoch, uint32_t count, uint32_t position)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    const unsigned bits = half_bits(count);
    const uint32_t mask = ((uint32_t)1 << bits) - 1;
    uint32_t x = position;
    do { /* walks the cycle until it is back in [0, count) */
        uint32_t left = x >> bits, right = x & mask;
        for (uint32_t round = 0; round < 4; round++) {
            uint32_t random[4];
            const uint32_t counter[4] = {right, round, epoch, NNCL_STREAM_PERMUTE};
            nncl_philox(counter, key, random);
            uint32_t next = left ^ (random[0] & mask);
            left = right;
            right = next;
        }
        x = left << bits | right;
    } while (x >= count);
    return x;
}
