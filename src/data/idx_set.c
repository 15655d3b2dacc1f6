/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/idx_set.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"
#include "base/text.h"
#include "data/idx.h"
#include "data/mnist.h"
#include "data/names.h"

enum { FILES = MNIST_FILES, SPELLINGS = 2 };

typedef const char *const tails[FILES][SPELLINGS];

static tails mnist_tails = {{"train-images-idx3-ubyte", "train-images.idx3-ubyte"},
    {"train-labels-idx1-ubyte", "train-labels.idx1-ubyte"},
    {"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"},
    {"t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"}};
static tails emnist_tails = {{"train-images-idx3-ubyte"}, {"train-labels-idx1-ubyte"},
    {"test-images-idx3-ubyte"}, {"test-labels-idx1-ubyte"}};
static tails qmnist_tails = {{"train-images-idx3-ubyte"}, {"train-labels-idx2-int"},
    {"test-images-idx3-ubyte"}, {"test-labels-idx2-int"}};

/* EMNIST's pictures stand in its files line by column, and its letters count from 1. */
struct idx_layout {
    const char *name, *prefix;
    tails *names; /* of the files, behind the prefix; MNIST's order */
    bool transposed;
    uint32_t first_label, classes; /* at least so many classes */
    const char *known;             /* what their names are known as; NULL: not by the file names */
};

static const struct idx_layout layouts[] = {
    {"", "", &mnist_tails, false, 0, 10, NULL},
    {"QMNIST", "qmnist-", &qmnist_tails, false, 0, 10, NULL},
    {"EMNIST balanced", "emnist-balanced-", &emnist_tails, true, 0, 47, "emnist-balanced"},
    {"EMNIST bymerge", "emnist-bymerge-", &emnist_tails, true, 0, 47, "emnist-bymerge"},
    {"EMNIST byclass", "emnist-byclass-", &emnist_tails, true, 0, 62, "emnist-byclass"},
    {"EMNIST letters", "emnist-letters-", &emnist_tails, true, 1, 26, "emnist-letters"},
    {"EMNIST digits", "emnist-digits-", &emnist_tails, true, 0, 10, NULL},
    {"EMNIST mnist", "emnist-mnist-", &emnist_tails, true, 0, 10, NULL},
};

enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

/* ---- Finding ---- */

/* The layout whose prefix, without its last dash, is the last name in `folder`; *parent is then the
 * length of what stands before it. NULL if there is none. */
static const struct idx_layout *named_layout(const char *folder, size_t *parent)
{
    const char *slash = strrchr(folder, '/'), *end = slash ? slash + 1 : folder;
    for (size_t i = 1; i < LAYOUTS; i++) {
        size_t length = strlen(layouts[i].prefix) - 1;
        if (strncmp(end, layouts[i].prefix, length) == 0 && end[length] == 0) {
            *parent = (size_t)(end - folder);
            return &layouts[i];
        }
    }
    return NULL;
}

/* The path of a file that is there, plain or gzipped; *path stays NULL if there is none. */
static enum nncl_status find_file(
    const char *folder, size_t length, const struct idx_layout *layout, size_t file, char **path)
{
    static const char *const ends[] = {"", ".gz"};
    for (size_t i = 0; i < SPELLINGS * 2; i++) {
        const char *tail = (*layout->names)[file][i / 2];
        if (!tail)
            continue;
        char *tried =
            text_format("%.*s/%s%s%s", (int)length, folder, layout->prefix, tail, ends[i % 2]);
        if (!tried)
            return nncl_fail_memory("a file name", length);
        if (file_exists(tried)) {
            *path = tried;
            return NNCL_OK;
        }
        free(tried);
    }
    return NNCL_OK;
}

/* The paths of a layout's files, those there are. Returns their number. */
static enum nncl_status find_files(
    const char *folder, const struct idx_layout *layout, char *paths[FILES], size_t *found)
{
    size_t length = strlen(folder), parent;
    enum nncl_status status = NNCL_OK;
    *found = 0;
    for (size_t file = 0; file < FILES && status == NNCL_OK; file++) {
        status = find_file(folder, length, layout, file, &paths[file]);
        if (status == NNCL_OK && !paths[file] && named_layout(folder, &parent) == layout)
            status = find_file(
                parent ? folder : ".", parent > 1 ? parent - 1 : 1, layout, file, &paths[file]);
        *found += paths[file] != NULL;
    }
    return status;
}

static void free_paths(char *paths[FILES])
{
    for (size_t file = 0; file < FILES; file++) {
        free(paths[file]);
        paths[file] = NULL;
    }
}

static enum nncl_status fail_incomplete(const struct idx_layout *layout, char *const paths[FILES])
{
    struct text missing = {0};
    for (size_t file = 0; file < FILES; file++)
        if (!paths[file])
            text_append(&missing, "%s%s%s", missing.size ? ", " : "", layout->prefix,
                (*layout->names)[file][0]);
    enum nncl_status status = nncl_fail(NNCL_BAD_DATA,
        "it lacks %s (looked for each file plain and with .gz%s%s); put the files there or name "
        "another folder",
        missing.failed ? "some files" : missing.bytes,
        (*layout->names)[0][1] ? ", and spelt as " : "",
        (*layout->names)[0][1] ? (*layout->names)[0][1] : "");
    free(missing.bytes);
    return status;
}

/* Whether all of a layout's files are there. NNCL_BAD_DATA: some are, the others are named. */
static enum nncl_status look(const char *folder, const struct idx_layout *layout, bool *complete)
{
    char *paths[FILES] = {0};
    size_t found = 0;
    enum nncl_status status = find_files(folder, layout, paths, &found);
    *complete = found == FILES;
    if (status == NNCL_OK && found > 0 && !*complete)
        status = fail_incomplete(layout, paths);
    free_paths(paths);
    return status;
}

static enum nncl_status fail_several(const struct idx_layout *one, const struct idx_layout *other)
{
    return nncl_fail(NNCL_BAD_DATA,
        "it holds several data sets, %s and %s; name one of them, as in DIR/%.*s",
        one->name[0] ? one->name : "MNIST", other->name, (int)strlen(other->prefix) - 1,
        other->prefix);
}

/* Looks for the files of one layout, or of all where `one` is NULL. */
static enum nncl_status find_layout(
    const char *folder, const struct idx_layout *one, const struct idx_layout **layout)
{
    enum nncl_status partial = NNCL_OK;
    *layout = NULL;
    for (size_t i = 0; i < LAYOUTS; i++) {
        bool complete = false;
        if (one && one != &layouts[i])
            continue;
        enum nncl_status status = look(folder, &layouts[i], &complete);
        if (status == NNCL_OUT_OF_MEMORY)
            return status;
        if (status != NNCL_OK)
            partial = status;
        if (complete && *layout)
            return fail_several(*layout, &layouts[i]);
        if (complete)
            *layout = &layouts[i];
    }
    return *layout ? NNCL_OK : partial;
}

enum nncl_status idx_set_find(const char *folder, const struct idx_layout **layout)
{
    size_t parent;
    const struct idx_layout *named = named_layout(folder, &parent);
    enum nncl_status status = find_layout(folder, named, layout);
    if (named && status == NNCL_OK && !*layout) /* a folder of that name with other files */
        status = find_layout(folder, NULL, layout);
    return status;
}

/* ---- Loading ---- */

struct set {
    const struct idx_layout *layout;
    char *paths[FILES];
    struct idx files[FILES];
    uint32_t classes;
};

static enum nncl_status read_files(struct set *set)
{
    enum nncl_status status = NNCL_OK;
    for (size_t file = 0; file < FILES; file++) {
        bool labels = file % 2;
        TRY(idx_read(set->paths[file], labels ? IDX_LABELS : IDX_PICTURES, &set->files[file]));
        if (labels)
            set->files[file].first = set->layout->first_label;
        else if (set->layout->transposed)
            TRY(idx_transpose(&set->files[file]));
    }
out:
    return status;
}

static enum nncl_status check_shapes(const struct set *set)
{
    const struct nncl_picture_shape *train = &set->files[0].shape, *test = &set->files[2].shape;
    if (train->height == test->height && train->width == test->width &&
        train->channels == test->channels)
        return NNCL_OK;
    return nncl_fail(NNCL_BAD_DATA, "%s holds pictures of %u x %u x %u, but %s of %u x %u x %u",
        set->paths[0], train->height, train->width, train->channels, set->paths[2], test->height,
        test->width, test->channels);
}

/* How many classes there are: one more than the largest label, which in a damaged file may be any.
 * So labels of which most are not in use are refused. */
static enum nncl_status count_classes(struct set *set)
{
    const struct idx *labels = &set->files[1];
    const uint32_t largest = idx_classes(labels), least = set->layout->classes;
    uint32_t used = 0;
    uint8_t *seen = calloc(largest, 1);
    if (!seen)
        return nncl_fail_memory("the classes of a data set", largest);
    size_t where = 0; /* the first row with the largest label */
    for (size_t row = 0; row < labels->rows; row++) {
        uint32_t label = idx_label(labels, row);
        if (label >= largest)
            continue; /* refused when the sets are made */
        if (label + 1 == largest && !seen[label])
            where = row;
        used += !seen[label];
        seen[label] = 1;
    }
    free(seen);
    if (largest > least && used <= largest / 2)
        return nncl_fail(NNCL_BAD_DATA,
            "%s has the label %u in row %zu, but only %u different ones: it seems to be damaged",
            set->paths[1], largest - 1 + labels->first, where, used);
    set->classes = largest > least ? largest : least;
    return NNCL_OK;
}

/* The SHA-256 over the four binary ones. */
static enum nncl_status digest_all(const struct set *set, struct nncl_mnist *mnist)
{
    uint8_t all[FILES * SHA256_SIZE], digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    mnist->genuine = true;
    for (size_t file = 0; file < FILES; file++) {
        memcpy(all + file * SHA256_SIZE, set->files[file].digest, SHA256_SIZE);
        digest_to_text(set->files[file].digest, text);
        mnist->genuine = mnist->genuine && strcmp(text, mnist_files[file].sha256) == 0;
    }
    enum nncl_status status = digest_bytes(all, sizeof all, digest);
    if (status == NNCL_OK)
        digest_to_text(digest, mnist->sha256);
    return status;
}

static bool contains(const char *text, const char *part)
{
    for (; *text; text++) {
        size_t i = 0;
        while (part[i] && tolower((unsigned char)text[i]) == part[i])
            i++;
        if (!part[i])
            return true;
    }
    return false;
}

/* Fashion-MNIST and KMNIST have MNIST's file names: the folder's name tells them apart. Returns
 * what the names of the classes are known as; NULL if they are not. */
static const char *recognise(const char *folder, const struct set *set, struct nncl_mnist *mnist)
{
    bool plain = set->layout == &layouts[0] && set->classes == 10 && !mnist->genuine;
    const char *name = set->layout->name, *known = set->layout->known;
    if (mnist->genuine)
        name = "MNIST";
    if (plain && contains(folder, "fashion")) {
        name = "Fashion-MNIST";
        known = "fashion-mnist";
    } else if (plain && (contains(folder, "kmnist") || contains(folder, "kuzushiji"))) {
        name = "KMNIST";
        known = "kmnist";
    }
    snprintf(mnist->name, sizeof mnist->name, "%s", name);
    return known;
}

enum nncl_status idx_set_load(
    const char *folder, const struct idx_layout *layout, struct nncl_mnist *mnist)
{
    enum nncl_status status = NNCL_OK;
    struct set set = {.layout = layout};
    struct idx *files = set.files;
    struct nncl_mnist new = {0};
    size_t found;
    TRY(find_files(folder, layout, set.paths, &found));
    TRY(read_files(&set));
    TRY(check_shapes(&set));
    TRY(count_classes(&set));
    TRY(digest_all(&set, &new));
    TRY(idx_join(&files[0], set.paths[0], &files[1], set.paths[1], set.classes, &new.train));
    TRY(idx_join(&files[2], set.paths[2], &files[3], set.paths[3], set.classes, &new.test));
    snprintf(new.source, sizeof new.source, "%s", folder);
    const char *known = recognise(folder, &set, &new);
    if (known && names_known(known))
        TRY(nncl_mnist_name_classes(&new, known));
    *mnist = new;
    new = (struct nncl_mnist){0};
out:
    for (size_t file = 0; file < FILES; file++)
        free(files[file].bytes);
    free_paths(set.paths);
    nncl_mnist_free(&new);
    return status;
}
