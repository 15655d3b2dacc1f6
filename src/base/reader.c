/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/status.h"

struct file_reader {
    int descriptor;
};

enum nncl_status file_reader_open(const char *path, struct file_reader **reader)
{
    struct file_reader *new = malloc(sizeof *new);
    if (!new)
        return nncl_fail_memory("a file reader", sizeof *new);
    new->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (new->descriptor < 0) {
        nncl_fail(NNCL_BAD_DATA, "cannot open %s: %s", path, strerror(errno));
        free(new);
        return NNCL_BAD_DATA;
    }
    *reader = new;
    return NNCL_OK;
}

void file_reader_close(struct file_reader **reader)
{
    if (*reader)
        close((*reader)->descriptor);
    free(*reader);
    *reader = NULL;
}

/* Makes room for at least one more byte and a NUL, but not more than `most` bytes and a NUL. */
static enum nncl_status grow(uint8_t **buffer, size_t used, size_t most, size_t *capacity)
{
    if (*buffer && used < *capacity)
        return NNCL_OK;
    size_t larger = *capacity < 32768 ? 65536 : 2 * *capacity;
    if (larger > most)
        larger = most;
    uint8_t *bytes = realloc(*buffer, larger + 1);
    if (!bytes)
        return nncl_fail_memory("a file's contents", larger + 1);
    *buffer = bytes;
    *capacity = larger;
    return NNCL_OK;
}

enum nncl_status file_reader_take(
    struct file_reader *reader, size_t size, uint8_t **bytes, size_t *got)
{
    enum nncl_status status = NNCL_OK;
    uint8_t *buffer = NULL;
    size_t used = 0, capacity = 0;
    TRY(grow(&buffer, used, size, &capacity));
    while (used < size) {
        TRY(grow(&buffer, used, size, &capacity));
        ssize_t count = read(reader->descriptor, buffer + used, capacity - used);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            TRY(nncl_fail(NNCL_BAD_DATA, "cannot read it: %s", strerror(errno)));
        if (count == 0)
            break;
        used += (size_t)count;
    }
    buffer[used] = 0;
    *bytes = buffer;
    *got = used;
    buffer = NULL;
out:
    free(buffer);
    return status;
}

enum nncl_status file_read(const char *path, size_t limit, uint8_t **bytes, size_t *size)
{
    struct file_reader *reader = NULL;
    uint8_t *buffer = NULL;
    size_t got = 0;
    enum nncl_status status = NNCL_OK;
    TRY(file_reader_open(path, &reader));
    status = file_reader_take(reader, limit < SIZE_MAX - 1 ? limit + 1 : limit, &buffer, &got);
    if (status != NNCL_OK)
        TRY(nncl_fail_while(status, "%s", path));
    if (got > limit)
        TRY(nncl_fail(NNCL_BAD_DATA, "%s is larger than %zu bytes", path, limit));
    *bytes = buffer;
    *size = got;
    buffer = NULL;
out:
    free(buffer);
    file_reader_close(&reader);
    return status;
}
