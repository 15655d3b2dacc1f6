/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/philox.h"

/* The known-answer vectors that come with Random123 (Salmon et al. 2011), philox4x32 10 rounds. */
Test(philox, published_vectors)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff},
            {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
            {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint32_t out[4];
        nncl_philox(vectors[i].counter, vectors[i].key, out);
        for (int j = 0; j < 4; j++)
            cr_expect_eq(out[j], vectors[i].out[j], "vector %zu word %d: %08x", i, j, out[j]);
    }
}

/* Every position of [0, count) is hit exactly once. */
Test(philox, permutation_is_one)
{
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 7, 64, 65, 1000, 1023, 1024, 1025, 60000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char *seen = calloc(counts[i], 1);
        for (uint32_t position = 0; position < counts[i]; position++) {
            uint32_t row = nncl_permuted(7, 3, counts[i], position);
            cr_assert_lt(row, counts[i]);
            cr_assert_not(seen[row], "%u comes twice of %u", row, counts[i]);
            seen[row] = 1;
        }
        free(seen);
    }
}

Test(philox, permutation_depends_on_seed_and_epoch)
{
    int equal_epoch = 0, equal_seed = 0;
    for (uint32_t position = 0; position < 1000; position++) {
        uint32_t row = nncl_permuted(1, 0, 1000, position);
        equal_epoch += row == nncl_permuted(1, 1, 1000, position);
        equal_seed += row == nncl_permuted(2, 0, 1000, position);
    }
    cr_expect_lt(equal_epoch, 20); /* one expected by chance */
    cr_expect_lt(equal_seed, 20);
}

/* The order of an epoch shows no drift: the mean displacement of a random permutation of n is n/3.
 */
Test(philox, permutation_mixes)
{
    const uint32_t count = 60000;
    double sum = 0;
    for (uint32_t position = 0; position < count; position++)
        sum += abs((int)nncl_permuted(1, 0, count, position) - (int)position);
    cr_expect_float_eq(sum / count, count / 3.0, 0.02 * count);
}
