/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <nncl/state.h>

#include "base/philox.h"
#include "ref/ref.h"

void ref_permute(size_t n, uint64_t seed, uint32_t count, bool shuffle, uint32_t first,
    const uint32_t *state, uint32_t *rows)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t position = state[NNCL_STATE_POSITION] + first + (uint32_t)i;
        rows[i] =
            shuffle ? nncl_permuted(seed, state[NNCL_STATE_EPOCH], count, position) : position;
    }
}
