/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Philox 4x32-10 (Salmon et al. 2011), the same numbers as src/base/philox.c. */

#define STREAM_PERMUTE 2u

static inline uint4 philox(uint4 c, uint2 key)
{
    for (int round = 0; round < 10; round++) {
        const uint4 previous = c;
        c.x = mul_hi(0xCD9E8D57u, previous.z) ^ previous.y ^ key.x;
        c.y = 0xCD9E8D57u * previous.z;
        c.z = mul_hi(0xD2511F53u, previous.x) ^ previous.w ^ key.y;
        c.w = 0xD2511F53u * previous.x;
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}
