/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <string.h>

#include "common/options.h"

enum { WORD_MOST = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Letters, in either case, to add, drop, change or swap with their neighbour to turn `a` into `b`.
 * Longer words than WORD_MOST are as far apart as can be. */
static size_t distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    if (m > WORD_MOST || n > WORD_MOST)
        return WORD_MOST;
    size_t d[WORD_MOST + 1][WORD_MOST + 1];
    for (size_t i = 0; i <= m; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= n; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= m; i++)
        for (size_t j = 1; j <= n; j++) {
            d[i][j] = least(
                least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[m][n];
}

const char *spelling_suggest(const char *word, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t length = strlen(word);
    size_t nearest = length / 3 + 1; /* farther away it is another word */
    for (size_t i = 0; i < count; i++) {
        size_t far = distance(word, names[i]);
        if (length >= 2 && strncmp(word, names[i], length) == 0)
            far = 1; /* a beginning is as good as one slip */
        if (far < length && (far < nearest || (far == nearest && !best))) {
            best = names[i];
            nearest = far;
        }
    }
    return best;
}
