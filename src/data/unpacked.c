/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/unpacked.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"

/* A copy's name is unpacked-<SHA-256 of its content>-<that of the gzipped file>.idx. */
static const char prefix[] = "unpacked-", ending[] = ".idx";

static const size_t least = 1 << 20, most = 64 << 20;
static const uint64_t most_kept = 256 << 20;

static bool is_gzip(const uint8_t *bytes, size_t size)
{
    return size > 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* Takes the copy with this name, if it is one. */
static void take(char *path, struct unpacked *copy)
{
    const char *name = strrchr(path, '/') + 1, *content = name + strlen(prefix);
    if (strncmp(name, prefix, strlen(prefix)) != 0 || content[2 * SHA256_SIZE] != '-')
        return;
    memcpy(copy->content, content, 2 * SHA256_SIZE);
    copy->path = path;
}

static void look(struct unpacked *copy)
{
    char *folder = NULL, **paths = NULL, *end = text_format("-%s%s", copy->packed, ending);
    size_t count = 0;
    if (end && cache_path("", &folder) == NNCL_OK) {
        folder[strlen(folder) - 1] = 0; /* the slash */
        (void)folder_list(folder, end, &paths, &count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!copy->path)
            take(paths[i], copy);
        if (paths[i] != copy->path)
            free(paths[i]);
    }
    free(paths);
    free(folder);
    free(end);
}

void unpacked_find(const char *path, struct unpacked *copy)
{
    uint8_t *bytes = NULL, digest[SHA256_SIZE];
    size_t size = 0;
    *copy = (struct unpacked){0};
    nncl_error_hold();
    if (file_read(path, most, &bytes, &size) == NNCL_OK && is_gzip(bytes, size) &&
        digest_bytes(bytes, size, digest) == NNCL_OK) {
        digest_to_text(digest, copy->packed);
        look(copy);
    }
    nncl_error_restore();
    free(bytes);
}

static enum nncl_status write_copy(
    const char *path, const void *head, size_t head_size, const void *rest, size_t rest_size)
{
    enum nncl_status status;
    struct nncl_file_writer *writer = NULL;
    TRY(nncl_file_writer_open(path, &writer));
    TRY(nncl_file_writer_append(writer, head, head_size));
    TRY(nncl_file_writer_append(writer, rest, rest_size));
    TRY(file_writer_commit_unsynced(&writer));
out:
    nncl_file_writer_abandon(&writer);
    return status;
}

void unpacked_keep(const struct unpacked *copy, const void *head, size_t head_size,
    const void *rest, size_t rest_size, const uint8_t digest[SHA256_SIZE])
{
    char content[2 * SHA256_SIZE + 1], *path = NULL;
    if (!copy->packed[0] || head_size + rest_size < least || head_size + rest_size > most)
        return;
    digest_to_text(digest, content);
    char *name = text_format("%s%s-%s%s", prefix, content, copy->packed, ending);
    nncl_error_hold();
    if (name && cache_path(name, &path) == NNCL_OK &&
        write_copy(path, head, head_size, rest, rest_size) == NNCL_OK)
        cache_bound(ending, most_kept);
    else
        nncl_log(NNCL_LOG_DEBUG, "no unpacked copy is kept: %s", nncl_last_error());
    nncl_error_restore();
    free(path);
    free(name);
}
