/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What stands in the cache folder. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/status.h"

enum { MOST_READ = 16 << 20 };

/* A verdict tells its device in a line of its own. */
static void find_device(const char *path, struct nncl_cache_entry *entry)
{
    static const char mark[] = "\ndevice: ";
    uint8_t *bytes = NULL;
    size_t size;
    if (file_read(path, MOST_READ, &bytes, &size) != NNCL_OK)
        return;
    const char *line = strstr((const char *)bytes, mark);
    if (line) {
        line += strlen(mark);
        snprintf(entry->device, sizeof entry->device, "%.*s", (int)strcspn(line, "\n"), line);
    }
    free(bytes);
}

/* False for what is no file of nncl's. */
static bool describe(const char *path, struct nncl_cache_entry *entry)
{
    struct stat info;
    struct timespec now;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    clock_gettime(CLOCK_REALTIME, &now);
    *entry = (struct nncl_cache_entry){.bytes = (uint64_t)info.st_size,
        .age = now.tv_sec > info.st_mtime ? (double)(now.tv_sec - info.st_mtime) : 0};
    snprintf(entry->name, sizeof entry->name, "%s", strrchr(path, '/') + 1);
    find_device(path, entry);
    return true;
}

static void free_paths(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

enum nncl_status nncl_cache_list(struct nncl_cache_entry **entries, size_t *count, char **folder)
{
    enum nncl_status status = NNCL_OK;
    char *path = NULL, **files = NULL;
    size_t found = 0, kept = 0;
    struct nncl_cache_entry *list = NULL;
    TRY(cache_path("", &path));
    path[strlen(path) - 1] = 0; /* the slash */
    TRY(folder_list(path, "", &files, &found));
    list = calloc(found + 1, sizeof *list);
    if (!list)
        TRY(nncl_fail_memory("a list of files", found * sizeof *list));
    for (size_t i = 0; i < found; i++)
        kept += describe(files[i], &list[kept]);
    *entries = list;
    *count = kept;
    *folder = path;
    path = NULL;
out:
    free(path);
    free_paths(files, found);
    return status;
}

enum nncl_status nncl_cache_clear(void)
{
    struct nncl_cache_entry *entries = NULL;
    char *folder = NULL;
    size_t count = 0;
    enum nncl_status status = nncl_cache_list(&entries, &count, &folder);
    for (size_t i = 0; i < count && status == NNCL_OK; i++) {
        char *path = text_format("%s/%s", folder, entries[i].name);
        if (!path)
            status = nncl_fail_memory("a file name", strlen(folder));
        else if (unlink(path) != 0 && errno != ENOENT)
            status = nncl_fail(NNCL_FAILED, "cannot remove %s: %s", path, strerror(errno));
        free(path);
    }
    free(entries);
    free(folder);
    return status;
}

/* Removes the oldest of some files while all together are too large. True if one was removed. */
static bool remove_oldest(char **paths, size_t count, uint64_t most)
{
    uint64_t total = 0;
    const char *oldest = NULL;
    struct stat info, first = {0};
    for (size_t i = 0; i < count; i++) {
        if (stat(paths[i], &info) != 0)
            continue;
        total += (uint64_t)info.st_size;
        if (!oldest || info.st_mtime < first.st_mtime) {
            oldest = paths[i];
            first = info;
        }
    }
    return total > most && oldest && unlink(oldest) == 0;
}

void cache_bound(const char *ending, uint64_t most)
{
    char *folder = NULL, **paths = NULL;
    size_t count = 0;
    if (cache_path("", &folder) != NNCL_OK)
        return;
    folder[strlen(folder) - 1] = 0; /* the slash */
    if (folder_list(folder, ending, &paths, &count) == NNCL_OK)
        while (remove_oldest(paths, count, most)) {
        }
    free_paths(paths, count);
    free(folder);
}
