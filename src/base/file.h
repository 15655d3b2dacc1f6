/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files and folders: everything nncl reads or writes goes through here. */
#ifndef NNCL_BASE_FILE_H
#define NNCL_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/program.h>
#include <nncl/status.h>

/* Whether `path` can be opened for reading and is no folder. */
bool file_exists(const char *path);

/* Reads a whole file of at most `limit` bytes. *bytes gets one NUL more than *size says; free it
 * with free(). Errors: NNCL_BAD_DATA naming the path (missing, unreadable, too large),
 * NNCL_OUT_OF_MEMORY. */
enum nncl_status file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size);

/* A file being read from front to back, for contents whose size the front tells. */
struct file_reader;

/* Errors: NNCL_BAD_DATA naming the path, NNCL_OUT_OF_MEMORY. */
enum nncl_status file_reader_open(const char *path, struct file_reader **reader);

/* Reads the next `size` bytes, fewer only where the file ends (*got says how many). Memory grows as
 * bytes arrive, so that a wrong size costs none. *bytes gets one NUL more; free it with free().
 * Errors: NNCL_BAD_DATA without the path, NNCL_OUT_OF_MEMORY. */
enum nncl_status file_reader_take(
    struct file_reader *reader, size_t size, uint8_t **bytes, size_t *got);

/* Closes, frees and clears; *reader may be NULL. */
void file_reader_close(struct file_reader **reader);

/* Makes a folder with all above it, mode 0700. Errors: NNCL_FAILED naming it. */
enum nncl_status folder_make(const char *path);

/* The paths of a folder's entries whose names end with `end`, sorted; none if there is no such
 * folder. Set even on failure: free each with free(), and *paths. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status folder_list(const char *path, const char *end, char ***paths, size_t *count);

/* The path of a file in the cache: $XDG_CACHE_HOME/nncl/<name> or ~/.cache/nncl/<name>, the folder
 * being made. Free with free(). Errors: NNCL_FAILED. */
enum nncl_status cache_path(const char *name, char **path);

/* Removes the oldest files of the cache whose names end with `ending`, until all of them take at
 * most `most` bytes. */
void cache_bound(const char *ending, uint64_t most);

/* As nncl_file_writer_commit, but does not wait for the disk: after a power cut the file may hold
 * anything. For files that are checked when they are read. */
enum nncl_status file_writer_commit_unsynced(struct nncl_file_writer **writer);

/* printf into fresh memory; NULL when there is none. Free with free(). */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
