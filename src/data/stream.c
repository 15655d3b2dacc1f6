/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/stream.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/status.h"

/* Deflate codes at most 258 bytes in 2 bits, so this is what a byte can grow to at best. */
enum { LARGEST_GROWTH = 1032, INPUT_SIZE = 65536 };

struct stream {
    const char *name;
    FILE *file;            /* NULL: all of the input is in `inflater` or was given in memory */
    const uint8_t *memory; /* what is left of it, if it is not packed */
    size_t memory_left;
    uint64_t size;         /* of the file, packed or not */
    bool packed, finished; /* finished: the gzip data have ended, and rightly */
    bool inflating;        /* the inflater must be ended */
    z_stream inflater;
    EVP_MD_CTX *digest;
    uint8_t input[INPUT_SIZE];
};

static enum nncl_status fail_digest(void)
{
    return nncl_fail(NNCL_FAILED, "cannot compute a SHA-256: libcrypto does not provide it");
}

void stream_close(struct stream **stream)
{
    if (!*stream)
        return;
    if ((*stream)->inflating)
        inflateEnd(&(*stream)->inflater);
    EVP_MD_CTX_free((*stream)->digest);
    if ((*stream)->file)
        fclose((*stream)->file);
    free(*stream);
    *stream = NULL;
}

static enum nncl_status stream_start(struct stream *stream, const uint8_t magic[2])
{
    stream->digest = EVP_MD_CTX_new();
    if (!stream->digest)
        return nncl_fail_memory("a SHA-256", 0);
    if (EVP_DigestInit_ex(stream->digest, EVP_sha256(), NULL) != 1)
        return fail_digest();
    stream->packed = magic[0] == 0x1f && magic[1] == 0x8b;
    if (!stream->packed)
        return NNCL_OK;
    enum { GZIP_ONLY = 16 + MAX_WBITS };
    if (inflateInit2(&stream->inflater, GZIP_ONLY) != Z_OK)
        return nncl_fail_memory("unpacking gzip data", 0);
    stream->inflating = true;
    return NNCL_OK;
}

static enum nncl_status fail_reading(const struct stream *stream)
{
    return nncl_fail(NNCL_BAD_DATA, "cannot read %s: %s", stream->name, strerror(errno));
}

/* The file's size, and its first two bytes. */
static enum nncl_status look_at_file(struct stream *stream, uint8_t magic[2])
{
    size_t got = fread(magic, 1, 2, stream->file);
    if (got < 2 && ferror(stream->file))
        return fail_reading(stream);
    long size = fseek(stream->file, 0, SEEK_END) == 0 ? ftell(stream->file) : -1;
    if (size < 0 || fseek(stream->file, 0, SEEK_SET) != 0)
        return fail_reading(stream);
    stream->size = (uint64_t)size;
    return NNCL_OK;
}

static enum nncl_status stream_create(const char *name, struct stream **stream)
{
    *stream = calloc(1, sizeof **stream);
    if (!*stream)
        return nncl_fail_memory(name, sizeof **stream);
    (*stream)->name = name;
    return NNCL_OK;
}

enum nncl_status stream_open(const char *path, struct stream **stream)
{
    enum nncl_status status = NNCL_OK;
    struct stream *new = NULL;
    uint8_t magic[2] = {0};
    TRY(stream_create(path, &new));
    new->file = fopen(path, "rb");
    if (!new->file)
        TRY(nncl_fail(NNCL_BAD_DATA, "cannot open %s: %s", path, strerror(errno)));
    TRY(look_at_file(new, magic));
    TRY(stream_start(new, magic));
    *stream = new;
    new = NULL;
out:
    stream_close(&new);
    return status;
}

enum nncl_status stream_open_memory(
    const char *name, const uint8_t *bytes, size_t size, struct stream **stream)
{
    enum nncl_status status = NNCL_OK;
    struct stream *new = NULL;
    TRY(stream_create(name, &new));
    new->size = size;
    new->memory = bytes;
    new->memory_left = size;
    TRY(stream_start(new, size < 2 ? (const uint8_t[2]){0} : bytes));
    *stream = new;
    new = NULL;
out:
    stream_close(&new);
    return status;
}

bool stream_is_packed(const struct stream *stream)
{
    return stream->packed;
}

uint64_t stream_size_bound(const struct stream *stream)
{
    return stream->packed ? LARGEST_GROWTH * stream->size : stream->size;
}

/* Some of the input as it stands in the file; 0 bytes at its end. */
static enum nncl_status read_input(struct stream *stream, void *bytes, size_t size, size_t *got)
{
    if (stream->file) {
        *got = fread(bytes, 1, size, stream->file);
        return *got < size && ferror(stream->file) ? fail_reading(stream) : NNCL_OK;
    }
    *got = size < stream->memory_left ? size : stream->memory_left;
    memcpy(bytes, stream->memory, *got);
    stream->memory += *got;
    stream->memory_left -= *got;
    return NNCL_OK;
}

static enum nncl_status refill(struct stream *stream)
{
    size_t got = 0;
    enum nncl_status status = read_input(stream, stream->input, INPUT_SIZE, &got);
    stream->inflater.next_in = stream->input;
    stream->inflater.avail_in = (uInt)got;
    return status;
}

/* After one gzip member: another one, or the end. */
static enum nncl_status next_member(struct stream *stream)
{
    enum nncl_status status = stream->inflater.avail_in ? NNCL_OK : refill(stream);
    if (status != NNCL_OK)
        return status;
    if (stream->inflater.avail_in == 0)
        stream->finished = true;
    else if (stream->inflater.next_in[0] != 0x1f)
        return nncl_fail(NNCL_BAD_DATA, "%s has other bytes after its gzip data", stream->name);
    else
        inflateReset(&stream->inflater);
    return NNCL_OK;
}

/* Unpacks into the inflater's output, which has room. */
static enum nncl_status unpack_some(struct stream *stream)
{
    z_stream *inflater = &stream->inflater;
    if (inflater->avail_in == 0) {
        enum nncl_status status = refill(stream);
        if (status != NNCL_OK)
            return status;
        if (inflater->avail_in == 0)
            return nncl_fail(NNCL_BAD_DATA,
                "%s is cut off: its gzip data end too early; fetch it again", stream->name);
    }
    int code = inflate(inflater, Z_NO_FLUSH);
    if (code == Z_STREAM_END)
        return next_member(stream);
    if (code == Z_MEM_ERROR)
        return nncl_fail_memory("unpacking gzip data", 0);
    if (code != Z_OK && code != Z_BUF_ERROR)
        return nncl_fail(NNCL_BAD_DATA,
            "%s is damaged: its gzip data are wrong (%s); fetch it again", stream->name,
            inflater->msg ? inflater->msg : "no gzip data");
    return NNCL_OK;
}

static enum nncl_status unpack(struct stream *stream, uint8_t *bytes, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size && !stream->finished) {
        uInt room = size - *got < INT_MAX ? (uInt)(size - *got) : INT_MAX;
        stream->inflater.next_out = bytes + *got;
        stream->inflater.avail_out = room;
        enum nncl_status status = unpack_some(stream);
        if (status != NNCL_OK)
            return status;
        *got += room - stream->inflater.avail_out;
    }
    return NNCL_OK;
}

enum nncl_status stream_read(struct stream *stream, void *bytes, size_t size, size_t *got)
{
    enum nncl_status status =
        stream->packed ? unpack(stream, bytes, size, got) : read_input(stream, bytes, size, got);
    if (status == NNCL_OK && EVP_DigestUpdate(stream->digest, bytes, *got) != 1)
        return fail_digest();
    return status;
}

enum nncl_status stream_digest(struct stream *stream, uint8_t digest[SHA256_SIZE])
{
    uint8_t rest[4096];
    size_t got;
    do {
        enum nncl_status status = stream_read(stream, rest, sizeof rest, &got);
        if (status != NNCL_OK)
            return status;
    } while (got > 0);
    return EVP_DigestFinal_ex(stream->digest, digest, NULL) == 1 ? NNCL_OK : fail_digest();
}

void digest_to_text(const uint8_t digest[SHA256_SIZE], char text[2 * SHA256_SIZE + 1])
{
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

enum nncl_status digest_bytes(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE])
{
    return EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) == 1 ? NNCL_OK : fail_digest();
}
