/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/idx.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/dataset.h"
#include "data/unpacked.h"

enum {
    MAGIC_LABELS = 0x801,
    MAGIC_INT_LABELS = 0xc01, /* big-endian, 4 bytes each */
    MAGIC_INT_TABLE = 0xc02,  /* the same with columns, as QMNIST has it; the first is the class */
    MAGIC_GREY = 0x803,
    MAGIC_CHANNELS = 0x804,
    LARGEST_CLASS = 65535
};

/* While one file is read. */
struct reader {
    const char *path;
    struct stream *stream;
    uint8_t header[20];                 /* as it stands in the file */
    uint64_t header_size, content_size; /* bytes; the content is all that follows the header */
};

static enum nncl_status read_word(struct reader *reader, uint32_t *word)
{
    uint8_t bytes[4];
    size_t got = 0;
    enum nncl_status status = stream_read(reader->stream, bytes, sizeof bytes, &got);
    if (status != NNCL_OK)
        return status;
    if (got < sizeof bytes)
        return nncl_fail(NNCL_BAD_DATA, "%s is cut off: it ends within its header", reader->path);
    *word =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    memcpy(reader->header + reader->header_size, bytes, sizeof bytes);
    reader->header_size += sizeof bytes;
    return NNCL_OK;
}

static enum nncl_status check_magic(const struct reader *reader, enum idx_kind kind, uint32_t magic)
{
    bool pictures = magic == MAGIC_GREY || magic == MAGIC_CHANNELS,
         labels = magic == MAGIC_LABELS || magic == MAGIC_INT_LABELS || magic == MAGIC_INT_TABLE;
    if (kind == IDX_PICTURES ? pictures : labels)
        return NNCL_OK;
    if (pictures || labels)
        return nncl_fail(NNCL_BAD_DATA, "%s holds %s where %s belong", reader->path,
            labels ? "labels" : "pictures", labels ? "pictures" : "labels");
    return nncl_fail(NNCL_BAD_DATA,
        "%s is no IDX file of %s: %s it starts with 0x%08x instead of 0x%08x", reader->path,
        kind == IDX_PICTURES ? "pictures" : "labels",
        stream_is_packed(reader->stream) ? "unpacked," : "not being gzipped,", magic,
        kind == IDX_PICTURES ? MAGIC_GREY : MAGIC_LABELS);
}

/* rows · height · width · channels; false if that overflows. */
static bool multiply(const struct idx *idx, uint64_t *product)
{
    const uint32_t factors[] = {idx->shape.height, idx->shape.width, idx->shape.channels};
    *product = idx->rows;
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        if (factors[i] && *product > INT64_MAX / factors[i])
            return false;
        *product *= factors[i];
    }
    return true;
}

/* Holds what the header says against the size of the file, before anything is allocated. */
static enum nncl_status check_size(struct reader *reader, const struct idx *idx)
{
    const struct nncl_picture_shape *shape = &idx->shape;
    const uint64_t bound = stream_size_bound(reader->stream);
    bool countable = multiply(idx, &reader->content_size);
    if (countable && reader->content_size == 0)
        return nncl_fail(NNCL_BAD_DATA, "%s holds nothing: its header says %u rows of %u x %u x %u",
            reader->path, idx->rows, shape->height, shape->width, shape->channels);
    if (!countable || reader->content_size > bound - reader->header_size)
        return nncl_fail(NNCL_BAD_DATA,
            "%s is cut off or its header is wrong: %u rows of %u x %u x %u bytes do not fit into "
            "its "
            "size, %s%llu bytes",
            reader->path, idx->rows, shape->height, shape->width, shape->channels,
            stream_is_packed(reader->stream) ? "unpacked at most " : "", (unsigned long long)bound);
    return NNCL_OK;
}

static enum nncl_status read_header(struct reader *reader, enum idx_kind kind, struct idx *idx)
{
    enum nncl_status status = NNCL_OK;
    uint32_t magic = 0;
    TRY(read_word(reader, &magic));
    TRY(check_magic(reader, kind, magic));
    TRY(read_word(reader, &idx->rows));
    idx->shape = (struct nncl_picture_shape){1, 1, 1};
    if (kind == IDX_PICTURES) {
        TRY(read_word(reader, &idx->shape.height));
        TRY(read_word(reader, &idx->shape.width));
    }
    if (magic == MAGIC_CHANNELS)
        TRY(read_word(reader, &idx->shape.channels));
    if (magic == MAGIC_INT_TABLE)
        TRY(read_word(reader, &idx->shape.width));
    if (magic == MAGIC_INT_LABELS || magic == MAGIC_INT_TABLE)
        idx->shape.channels = 4;
    TRY(check_size(reader, idx));
out:
    return status;
}

/* Makes room for more than `used` bytes. What a gzip file unpacks to is only known once it is
 * unpacked, so there memory grows with what has really come. */
static enum nncl_status grow(
    const struct reader *reader, uint64_t used, uint8_t **bytes, size_t *room)
{
    enum { FIRST = 1 << 20 };
    uint64_t wanted = reader->content_size;
    if (stream_is_packed(reader->stream) && wanted > FIRST && wanted > 2 * used)
        wanted = used ? 2 * used : FIRST;
    uint8_t *larger = wanted <= SIZE_MAX ? realloc(*bytes, (size_t)wanted) : NULL;
    if (!larger)
        return nncl_fail_memory(reader->path, (size_t)wanted);
    *bytes = larger;
    *room = (size_t)wanted;
    return NNCL_OK;
}

static enum nncl_status read_content(struct reader *reader, uint8_t **bytes)
{
    enum nncl_status status = NNCL_OK;
    size_t used = 0, room = 0, got = 0;
    while (used < reader->content_size) {
        TRY(grow(reader, used, bytes, &room));
        TRY(stream_read(reader->stream, *bytes + used, room - used, &got));
        used += got;
        if (used < room)
            TRY(nncl_fail(NNCL_BAD_DATA, "%s is cut off: it has %zu of %llu bytes", reader->path,
                used, (unsigned long long)reader->content_size));
    }
    uint8_t more;
    TRY(stream_read(reader->stream, &more, 1, &got));
    if (got > 0)
        TRY(nncl_fail(NNCL_BAD_DATA, "%s has more bytes than its header says (%llu)", reader->path,
            (unsigned long long)(reader->header_size + reader->content_size)));
out:
    return status;
}

/* Reads one file as it stands; reader->path is set. */
static enum nncl_status read_file(struct reader *reader, enum idx_kind kind, struct idx *idx)
{
    enum nncl_status status = NNCL_OK;
    struct idx new = {0};
    TRY(stream_open(reader->path, &reader->stream));
    TRY(read_header(reader, kind, &new));
    TRY(read_content(reader, &new.bytes));
    TRY(stream_digest(reader->stream, new.digest));
    *idx = new;
    new.bytes = NULL;
out:
    free(new.bytes);
    stream_close(&reader->stream);
    return status;
}

/* Reads a file's unpacked copy. False if that is none any more. */
static bool read_copy(const struct unpacked *copy, enum idx_kind kind, struct idx *idx)
{
    struct reader reader = {.path = copy->path};
    char digest[2 * SHA256_SIZE + 1] = "";
    if (!copy->path)
        return false;
    nncl_error_hold();
    if (read_file(&reader, kind, idx) == NNCL_OK)
        digest_to_text(idx->digest, digest);
    nncl_error_restore();
    if (strcmp(digest, copy->content) == 0)
        return true;
    free(idx->bytes);
    idx->bytes = NULL;
    return false;
}

enum nncl_status idx_read(const char *path, enum idx_kind kind, struct idx *idx)
{
    struct reader reader = {.path = path};
    struct unpacked copy = {0};
    struct idx new = {0};
    enum nncl_status status = NNCL_OK;
    if (kind == IDX_PICTURES)
        unpacked_find(path, &copy);
    if (!read_copy(&copy, kind, &new)) {
        TRY(read_file(&reader, kind, &new));
        unpacked_keep(&copy, reader.header, (size_t)reader.header_size, new.bytes,
            (size_t)reader.content_size, new.digest);
    }
    *idx = new;
out:
    free(copy.path);
    return status;
}

uint32_t idx_label(const struct idx *labels, size_t row)
{
    const size_t size = labels->shape.channels;
    const uint8_t *bytes = labels->bytes + row * labels->shape.width * size;
    uint32_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number < labels->first ? UINT32_MAX : number - labels->first;
}

uint32_t idx_classes(const struct idx *labels)
{
    uint32_t largest = 0;
    for (size_t row = 0; row < labels->rows; row++) {
        uint32_t label = idx_label(labels, row);
        if (label > largest && label <= LARGEST_CLASS)
            largest = label;
    }
    return largest + 1;
}

enum nncl_status idx_transpose(struct idx *pictures)
{
    const size_t height = pictures->shape.height, width = pictures->shape.width,
                 channels = pictures->shape.channels, size = height * width * channels;
    uint8_t *picture = malloc(size);
    if (!picture)
        return nncl_fail_memory("a picture", size);
    for (size_t row = 0; row < pictures->rows; row++) {
        uint8_t *stored = pictures->bytes + row * size;
        for (size_t y = 0; y < height; y++)
            for (size_t x = 0; x < width; x++)
                memcpy(picture + (x * height + y) * channels, stored + (y * width + x) * channels,
                    channels);
        memcpy(stored, picture, size);
    }
    free(picture);
    pictures->shape.height = (uint32_t)width;
    pictures->shape.width = (uint32_t)height;
    return NNCL_OK;
}

/* A file's labels as a data set's words. */
static enum nncl_status widen_labels(
    const struct idx *labels, const char *path, uint32_t classes, uint32_t **wide)
{
    const size_t size = labels->rows * sizeof **wide;
    uint32_t *words = malloc(size);
    if (!words)
        return nncl_fail_memory(path, size);
    const uint32_t limit = classes ? classes : LARGEST_CLASS + 1;
    for (size_t row = 0; row < labels->rows; row++) {
        words[row] = idx_label(labels, row);
        if (words[row] >= limit) {
            enum nncl_status status = nncl_fail(NNCL_BAD_DATA,
                "%s has the label %u in row %zu, where labels must be from %u to %u", path,
                words[row] + labels->first, row, labels->first, labels->first + limit - 1);
            free(words);
            return status;
        }
    }
    *wide = words;
    return NNCL_OK;
}

enum nncl_status idx_join(struct idx *pictures, const char *pictures_path, const struct idx *labels,
    const char *labels_path, uint32_t classes, struct nncl_dataset **dataset)
{
    enum nncl_status status = NNCL_OK;
    uint32_t *wide = NULL;
    if (pictures->rows != labels->rows)
        TRY(nncl_fail(NNCL_BAD_DATA, "%s holds %u pictures, but %s holds %u labels", pictures_path,
            pictures->rows, labels_path, labels->rows));
    TRY(widen_labels(labels, labels_path, classes, &wide));
    struct nncl_dataset_source source = {
        .type = NNCL_UINT8, .rows = pictures->rows, .shape = pictures->shape, .classes = classes};
    TRY(dataset_adopt(&source, pictures->bytes, wide, dataset));
    pictures->bytes = NULL;
    wide = NULL;
out:
    free(wide);
    return status;
}

enum nncl_status nncl_dataset_read_idx(
    const char *images_path, const char *labels_path, struct nncl_dataset **dataset)
{
    enum nncl_status status = NNCL_OK;
    struct idx pictures = {0}, labels = {0};
    TRY(idx_read(images_path, IDX_PICTURES, &pictures));
    TRY(idx_read(labels_path, IDX_LABELS, &labels));
    TRY(idx_join(&pictures, images_path, &labels, labels_path, 0, dataset));
out:
    free(pictures.bytes);
    free(labels.bytes);
    return status;
}
