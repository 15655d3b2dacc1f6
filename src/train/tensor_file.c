/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/tensor_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "data/stream.h"
#include "model/safetensors.h"

#define DIGEST_KEY "nncl.sha256"

enum { ALIGNMENT = 8, MAX_HEADER = 64 << 20 };

static const char *type_name(enum nncl_type type)
{
    return type == NNCL_UINT32 ? "U32" : "F32";
}

/* Files are little-endian. */
static void swap_on_big_endian(uint8_t *bytes, size_t size)
{
    const uint16_t one = 1;
    if (*(const uint8_t *)&one == 1)
        return;
    for (size_t i = 0; i + 4 <= size; i += 4) {
        const uint8_t word[4] = {bytes[i + 3], bytes[i + 2], bytes[i + 1], bytes[i]};
        memcpy(bytes + i, word, sizeof word);
    }
}

/* The digest over the header without its own entry, in a form that has no choice, and the bytes. */
static enum nncl_status digest(
    const json_t *header, const uint8_t *bytes, size_t size, char text[2 * SHA256_SIZE + 1])
{
    uint8_t digests[2][SHA256_SIZE], all[SHA256_SIZE];
    enum nncl_status status = NNCL_OK;
    char *plain = json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS);
    if (!plain)
        TRY(nncl_fail_memory("a file's header", 0));
    TRY(digest_bytes(plain, strlen(plain), digests[0]));
    TRY(digest_bytes(bytes, size, digests[1]));
    TRY(digest_bytes(digests, sizeof digests, all));
    digest_to_text(all, text);
out:
    free(plain);
    return status;
}

/* ---- Writing ---- */

static json_t *tensor_entry(const struct file_tensor *tensor)
{
    json_t *shape = json_array();
    for (unsigned axis = 0; axis < tensor->shape.rank; axis++)
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->shape.size[axis])) != 0) {
            json_decref(shape);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", type_name(tensor->type), "shape", shape,
        "data_offsets", (json_int_t)tensor->begin, (json_int_t)(tensor->begin + tensor->bytes));
}

/* The header with its digest, as a new reference. */
static enum nncl_status make_header(json_t *metadata, const struct file_tensor *tensors,
    size_t count, const uint8_t *bytes, json_t **header)
{
    char text[2 * SHA256_SIZE + 1];
    enum nncl_status status = NNCL_OK;
    json_t *object = json_object();
    const size_t size = count > 0 ? tensors[count - 1].begin + tensors[count - 1].bytes : 0;
    bool failed = json_object_set(object, METADATA_KEY, metadata) != 0;
    for (size_t i = 0; i < count; i++)
        failed |= json_object_set_new(object, tensors[i].name, tensor_entry(&tensors[i])) != 0;
    if (failed)
        TRY(nncl_fail_memory("a file's header", count));
    TRY(digest(object, bytes, size, text));
    if (json_object_set_new(metadata, DIGEST_KEY, json_string(text)) != 0)
        TRY(nncl_fail_memory("a file's header", count));
    *header = object;
    object = NULL;
out:
    json_decref(object);
    return status;
}

static enum nncl_status write_header(const json_t *header, struct nncl_file_writer *writer)
{
    static const char spaces[ALIGNMENT + 1] = "        ";
    enum nncl_status status = NNCL_OK;
    char *text = json_dumps(header, JSON_COMPACT);
    if (!text)
        return nncl_fail_memory("a file's header", 0);
    const size_t size = strlen(text), padding = (ALIGNMENT - size % ALIGNMENT) % ALIGNMENT;
    uint8_t length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)(size + padding) >> (8 * i));
    TRY(nncl_file_writer_append(writer, length, sizeof length));
    TRY(nncl_file_writer_append(writer, text, size));
    TRY(nncl_file_writer_append(writer, spaces, padding));
out:
    free(text);
    return status;
}

enum nncl_status tensor_file_write(const char *path, json_t *metadata,
    const struct file_tensor *tensors, size_t count, const uint8_t *bytes)
{
    struct nncl_file_writer *writer = NULL;
    json_t *header = NULL;
    enum nncl_status status = NNCL_OK;
    const size_t size = count > 0 ? tensors[count - 1].begin + tensors[count - 1].bytes : 0;
    uint8_t *stored = malloc(size + 1);
    if (!stored)
        TRY(nncl_fail_memory("a file's tensors", size));
    memcpy(stored, bytes, size);
    swap_on_big_endian(stored, size);
    TRY(make_header(metadata, tensors, count, stored, &header));
    TRY(nncl_file_writer_open(path, &writer));
    TRY(write_header(header, writer));
    TRY(nncl_file_writer_append(writer, stored, size));
    TRY(nncl_file_writer_commit(&writer));
out:
    nncl_file_writer_abandon(&writer);
    json_decref(header);
    free(stored);
    return status;
}

/* ---- Reading ---- */

static enum nncl_status bad_entry(const char *name)
{
    char shown[SHOWN_SIZE];
    return nncl_fail(NNCL_BAD_DATA, "its tensor %s is not described rightly",
        text_shown(shown, name, strlen(name)));
}

/* A shape whose elements can be counted. */
static bool read_shape(const json_t *shape, struct nncl_shape *made)
{
    made->rank = (unsigned)json_array_size(shape);
    if (json_array_size(shape) < 1 || json_array_size(shape) > NNCL_MAX_RANK)
        return false;
    for (unsigned axis = 0; axis < made->rank; axis++) {
        const json_int_t size = json_integer_value(json_array_get(shape, axis));
        if (size < 1 || size > INT32_MAX)
            return false;
        made->size[axis] = (size_t)size;
    }
    return nncl_shape_elements(made) > 0 && nncl_shape_elements(made) <= INT32_MAX;
}

/* The tensor that begins where the one before ended. */
static enum nncl_status read_entry(
    const char *name, const json_t *entry, size_t begin, struct file_tensor *tensor)
{
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    if (strlen(name) >= sizeof tensor->name || !type ||
        !read_shape(json_object_get(entry, "shape"), &tensor->shape))
        return bad_entry(name);
    memcpy(tensor->name, name, strlen(name) + 1);
    tensor->type = strcmp(type, "U32") == 0 ? NNCL_UINT32 : NNCL_FLOAT32;
    tensor->begin = begin;
    tensor->bytes = nncl_shape_elements(&tensor->shape) * 4;
    if (strcmp(type, type_name(tensor->type)) != 0 || json_array_size(offsets) != 2 ||
        json_integer_value(json_array_get(offsets, 0)) != (json_int_t)begin ||
        json_integer_value(json_array_get(offsets, 1)) != (json_int_t)(begin + tensor->bytes))
        return bad_entry(name);
    return NNCL_OK;
}

static enum nncl_status read_entries(json_t *header, struct tensor_file *file, size_t *total)
{
    const char *name;
    json_t *entry;
    file->tensors = calloc(json_object_size(header) + 1, sizeof *file->tensors);
    if (!file->tensors)
        return nncl_fail_memory("a file's tensors", json_object_size(header));
    json_object_foreach(header, name, entry)
    {
        if (strcmp(name, METADATA_KEY) == 0)
            continue;
        enum nncl_status status = read_entry(name, entry, *total, &file->tensors[file->count]);
        if (status != NNCL_OK)
            return status;
        *total += file->tensors[file->count++].bytes;
    }
    return NNCL_OK;
}

static enum nncl_status read_bytes(struct file_reader *reader, size_t total, uint8_t **bytes)
{
    size_t got = 0;
    enum nncl_status status = file_reader_take(reader, total + 1, bytes, &got);
    if (status == NNCL_OK && got < total)
        return nncl_fail(
            NNCL_BAD_DATA, "it is cut off: %zu bytes of tensors where %zu are needed", got, total);
    if (status == NNCL_OK && got > total)
        return nncl_fail(NNCL_BAD_DATA, "there are bytes behind its last tensor");
    return status;
}

/* Takes the metadata out of the header, and the digest out of that, and compares. */
static enum nncl_status check_digest(json_t *header, struct tensor_file *file, size_t total)
{
    char text[2 * SHA256_SIZE + 1];
    file->metadata = json_incref(json_object_get(header, METADATA_KEY));
    json_t *stored = json_incref(json_object_get(file->metadata, DIGEST_KEY));
    enum nncl_status status = NNCL_OK;
    if (!json_is_string(stored))
        TRY(nncl_fail(NNCL_BAD_DATA, "it is no checkpoint: its metadata lacks \"" DIGEST_KEY "\""));
    json_object_del(file->metadata, DIGEST_KEY);
    TRY(digest(header, file->bytes, total, text));
    if (strcmp(text, json_string_value(stored)) != 0)
        TRY(nncl_fail(
            NNCL_BAD_DATA, "it is damaged: its SHA-256 is not the one it was written with"));
out:
    json_decref(stored);
    return status;
}

enum nncl_status tensor_file_read(const char *path, struct tensor_file *file)
{
    struct file_reader *reader = NULL;
    json_t *header = NULL;
    size_t total = 0;
    enum nncl_status status;
    *file = (struct tensor_file){0};
    TRY(file_reader_open(path, &reader));
    TRY(safetensors_read_header(reader, MAX_HEADER, &header));
    TRY(read_entries(header, file, &total));
    TRY(read_bytes(reader, total, &file->bytes));
    TRY(check_digest(header, file, total));
    swap_on_big_endian(file->bytes, total);
out:
    json_decref(header);
    file_reader_close(&reader);
    return status;
}

void tensor_file_clear(struct tensor_file *file)
{
    json_decref(file->metadata);
    free(file->tensors);
    free(file->bytes);
    *file = (struct tensor_file){0};
}
