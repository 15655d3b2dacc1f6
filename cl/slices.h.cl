/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Slices of a layer, each of which goes to the thread that has it in its caches. A word stands for each:
 * which thread that was, and, in bit 0, whether a work-item of this launch has taken it. Launches use two
 * sets of words in turn, so that each makes ready what the next one finds. */
#define SLICE_TAKEN 1u

/* A slice that no other work-item takes: if there is one, one that this thread did last. Runtimes do not say
 * which thread runs a work-item, but its stack tells; only speed depends on it. Work-items are as many as
 * slices, so that each finds one without waiting. */
static inline uint take_slice(volatile global uint *slices, global uint *next_slices, uint count)
{
    uint here = 0;
    const uint me = (uint)((size_t)&here >> 20) << 1;
    for (uint any = 0; any < 2; any++)
        for (uint s = 0; s < count; s++) {
            const uint old = atomic_or(slices + s, 0u);
            if ((old & SLICE_TAKEN) == 0u && (any != 0u || old == me) &&
                atomic_cmpxchg(slices + s, old, me | SLICE_TAKEN) == old) {
                next_slices[s] = me;
                return s;
            }
        }
    return count; /* not reached */
}

/* Whether a work-item is the first one of its launch to ask; it then does what only one is to do. The word
 * stands behind those of the slices. */
static inline bool take_rest(volatile global uint *word, global uint *next_word)
{
    if (atomic_cmpxchg(word, 0u, SLICE_TAKEN) != 0u)
        return false;
    *next_word = 0u;
    return true;
}
