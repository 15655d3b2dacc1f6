/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Where a position of [0, count) goes: a bijection of [0, count) keyed by (seed, epoch), the same
 * function as nncl_permuted in src/base/philox.c. A Feistel network of four rounds on two halves of
 * equal width, with Philox as its round function (Luby and Rackoff 1988), permutes the smallest such
 * block that covers [0, count); a value outside is sent round again until it falls inside
 * (cycle-walking: Black and Rogaway 2002, "Ciphers with arbitrary finite domains", method 3). */
#include "philox.h.cl"

/* Bits of each half: the least, from 1 on, with 2^(2·bits) >= count. */
static inline uint permute_half_bits(uint count)
{
    uint bits = 1;
    while (bits < 16 && (count - 1u) >> (2u * bits) != 0u)
        bits++;
    return bits;
}

/* Each lane walks its own cycle until it falls inside. */
static inline uintn permuted(uint2 seed, uint epoch, uint count, uintn position)
{
    const uint bits = permute_half_bits(count);
    const uint mask = (1u << bits) - 1u;
    uintn x = position;
    intn outside = (intn)(-1);
    do {
        uintn left = x >> bits, right = x & mask;
        for (uint round = 0; round < 4; round++) {
            const struct philox counter = {
                right, (uintn)(round), (uintn)(epoch), (uintn)(STREAM_PERMUTE)};
            const uintn next = left ^ (philox(counter, seed).x & mask);
            left = right;
            right = next;
        }
        x = select(x, left << bits | right, outside);
        outside = x >= count;
    } while (any(outside));
    return x;
}

/* The data's rows at `position` … of an epoch, into rows[WIDTH]; past the last, the last.
 * Without `shuffle`, the positions themselves. */
static inline void rows_at(uint *rows, uint position, uint2 seed, uint epoch, uint count, uint shuffle)
{
    for (uint j = 0; j < WIDTH; j++)
        rows[j] = min(position + j, count - 1u);
    if (shuffle != 0u)
        store_vector(permuted(seed, epoch, count, load_vector(0, rows)), 0, rows);
}
