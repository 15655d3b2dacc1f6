/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Reading a file that may be gzipped, with the SHA-256 of its unpacked content on the way. */
#ifndef NNCL_DATA_STREAM_H
#define NNCL_DATA_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/status.h>

#define SHA256_SIZE 32

struct stream;

/* Whether it is gzipped is seen from its first bytes, not from its name. `path` must outlive the
 * stream. Errors: NNCL_BAD_DATA naming the path, NNCL_OUT_OF_MEMORY. */
enum nncl_status stream_open(const char *path, struct stream **stream);

/* The same over bytes in memory, which must outlive the stream; `name` is for messages. */
enum nncl_status stream_open_memory(
    const char *name, const uint8_t *bytes, size_t size, struct stream **stream);

void stream_close(struct stream **stream);

bool stream_is_packed(const struct stream *stream);

/* Size of the content if it is not packed; else the most that it can possibly unpack to. */
uint64_t stream_size_bound(const struct stream *stream);

/* Reads up to `size` bytes; *got is less only at the end of the content.
 * Errors: NNCL_BAD_DATA for gzip data that are damaged or cut off. */
enum nncl_status stream_read(struct stream *stream, void *bytes, size_t size, size_t *got);

/* Reads to the end and gives the SHA-256 of all that was read since opening. */
enum nncl_status stream_digest(struct stream *stream, uint8_t digest[SHA256_SIZE]);

/* Writes a digest as 64 hexadecimal digits and a NUL. */
void digest_to_text(const uint8_t digest[SHA256_SIZE], char text[2 * SHA256_SIZE + 1]);

/* SHA-256 of some bytes. Errors: NNCL_FAILED. */
enum nncl_status digest_bytes(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE]);

#endif
