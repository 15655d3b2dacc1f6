/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Folders nncl keeps things in, by the XDG base directory specification. */
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
