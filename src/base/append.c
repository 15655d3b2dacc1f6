/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Files to which several programs add lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nncl/program.h>

#include "base/file.h"
#include "base/status.h"

/* Whether the file's last line has no end: whoever wrote it was killed, or the disk was full. */
static bool is_torn(int file, off_t size)
{
    char last = '\n';
    return size > 0 && pread(file, &last, 1, size - 1) == 1 && last != '\n';
}

/* Writes all of it; false leaves errno. */
static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool append(int file, const char *line, size_t size)
{
    struct stat info;
    if (fstat(file, &info) != 0)
        return false;
    const bool regular = S_ISREG(info.st_mode);
    const bool done = (!regular || !is_torn(file, info.st_size) || write_all(file, "\n", 1)) &&
                      write_all(file, line, size) && (!regular || fdatasync(file) == 0);
    const int cause = errno;
    if (!done && regular) /* nothing, rather than a part */
        (void)!ftruncate(file, info.st_size);
    errno = cause;
    return done;
}

enum nncl_status nncl_file_append_line(const char *path, const char *text)
{
    char *line = text_format("%s\n", text);
    if (!line)
        return nncl_fail_memory("a line of a file", strlen(text));
    enum nncl_status status = NNCL_OK;
    const int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    while (file >= 0 && flock(file, LOCK_EX) != 0 && errno == EINTR)
        ;
    if (file < 0 || !append(file, line, strlen(line)))
        status = nncl_fail(NNCL_FAILED, "cannot add to %s: %s", path, strerror(errno));
    if (file >= 0)
        close(file);
    free(line);
    return status;
}
