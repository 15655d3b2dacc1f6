/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/unfinished.h"

#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* Rarely two at a time; those beyond are left behind. Names stay in place when forgotten: a signal
 * between any two steps finds one that is there, or was. */
enum { MOST = 4, FREE = 0, TAKEN, NOTED };

static struct {
    atomic_int state;
    char path[PATH_MAX];
} slots[MOST];

int unfinished_note(const char *path)
{
    size_t length = strlen(path);
    for (int i = 0; i < MOST && length < PATH_MAX; i++) {
        int expected = FREE;
        if (!atomic_compare_exchange_strong(&slots[i].state, &expected, TAKEN))
            continue;
        memcpy(slots[i].path, path, length + 1);
        atomic_store(&slots[i].state, NOTED);
        return i;
    }
    return -1;
}

void unfinished_forget(int ticket)
{
    if (ticket >= 0)
        atomic_store(&slots[ticket].state, FREE);
}

void unfinished_remove(void)
{
    for (int i = 0; i < MOST; i++)
        if (atomic_load(&slots[i].state) == NOTED)
            unlink(slots[i].path);
}
