/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A batch of byte rows as lists: for each of their m columns the rows in which it is not 0, in order, each
 * with the byte scaled; and the rows' labels. (Compressed sparse columns.) A tensor of lists has a place for
 * each of LIST_PLACES steps in a row; words:
 *   starts[m + 1]: where a column's entries begin; labels[BATCH]; entries[BATCH * m][2]: row, bits of the
 *   float. */
#include "advance_state.h.cl"
#include "bytes.h.cl"
#include "rows.h.cl"

#define LIST_PLACES 4 /* a power of two, as steps are counted modulo 2^32 */

#define LIST_LABELS(lists, m) ((lists) + (m) + 1)
#define LIST_ENTRIES(lists, m) (LIST_LABELS(lists, m) + BATCH)

static inline global uint *lists_of_step(global uint *lists, uint step, uint m)
{
    const size_t words = (size_t)m + 1 + BATCH + 2 * BATCH * (size_t)m;
    return lists + step % LIST_PLACES * words;
}

/* Appends the rows of source [.., m] in which `column` is not 0, a bit for each, behind the first n. */
static inline uint list_column(global const uchar *source, const uint *rows, float scale, uint m,
    uint column, const uint *present, global uint *entries, uint n)
{
    for (uint block = 0; block < BLOCKS; block++)
        for (uint bits = present[block * PIXELS]; bits != 0u; bits &= bits - 1u) {
            const uint r = block * 32 + LOWEST_BIT(bits, 32);
            entries[2 * n] = r;
            entries[2 * n + 1] = as_uint((float)source[ROW(r) * m + column] * scale);
            n++;
        }
    return n;
}

/* lists: of the batch that stands at a place of the data source [count, m] and all_labels [count]. */
static inline void list_batch(global const uchar *source, global const uint *all_labels, float scale, uint m,
    uint count, uint2 seed, uint shuffle, struct place at, global uint *lists)
{
    uint rows[BATCH + WIDTH], n = 0;
    rows_of_batch(rows, at.position, at.epoch, seed, count, shuffle);
    if (fetch_rows(source, rows, m))
        return;
    for (uint r = 0; r < BATCH; r++)
        LIST_LABELS(lists, m)[r] = all_labels[rows[r]];
    for (uint own_column = 0; own_column < m; own_column += PIXELS) {
        const uint column = min(own_column, m - PIXELS);
        uint present[BLOCKS * PIXELS];
        note_present(source, rows, m, column, present);
        for (uint p = own_column - column; p < PIXELS; p++) {
            lists[column + p] = n;
            n = list_column(source, rows, scale, m, column + p, present + p, LIST_ENTRIES(lists, m), n);
        }
    }
    lists[m] = n;
}
