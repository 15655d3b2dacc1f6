/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Slices of a layer, each of which goes to the thread that has it in its caches. A word stands for each:
 * bit 0 is set when a work-item of this launch has taken it, the others tell which thread that was. */
#define SLICE_TAKEN 1u

/* A slice that no other work-item takes: if there is one, one that this thread did last. Runtimes do not say
 * which thread runs a work-item, but its stack tells; only speed depends on it. Work-items are as many as
 * slices, so that each finds one without waiting. Every other step goes through the slices backwards: the
 * last ones of a step are still the nearest. */
static inline uint take_slice(volatile global uint *slices, uint count, bool backwards)
{
    uint here = 0;
    const uint me = (uint)((size_t)&here >> 20) << 1 | SLICE_TAKEN;
    for (uint any = 0; any < 2; any++)
        for (uint i = 0; i < count; i++) {
            const uint s = backwards ? count - 1 - i : i;
            const uint old = atomic_or(slices + s, 0u);
            if ((old & SLICE_TAKEN) == 0u && (any != 0u || (old | SLICE_TAKEN) == me) &&
                atomic_cmpxchg(slices + s, old, me) == old)
                return s;
        }
    return count; /* not reached */
}
