/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Trying in a child process what may crash or hang in a driver. */
#ifndef NNCL_DEVICE_CHILD_H
#define NNCL_DEVICE_CHILD_H

#include <stdbool.h>
#include <stddef.h>

/* Runs `work` in a child process for at most `seconds`. What it writes to `output` (at most a
 * pipe's 64 KiB) is put into `result`, NUL-terminated and cut to `size`. True if it returned; else
 * `end` is how it ended, such as "crashed (Segmentation fault)". */
bool child_run(void (*work)(void *user, int output), void *user, int seconds, char *result,
    size_t size, char end[80]);

/* How a program ended. */
enum child_end { CHILD_DONE, CHILD_HANG, CHILD_CRASH, CHILD_STOPPED };

/* Runs a program, its arguments ended by NULL, for at most `seconds`; its standard output is put
 * into `result`, NUL-terminated and cut to `size`, its standard input and error lead nowhere.
 * `stop` (may be NULL) is asked ten times a second whether to give up. Unless CHILD_DONE, `words`
 * says how it ended, and it is gone with all processes it has started. */
enum child_end child_execute(const char *const *arguments, double seconds, bool (*stop)(void *user),
    void *user, char *result, size_t size, char words[80]);

#endif
