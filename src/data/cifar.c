/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* CIFAR-10's binary files (Krizhevsky 2009): records of a label and the picture's three planes,
 * red, green and blue. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "data/loaded.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, PICTURE = 3 * PLANE, RECORD = 1 + PICTURE, CLASSES = 10 };
enum { LARGEST_FILE = 1 << 30 };

/* Records as they stand in the files. */
struct records {
    uint8_t *features; /* [rows][SIDE][SIDE][3] */
    uint32_t *labels;
    size_t rows;
};

static enum nncl_status grow(struct records *records, size_t more)
{
    size_t rows = records->rows + more;
    uint8_t *features = realloc(records->features, rows * PICTURE);
    if (features)
        records->features = features;
    uint32_t *labels = features ? realloc(records->labels, rows * sizeof *labels) : NULL;
    if (!labels)
        return nncl_fail_memory("CIFAR-10's pictures", rows * PICTURE);
    records->labels = labels;
    return NNCL_OK;
}

static void interleave(const uint8_t *planes, uint8_t *pixels)
{
    for (size_t i = 0; i < PLANE; i++)
        for (size_t channel = 0; channel < 3; channel++)
            pixels[3 * i + channel] = planes[channel * PLANE + i];
}

static enum nncl_status add_file(const char *path, struct records *records)
{
    enum nncl_status status = NNCL_OK;
    uint8_t *bytes = NULL;
    size_t size = 0;
    TRY(file_read(path, LARGEST_FILE, &bytes, &size));
    if (size == 0 || size % RECORD != 0)
        TRY(nncl_fail(NNCL_BAD_DATA,
            "%s is no file of CIFAR-10 or cut off: its %zu bytes are not records of %d", path, size,
            RECORD));
    TRY(grow(records, size / RECORD));
    for (size_t at = 0; at < size; at += RECORD) {
        if (bytes[at] >= CLASSES)
            TRY(nncl_fail(NNCL_BAD_DATA,
                "%s has the label %u in row %zu, where labels are below %d", path, bytes[at],
                at / RECORD, CLASSES));
        records->labels[records->rows] = bytes[at];
        interleave(bytes + at + 1, records->features + records->rows * PICTURE);
        records->rows++;
    }
out:
    free(bytes);
    return status;
}

static enum nncl_status make(struct records *records, struct nncl_dataset **dataset)
{
    const struct nncl_dataset_source source = {.type = NNCL_UINT8,
        .features = records->features,
        .labels = records->labels,
        .rows = records->rows,
        .shape = {SIDE, SIDE, 3},
        .classes = CLASSES};
    return nncl_dataset_create(&source, dataset);
}

static bool is_training_batch(const char *path)
{
    return strncmp(strrchr(path, '/') + 1, "data_batch_", 11) == 0;
}

static enum nncl_status load_set(
    char *const *paths, size_t count, bool train, struct nncl_dataset **dataset)
{
    enum nncl_status status = NNCL_OK;
    struct records records = {0};
    for (size_t i = 0; i < count; i++)
        if (is_training_batch(paths[i]) == train)
            TRY(add_file(paths[i], &records));
    TRY(make(&records, dataset));
out:
    free(records.features);
    free(records.labels);
    return status;
}

/* Of all .bin files, those that are CIFAR-10's: they move to the front. Returns their number. */
static size_t sift(char **paths, size_t count, size_t *train, size_t *test)
{
    size_t kept = 0;
    *train = *test = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_train = is_training_batch(paths[i]),
             is_test = strcmp(strrchr(paths[i], '/') + 1, "test_batch.bin") == 0;
        *train += is_train;
        *test += is_test;
        if (is_train || is_test) {
            char *path = paths[i];
            paths[i] = paths[kept];
            paths[kept++] = path;
        }
    }
    return kept;
}

static enum nncl_status load(
    const char *folder, char **paths, size_t count, struct nncl_mnist *mnist)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_mnist new = {.name = "CIFAR-10"};
    TRY(load_set(paths, count, true, &new.train));
    TRY(load_set(paths, count, false, &new.test));
    TRY(loaded_digest(&new));
    TRY(nncl_mnist_name_classes(&new, "cifar-10"));
    snprintf(new.source, sizeof new.source, "%s", folder);
    *mnist = new;
    new = (struct nncl_mnist){0};
out:
    nncl_mnist_free(&new);
    return status;
}

static enum nncl_status load_from(const char *folder, bool *found, struct nncl_mnist *mnist)
{
    char **paths = NULL;
    size_t count = 0, train = 0, test = 0;
    enum nncl_status status = folder_list(folder, ".bin", &paths, &count);
    size_t kept = sift(paths, count, &train, &test);
    *found = kept > 0;
    if (status == NNCL_OK && kept > 0 && (train == 0 || test == 0))
        status = nncl_fail(NNCL_BAD_DATA, "it lacks CIFAR-10's %s",
            train == 0 ? "data_batch_1.bin and the other data_batch files" : "test_batch.bin");
    else if (status == NNCL_OK && kept > 0)
        status = load(folder, paths, kept, mnist);
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
    return status;
}

enum nncl_status cifar_load(const char *folder, bool *found, struct nncl_mnist *mnist)
{
    enum nncl_status status = load_from(folder, found, mnist);
    if (status != NNCL_OK || *found)
        return status;
    char *below = text_format("%s/cifar-10-batches-bin", folder);
    if (!below)
        return nncl_fail_memory("a folder's name", strlen(folder));
    status = load_from(below, found, mnist);
    free(below);
    return status;
}
