/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "base/unfinished.h"

char *text_format(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

bool file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode) && access(path, R_OK) == 0;
}

struct nncl_file_writer {
    char *target;    /* the path with symbolic links followed */
    char *temporary; /* NULL: written in place */
    int ticket;      /* of the temporary file */
    int descriptor;
};

static void writer_free(struct nncl_file_writer **writer)
{
    unfinished_forget((*writer)->ticket);
    free((*writer)->target);
    free((*writer)->temporary);
    free(*writer);
    *writer = NULL;
}

/* Where the link at `path` points to, which need not be there yet; NULL if `path` is no link. */
static char *follow_link(const char *path)
{
    char to[PATH_MAX];
    ssize_t length = readlink(path, to, sizeof to - 1);
    if (length < 0)
        return NULL;
    to[length] = 0;
    const char *slash = strrchr(path, '/');
    int folder = to[0] != '/' && slash ? (int)(slash - path) + 1 : 0;
    return text_format("%.*s%s", folder, path, to);
}

/* Where writing to `path` must end up: what a symbolic link points to, or `path` itself. */
static char *resolve(const char *path)
{
    char *resolved = realpath(path, NULL);
    if (!resolved)
        resolved = follow_link(path);
    return resolved ? resolved : text_format("%s", path);
}

/* The absolute path of where writing to `path` ends up; NULL if its folder is not there. */
static char *canonical(const char *path)
{
    char *target = resolve(path), *result = NULL;
    char *slash = target ? strrchr(target, '/') : NULL;
    char *folder = NULL;
    if (target) {
        if (slash)
            *slash = 0;
        folder = realpath(slash ? (slash == target ? "/" : target) : ".", NULL);
    }
    if (folder)
        result = text_format("%s/%s", folder, slash ? slash + 1 : target);
    free(folder);
    free(target);
    return result;
}

bool nncl_file_same(const char *one, const char *other)
{
    struct stat first, second;
    if (stat(one, &first) == 0 && stat(other, &second) == 0)
        return S_ISREG(first.st_mode) && first.st_dev == second.st_dev &&
               first.st_ino == second.st_ino;
    char *a = canonical(one), *b = canonical(other);
    bool same = a && b && strcmp(a, b) == 0;
    free(a);
    free(b);
    return same;
}

static enum nncl_status writer_open_file(struct nncl_file_writer *writer, const char *path)
{
    struct stat info;
    bool in_place = stat(path, &info) == 0 && !S_ISREG(info.st_mode);
    if (in_place) {
        writer->descriptor = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        writer->temporary = text_format("%s.XXXXXX", writer->target);
        if (!writer->temporary)
            return nncl_fail_memory("a file name", strlen(path));
        writer->descriptor = mkstemp(writer->temporary);
        if (writer->descriptor >= 0)
            writer->ticket = unfinished_note(writer->temporary);
    }
    if (writer->descriptor < 0)
        return nncl_fail(NNCL_FAILED, "cannot write %s: %s", path, strerror(errno));
    return NNCL_OK;
}

/* mkstemp makes files private; a saved file gets the mode any new file (or the old one) has. */
static void writer_set_mode(const struct nncl_file_writer *writer)
{
    struct stat old;
    if (stat(writer->target, &old) == 0) {
        (void)fchmod(writer->descriptor, old.st_mode & 07777);
    } else {
        mode_t mask = umask(0);
        umask(mask);
        (void)fchmod(writer->descriptor, 0666 & ~mask);
    }
}

enum nncl_status nncl_file_writer_open(const char *path, struct nncl_file_writer **writer)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_file_writer *new = calloc(1, sizeof *new);
    if (!new)
        return nncl_fail_memory("a file writer", sizeof *new);
    new->descriptor = new->ticket = -1;
    new->target = resolve(path);
    if (!new->target)
        TRY(nncl_fail_memory("a file name", strlen(path)));
    TRY(writer_open_file(new, path));
    if (new->temporary)
        writer_set_mode(new);
    *writer = new;
    new = NULL;
out:
    if (new) {
        if (new->temporary &&new->descriptor >= 0)
            unlink(new->temporary);
        writer_free(&new);
    }
    return status;
}

enum nncl_status nncl_file_writer_append(
    struct nncl_file_writer *writer, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size > 0) {
        ssize_t written = write(writer->descriptor, next, size < SSIZE_MAX ? size : SSIZE_MAX);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return nncl_fail(NNCL_FAILED, "cannot write %s: %s", writer->target, strerror(errno));
        next += written;
        size -= (size_t)written;
    }
    return NNCL_OK;
}

/* Makes a rename survive a power cut; a file system that cannot is no reason to fail. */
static void sync_folder_of(const char *path)
{
    char *folder = text_format("%s", path);
    if (!folder)
        return;
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    int descriptor = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        (void)fsync(descriptor);
        close(descriptor);
    }
    free(folder);
}

/* Closes and renames; `synced`: once the bytes are on the disk. */
static enum nncl_status commit(struct nncl_file_writer **writer, bool synced)
{
    struct nncl_file_writer *done = *writer;
    enum nncl_status status = NNCL_OK;
    int flushed = synced && done->temporary ? fsync(done->descriptor) : 0;
    int cause = errno;
    if (close(done->descriptor) != 0 && flushed == 0) {
        flushed = -1;
        cause = errno;
    }
    if (flushed == 0 && done->temporary && rename(done->temporary, done->target) != 0) {
        flushed = -1;
        cause = errno;
    }
    if (flushed != 0) {
        status = nncl_fail(NNCL_FAILED, "cannot write %s: %s", done->target, strerror(cause));
        if (done->temporary)
            unlink(done->temporary);
    } else if (synced && done->temporary) {
        sync_folder_of(done->target);
    }
    writer_free(writer);
    return status;
}

enum nncl_status nncl_file_writer_commit(struct nncl_file_writer **writer)
{
    return commit(writer, true);
}

enum nncl_status file_writer_commit_unsynced(struct nncl_file_writer **writer)
{
    return commit(writer, false);
}

void nncl_file_writer_abandon(struct nncl_file_writer **writer)
{
    if (!*writer)
        return;
    close((*writer)->descriptor);
    if ((*writer)->temporary)
        unlink((*writer)->temporary);
    writer_free(writer);
}

enum nncl_status nncl_file_write(const char *path, const void *bytes, size_t size)
{
    struct nncl_file_writer *writer = NULL;
    enum nncl_status status = nncl_file_writer_open(path, &writer);
    if (status == NNCL_OK)
        status = nncl_file_writer_append(writer, bytes, size);
    if (status == NNCL_OK)
        return nncl_file_writer_commit(&writer);
    nncl_file_writer_abandon(&writer);
    return status;
}

enum nncl_status nncl_file_writable(const char *path)
{
    struct stat info;
    /* A device or pipe is not opened: its other end would see that. */
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return access(path, W_OK) == 0
                   ? NNCL_OK
                   : nncl_fail(NNCL_FAILED, "cannot write %s: %s", path, strerror(errno));
    struct nncl_file_writer *writer = NULL;
    enum nncl_status status = nncl_file_writer_open(path, &writer);
    nncl_file_writer_abandon(&writer);
    return status;
}
