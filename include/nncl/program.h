/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What a program around nncl needs from the operating system: interrupts, the terminal, folders and
 * files. The library's other parts neither install signal handlers nor print. */
#ifndef NNCL_PROGRAM_H
#define NNCL_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Catches SIGINT and SIGTERM from now on. The first one is noted for nncl_interrupted; if the
 * program has not called nncl_interrupt_acknowledge within 0.8 s (a driver's compiler cannot be
 * stopped), or at the second one, the process writes `last_words` (static storage, with its
 * newline) to stderr, removes files that are half written, and ends with 130 or 143. Errors:
 * NNCL_FAILED. Thread-safety: call it once, first. */
NNCL_API enum nncl_status nncl_interrupt_catch(const char *last_words);

/* The signal caught, or 0. Thread-safety: safe. */
NNCL_API int nncl_interrupted(void);

/* Says that the program has seen the interrupt and is ending in an orderly way: the 0.8 s no longer
 * run. A second signal still ends the process. Thread-safety: safe. */
NNCL_API void nncl_interrupt_acknowledge(void);

/* Whether a stream is a terminal that can show a live line: it is one, and neither NO_COLOR is set
 * nor TERM is "dumb". Thread-safety: safe. */
NNCL_API bool nncl_terminal_is_live(FILE *stream);

/* Columns of the terminal behind a stream; 80 if unknown. Thread-safety: safe. */
NNCL_API unsigned nncl_terminal_columns(FILE *stream);

/* Seconds on a clock that only runs forward, from an arbitrary start. Thread-safety: safe. */
NNCL_API double nncl_clock(void);

/* The process's environment: "NAME=value" texts up to a NULL, borrowed from the C library.
 * Thread-safety: safe while nobody changes the environment. */
NNCL_API char *const *nncl_environment(void);

/* The path of a file nncl keeps: $XDG_DATA_HOME/nncl/<name>, or ~/.local/share/nncl/<name>; the
 * folder is made (mode 0700) if `make_folder`. Free with nncl_free. Errors: NNCL_FAILED naming the
 * folder, or if neither variable is set. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_data_path(const char *name, bool make_folder, char **path);

/* Makes a folder and those above it that are not there, with mode 0700. Errors: NNCL_FAILED naming
 * the folder, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_folder_make(const char *path);

/* A file that nncl keeps in its cache folder. */
struct nncl_cache_entry {
    char name[256];   /* of the file */
    char device[256]; /* what it is about, or "" */
    uint64_t bytes;
    double age; /* seconds since it was written */
};

/* What stands in the cache folder, $XDG_CACHE_HOME/nncl or ~/.cache/nncl: verdicts on devices and
 * drivers, and compiled programs of drivers that keep none themselves. Free *entries and *folder
 * with nncl_free. Errors: NNCL_FAILED, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_cache_list(
    struct nncl_cache_entry **entries, size_t *count, char **folder);

/* Removes all of that; nncl finds it out anew. Errors: NNCL_FAILED naming a file that cannot be
 * removed. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_cache_clear(void);

/* Whether writing to two paths would end up in one regular file, links followed; devices and pipes
 * take both. Thread-safety: safe. */
NNCL_API bool nncl_file_same(const char *one, const char *other);

/* Writes `size` bytes to `path`: beside it first, flushed, then renamed, where the target is absent
 * or a regular file (symbolic links followed); devices and pipes are written in place. Errors:
 * NNCL_FAILED naming the path and the cause. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_file_write(const char *path, const void *bytes, size_t size);

/* A file being written piece by piece; it takes its place as nncl_file_write says. */
struct nncl_file_writer;

/* Begins a file; ends with nncl_file_writer_commit or nncl_file_writer_abandon. Errors: NNCL_FAILED
 * naming the path and the cause, NNCL_OUT_OF_MEMORY. Thread-safety: one thread a writer. */
NNCL_API enum nncl_status nncl_file_writer_open(const char *path, struct nncl_file_writer **writer);

/* Writes the next bytes. Errors: NNCL_FAILED. Thread-safety: one thread a writer. */
NNCL_API enum nncl_status nncl_file_writer_append(
    struct nncl_file_writer *writer, const void *bytes, size_t size);

/* Flushes, closes and renames; frees the writer either way and clears the pointer.
 * Errors: NNCL_FAILED; what stood in the file's place then is still there. Thread-safety: one
 * thread a writer. */
NNCL_API enum nncl_status nncl_file_writer_commit(struct nncl_file_writer **writer);

/* Closes and removes what was written so far, and clears the pointer; *writer may be NULL.
 * Thread-safety: one thread a writer. */
NNCL_API void nncl_file_writer_abandon(struct nncl_file_writer **writer);

/* Adds a line, `text` and an end, to a file to which other programs may add lines at the same time;
 * it is made if it is not there. The line is on the disk then, whole. One that is left without an
 * end, because its writer was killed, is ended first, so that it harms no other. Errors:
 * NNCL_FAILED naming the path and the cause, a full disk too: then nothing was added;
 * NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_file_append_line(const char *path, const char *text);

/* Whether nncl_file_write to `path` can be expected to work, found out without changing what is
 * there: to be asked before long work whose result goes to the file. Errors: NNCL_FAILED naming the
 * path and the cause. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_file_writable(const char *path);

/* A program that runs beside this one. It ends when this one does. */
struct nncl_child;

/* Starts the program arguments[0], its arguments ended by NULL, in a process group of its own, to
 * which a terminal's Ctrl-C does not go. Its standard input is empty, its output and messages go to
 * the file `output`. A program that cannot be executed ends with 127. Free with nncl_child_free.
 * Errors: NNCL_FAILED, NNCL_OUT_OF_MEMORY. Thread-safety: safe; it must be started from a thread
 * that lasts as long as it shall. */
NNCL_API enum nncl_status nncl_child_start(
    const char *const *arguments, const char *output, struct nncl_child **child);

/* Whether it has ended; then *status is its exit status, or 128 and the signal that ended it. Does
 * not block. Thread-safety: one thread a child. */
NNCL_API bool nncl_child_ended(struct nncl_child *child, int *status);

/* Blocks until one of `count` children (some may be NULL) has ended, an interrupt was caught or the
 * time is over. Thread-safety: one thread a child. */
NNCL_API void nncl_child_wait(struct nncl_child *const *children, size_t count, double seconds);

/* Ends it with all that it has started if it still runs, frees and clears; *child may be NULL.
 * Thread-safety: one thread a child. */
NNCL_API void nncl_child_free(struct nncl_child **child);

#ifdef __cplusplus
}
#endif
#endif
