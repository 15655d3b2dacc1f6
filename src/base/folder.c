/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Folders nncl keeps things in, by the XDG base directory specification. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/status.h"

enum nncl_status folder_make(const char *path)
{
    char *folder = text_format("%s", path);
    if (!folder)
        return nncl_fail_memory("a folder's name", strlen(path));
    enum nncl_status status = NNCL_OK;
    for (char *slash = folder; slash && status == NNCL_OK;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = 0;
        struct stat info;
        if (mkdir(folder, 0700) != 0 && !(stat(folder, &info) == 0 && S_ISDIR(info.st_mode)))
            status =
                nncl_fail(NNCL_FAILED, "cannot make the folder %s: %s", folder, strerror(errno));
        if (slash)
            *slash = '/';
    }
    free(folder);
    return status;
}

enum nncl_status nncl_folder_make(const char *path)
{
    return folder_make(path);
}

static int by_name(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static enum nncl_status add_path(char ***paths, size_t *count, char *path)
{
    char **more = path ? realloc(*paths, (*count + 1) * sizeof *more) : NULL;
    if (!more) {
        free(path);
        return nncl_fail_memory("a folder's list", (*count + 1) * sizeof *more);
    }
    more[(*count)++] = path;
    *paths = more;
    return NNCL_OK;
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

enum nncl_status folder_list(const char *path, const char *end, char ***paths, size_t *count)
{
    enum nncl_status status = NNCL_OK;
    *paths = NULL;
    *count = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return NNCL_OK;
    for (struct dirent *entry; status == NNCL_OK && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && ends_with(entry->d_name, end))
            status = add_path(paths, count, text_format("%s/%s", path, entry->d_name));
    closedir(folder);
    if (*count > 0)
        qsort(*paths, *count, sizeof **paths, by_name);
    return status;
}

/* <$variable or $HOME/fallback>/nncl/<name>. The specification has relative paths ignored. */
static enum nncl_status xdg_path(
    const char *variable, const char *fallback, const char *name, bool make_folder, char **path)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    bool usable = base && base[0] == '/';
    if (!usable && !(home && home[0]))
        return nncl_fail(
            NNCL_FAILED, "no place for %s: neither %s nor HOME is set", name, variable);
    char *made = usable ? text_format("%s/nncl/%s", base, name)
                        : text_format("%s/%s/nncl/%s", home, fallback, name);
    if (!made)
        return nncl_fail_memory("a file name", strlen(name));
    enum nncl_status status = NNCL_OK;
    if (make_folder) {
        char *slash = strrchr(made, '/');
        *slash = 0;
        status = folder_make(made);
        *slash = '/';
    }
    if (status == NNCL_OK)
        *path = made;
    else
        free(made);
    return status;
}

enum nncl_status nncl_data_path(const char *name, bool make_folder, char **path)
{
    return xdg_path("XDG_DATA_HOME", ".local/share", name, make_folder, path);
}

enum nncl_status cache_path(const char *name, char **path)
{
    return xdg_path("XDG_CACHE_HOME", ".cache", name, true, path);
}
