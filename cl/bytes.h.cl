/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Sums over rows of bytes, scaled where they are read: x(i, j) = source[i][j] * scale; with ROWS_SPACE,
 * where `rows` stand, source[rows[i]][j] * scale. Pictures are mostly
 * background: products with a byte of 0 are left out, which changes no bit of a finite sum (a weight
 * that is not finite is met later, with a pixel that is not 0). Sums of VECTORS * WIDTH neighbouring
 * columns are made at once, each in the order of its index. */
#include "vector.h.cl"

#ifdef ROWS_SPACE
#define ROWS_PARAMETER ROWS_SPACE const uint *rows,
#define ROW(i) ((size_t)rows[i])
#else
#define ROWS_PARAMETER
#define ROW(i) ((size_t)(i))
#endif

/* sum[VECTORS] += x · row[VECTORS * WIDTH], x being the same in all lanes. */
#define ADD_ROW(sum, x, row)                                                                        \
    UNROLL(VECTORS)                                                                                 \
    for (uint v = 0; v < VECTORS; v++)                                                              \
        sum[v] = fma(x, LOAD_VECTOR((row) + v * WIDTH), sum[v]);

/* The index of the lowest set bit; x is not 0. */
#define LOWEST_BIT(x, BITS) (BITS - 1u - (uint)clz(x & -x))

#ifdef BATCH
/* PIXELS neighbouring columns of source at a time: in which of the BATCH rows each is not 0. */
#define PIXELS 16
#define BLOCKS ((BATCH + 31) / 32)

/* present[BLOCKS * PIXELS]: a bit for each row of the batch. source [.., m]. */
static inline void note_present(
    global const uchar *source, ROWS_PARAMETER uint m, uint pixel, uint *present)
{
    for (uint block = 0; block < BLOCKS; block++) {
        uint16 bits = (uint16)(0u);
        for (uint r = block * 32; r < min(block * 32 + 32, (uint)BATCH); r++) {
            const uchar16 x = vload16(0, source + ROW(r) * m + pixel);
            bits |= select((uint16)(0u), (uint16)(1u << (r & 31u)),
                convert_uint16(x) != (uint16)(0u));
        }
        vstore16(bits, block, present);
    }
}
#endif

/* Eight bytes as one number, the first one lowest on any device. */
static inline ulong load_eight(global const uchar *x)
{
#ifdef __ENDIAN_LITTLE__
    return as_ulong(vload8(0, x));
#else
    return as_ulong(vload8(0, x).s76543210);
#endif
}

/* A bit for each of eight bytes: whether it is not 0. */
static inline ulong nonzero_of_eight(ulong x)
{
    const ulong low = 0x7F7F7F7F7F7F7F7FUL;
    const ulong high_bits = (((x & low) + low) | x) & ~low;
    return (high_bits >> 7) * 0x0102040810204080UL >> 56; /* gathers the eight bits in the top byte */
}

/* A bit for each of up to 64 bytes. */
static inline ulong nonzero_bytes(global const uchar *x, uint count)
{
    ulong bits = 0;
    uint i = 0;
    for (; i + 8 <= count; i += 8)
        bits |= nonzero_of_eight(load_eight(x + i)) << i;
    for (; i < count; i++)
        bits |= (ulong)(x[i] != 0) << i;
    return bits;
}
