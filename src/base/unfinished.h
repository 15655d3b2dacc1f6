/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files under temporary names, for an end that allows no clean-up. */
#ifndef NNCL_BASE_UNFINISHED_H
#define NNCL_BASE_UNFINISHED_H

/* Keeps the name of a file that is being written. Returns a ticket; -1 if there is no room. */
int unfinished_note(const char *path);

/* The file has been renamed or removed; -1 is fine. */
void unfinished_forget(int ticket);

/* Removes all files noted. May be called from a signal handler. */
void unfinished_remove(void);

#endif
