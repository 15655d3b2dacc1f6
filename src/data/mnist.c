/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/mnist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "data/idx.h"

const struct mnist_file mnist_files[MNIST_FILES] = {
    {"train-images-idx3-ubyte", "train-images.idx3-ubyte",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
    {"train-labels-idx1-ubyte", "train-labels.idx1-ubyte",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
    {"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    {"t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
};

enum { SPELLINGS = 4 };

/* The path of a file under one of its spellings, or NULL without memory. */
static char *spelled_path(const char *folder, const struct mnist_file *file, int spelling)
{
    return text_format(
        "%s/%s%s", folder, spelling & 2 ? file->dotted : file->name, spelling & 1 ? ".gz" : "");
}

static bool has_file(const char *folder, const struct mnist_file *file)
{
    bool found = false;
    for (int spelling = 0; spelling < SPELLINGS && !found; spelling++) {
        char *path = spelled_path(folder, file, spelling);
        found = path && file_exists(path);
        free(path);
    }
    return found;
}

bool mnist_folder_is_complete(const char *folder, struct text *missing)
{
    bool complete = true;
    for (int i = 0; i < MNIST_FILES; i++) {
        if (has_file(folder, &mnist_files[i]))
            continue;
        complete = false;
        if (missing)
            text_append(missing, "%s%s", missing->size ? ", " : "", mnist_files[i].name);
    }
    return complete;
}

static bool digest_matches(const uint8_t digest[SHA256_SIZE], const struct mnist_file *file)
{
    char text[2 * SHA256_SIZE + 1];
    digest_to_text(digest, text);
    return strcmp(text, file->sha256) == 0;
}

/* One of the four files, as loaded. */
struct loaded {
    struct idx idx;
    char *path;
};

static enum nncl_status load_spelling(
    const char *folder, int index, int spelling, struct loaded *loaded)
{
    const struct mnist_file *file = &mnist_files[index];
    enum nncl_status status = NNCL_OK;
    struct idx idx = {0};
    char *path = spelled_path(folder, file, spelling);
    if (!path)
        return nncl_fail_memory(file->name, 0);
    TRY(idx_read(path, index % 2 ? IDX_LABELS : IDX_PICTURES, &idx));
    if (!digest_matches(idx.digest, file))
        TRY(nncl_fail(NNCL_BAD_DATA, "%s is not MNIST's file: its SHA-256 is another", path));
    *loaded = (struct loaded){idx, path};
    idx.bytes = NULL;
    path = NULL;
out:
    free(idx.bytes);
    free(path);
    return status;
}

/* Takes the first spelling that is genuine. */
static enum nncl_status load_file(const char *folder, int index, struct loaded *loaded)
{
    enum nncl_status status =
        nncl_fail(NNCL_BAD_DATA, "the folder %s lacks %s", folder, mnist_files[index].name);
    for (int spelling = 0; spelling < SPELLINGS; spelling++) {
        char *path = spelled_path(folder, &mnist_files[index], spelling);
        bool there = path && file_exists(path);
        free(path);
        if (!there)
            continue;
        status = load_spelling(folder, index, spelling, loaded);
        if (status != NNCL_BAD_DATA)
            return status;
    }
    return status;
}

bool mnist_file_is_genuine(const char *folder, const struct mnist_file *file)
{
    struct loaded loaded = {0};
    bool genuine = load_file(folder, (int)(file - mnist_files), &loaded) == NNCL_OK;
    free(loaded.idx.bytes);
    free(loaded.path);
    return genuine;
}

static enum nncl_status join(
    struct loaded *pictures, const struct loaded *labels, struct nncl_dataset **dataset)
{
    return idx_join(
        &pictures->idx, pictures->path, &labels->idx, labels->path, MNIST_CLASSES, dataset);
}

/* The SHA-256 over the four binary SHA-256, in the order of mnist_files. */
static enum nncl_status digest_all(const struct loaded loaded[MNIST_FILES], char text[65])
{
    uint8_t all[MNIST_FILES * SHA256_SIZE], digest[SHA256_SIZE];
    for (int i = 0; i < MNIST_FILES; i++)
        memcpy(all + i * SHA256_SIZE, loaded[i].idx.digest, SHA256_SIZE);
    enum nncl_status status = digest_bytes(all, sizeof all, digest);
    if (status == NNCL_OK)
        digest_to_text(digest, text);
    return status;
}

enum nncl_status mnist_folder_load(const char *folder, struct nncl_mnist *mnist)
{
    enum nncl_status status = NNCL_OK;
    struct loaded loaded[MNIST_FILES] = {0};
    struct nncl_mnist new = {.name = "MNIST", .genuine = true};
    for (int i = 0; i < MNIST_FILES; i++)
        TRY(load_file(folder, i, &loaded[i]));
    TRY(join(&loaded[0], &loaded[1], &new.train));
    TRY(join(&loaded[2], &loaded[3], &new.test));
    TRY(digest_all(loaded, new.sha256));
    snprintf(new.source, sizeof new.source, "%s", folder);
    *mnist = new;
    new = (struct nncl_mnist){0};
out:
    for (int i = 0; i < MNIST_FILES; i++) {
        free(loaded[i].idx.bytes);
        free(loaded[i].path);
    }
    nncl_mnist_free(&new);
    return status;
}
