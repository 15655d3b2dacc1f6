/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Philox 4x32-10 (Salmon et al. 2011), the same numbers as src/base/philox.c. */

#include "vector.h.cl"

#define STREAM_PERMUTE 2u
#define STREAM_AUGMENT 9u
#define STREAM_MIXUP 10u
#define STREAM_ELASTIC 11u

/* WIDTH blocks at a time, one in each lane. */
struct philox {
    uintn x, y, z, w;
};

static inline struct philox philox(struct philox c, uint2 key)
{
    const uintn first = (uintn)(0xD2511F53u), second = (uintn)(0xCD9E8D57u);
    for (int round = 0; round < 10; round++) {
        const struct philox previous = c;
        c.x = mul_hi(second, previous.z) ^ previous.y ^ key.x;
        c.y = second * previous.z;
        c.z = mul_hi(first, previous.x) ^ previous.w ^ key.y;
        c.w = first * previous.x;
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}
