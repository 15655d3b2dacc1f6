/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A folder of PNG pictures per class: train/<class>/ and test/<class>/, or <class>/ only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/label.h"
#include "base/status.h"
#include "data/loaded.h"
#include "data/png.h"

enum { MOST_CLASSES = 65536 };
static const double test_part = 0.1; /* set aside where there is no test folder */

struct paths {
    char **list;
    size_t count;
};

static void paths_free(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->list[i]);
    free(paths->list);
    *paths = (struct paths){0};
}

static const char *last_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* Whole numbers by value and before other names, which are by their bytes. */
static int by_class_name(const void *one, const void *other)
{
    const char *a = last_name(*(char *const *)one), *b = last_name(*(char *const *)other);
    size_t digits_a = strspn(a, "0123456789"), digits_b = strspn(b, "0123456789");
    bool number_a = !a[digits_a], number_b = !b[digits_b];
    if (number_a != number_b)
        return number_a ? -1 : 1;
    if (number_a && digits_a != digits_b)
        return digits_a < digits_b ? -1 : 1;
    return strcmp(a, b);
}

static enum nncl_status list_pictures(const char *folder, struct paths *pictures)
{
    enum nncl_status status = folder_list(folder, ".png", &pictures->list, &pictures->count);
    if (status == NNCL_OK && pictures->count == 0) {
        paths_free(pictures);
        status = folder_list(folder, ".PNG", &pictures->list, &pictures->count);
    }
    return status;
}

/* The folders in `folder` that hold pictures, in the order of classes. */
static enum nncl_status list_classes(const char *folder, struct paths *classes)
{
    enum nncl_status status = NNCL_OK;
    struct paths all = {0};
    TRY(folder_list(folder, "", &all.list, &all.count));
    classes->list = calloc(all.count + 1, sizeof *classes->list);
    if (!classes->list)
        TRY(nncl_fail_memory("a folder's list", all.count * sizeof *classes->list));
    for (size_t i = 0; i < all.count; i++) {
        struct paths pictures = {0};
        status = list_pictures(all.list[i], &pictures);
        bool some = pictures.count > 0;
        paths_free(&pictures);
        TRY(status);
        if (some) {
            classes->list[classes->count++] = all.list[i];
            all.list[i] = NULL;
        }
    }
    if (classes->count > 0)
        qsort(classes->list, classes->count, sizeof *classes->list, by_class_name);
out:
    paths_free(&all);
    return status;
}

/* The pictures read so far, three channels each. */
struct gallery {
    struct nncl_picture_shape shape; /* of the first one; height 0: none yet */
    char *first;                     /* its path */
    uint8_t *features;
    uint32_t *labels;
    size_t rows, room;
    bool coloured;
};

static void gallery_free(struct gallery *gallery)
{
    free(gallery->first);
    free(gallery->features);
    free(gallery->labels);
}

static enum nncl_status make_room(struct gallery *gallery, const struct rgba *picture)
{
    const size_t bytes = 3 * (size_t)picture->width * picture->height;
    if (gallery->rows < gallery->room)
        return NNCL_OK;
    size_t room = 2 * gallery->room + 64;
    uint8_t *features = room < SIZE_MAX / bytes ? realloc(gallery->features, room * bytes) : NULL;
    if (features)
        gallery->features = features;
    uint32_t *labels = features ? realloc(gallery->labels, room * sizeof *labels) : NULL;
    if (!labels)
        return nncl_fail_memory("the pictures", room);
    gallery->labels = labels;
    gallery->room = room;
    return NNCL_OK;
}

static enum nncl_status check_shape(
    struct gallery *gallery, const char *path, const struct rgba *picture)
{
    if (gallery->shape.height == 0) {
        gallery->shape = (struct nncl_picture_shape){picture->height, picture->width, 3};
        gallery->first = text_format("%s", path);
        return gallery->first ? NNCL_OK : nncl_fail_memory("a path", strlen(path));
    }
    if (picture->height == gallery->shape.height && picture->width == gallery->shape.width)
        return NNCL_OK;
    return nncl_fail(NNCL_BAD_DATA,
        "%s has %u x %u pixels, but %s %u x %u: all must have the same size", path, picture->width,
        picture->height, gallery->first, gallery->shape.width, gallery->shape.height);
}

/* Transparency is laid over black. */
static void add_pixels(struct gallery *gallery, const struct rgba *picture)
{
    const size_t pixels = (size_t)picture->width * picture->height;
    uint8_t *to = gallery->features + gallery->rows * 3 * pixels;
    for (size_t i = 0; i < pixels; i++, to += 3) {
        const uint8_t *from = picture->bytes + 4 * i;
        for (size_t channel = 0; channel < 3; channel++)
            to[channel] = (uint8_t)((from[channel] * from[3] + 127) / 255);
        gallery->coloured = gallery->coloured || to[0] != to[1] || to[1] != to[2];
    }
}

static enum nncl_status add_picture(struct gallery *gallery, const char *path, uint32_t class)
{
    enum nncl_status status = NNCL_OK;
    struct rgba picture = {0};
    TRY(png_read_rgba(path, &picture));
    TRY(check_shape(gallery, path, &picture));
    TRY(make_room(gallery, &picture));
    add_pixels(gallery, &picture);
    gallery->labels[gallery->rows++] = class;
out:
    free(picture.bytes);
    return status;
}

static enum nncl_status add_class(struct gallery *gallery, const char *folder, uint32_t class)
{
    struct paths pictures = {0};
    enum nncl_status status = list_pictures(folder, &pictures);
    for (size_t i = 0; i < pictures.count && status == NNCL_OK; i++)
        status = add_picture(gallery, pictures.list[i], class);
    paths_free(&pictures);
    return status;
}

/* Which class a folder is for; UINT32_MAX: none. */
static uint32_t class_of(const struct paths *classes, const char *folder)
{
    for (uint32_t class = 0; class < classes->count; class ++)
        if (strcmp(last_name(classes->list[class]), last_name(folder)) == 0)
            return class;
    return UINT32_MAX;
}

/* Adds the pictures of `folders`, whose names are among `classes`. */
static enum nncl_status add_folders(
    struct gallery *gallery, const struct paths *folders, const struct paths *classes)
{
    for (size_t i = 0; i < folders->count; i++) {
        uint32_t class = class_of(classes, folders->list[i]);
        if (class == UINT32_MAX)
            return nncl_fail(NNCL_BAD_DATA,
                "%s holds pictures of a class of which there is none to train with",
                folders->list[i]);
        enum nncl_status status = add_class(gallery, folders->list[i], class);
        if (status != NNCL_OK)
            return status;
    }
    return NNCL_OK;
}

/* Leaves one of three equal channels. */
static void make_grey(struct gallery *gallery)
{
    const size_t count = gallery->rows * gallery->shape.height * gallery->shape.width;
    for (size_t i = 0; i < count; i++)
        gallery->features[i] = gallery->features[3 * i];
}

/* Makes a data set of the rows [from, to). */
static enum nncl_status make(const struct gallery *gallery, size_t from, size_t to,
    uint32_t classes, struct nncl_dataset **dataset)
{
    struct nncl_picture_shape shape = gallery->shape;
    shape.channels = gallery->coloured ? 3 : 1;
    const size_t bytes = (size_t)shape.height * shape.width * shape.channels;
    const struct nncl_dataset_source source = {.type = NNCL_UINT8,
        .features = gallery->features + from * bytes,
        .labels = gallery->labels + from,
        .rows = to - from,
        .shape = shape,
        .classes = classes};
    return nncl_dataset_create(&source, dataset);
}

static enum nncl_status name_classes(const struct paths *classes, struct nncl_mnist *mnist)
{
    enum nncl_status status = NNCL_OK;
    const char **names = calloc(classes->count, sizeof *names);
    if (!names)
        return nncl_fail_memory("the names of the classes", classes->count * sizeof *names);
    for (size_t i = 0; i < classes->count; i++) {
        names[i] = last_name(classes->list[i]);
        if (!label_is_good(names[i]))
            TRY(nncl_fail(
                NNCL_BAD_DATA, "the folder %s has a name that is no UTF-8", classes->list[i]));
    }
    TRY(nncl_dataset_name_classes(mnist->train, names, (uint32_t)classes->count));
    TRY(nncl_dataset_name_classes(mnist->test, names, (uint32_t)classes->count));
out:
    free(names);
    return status;
}

/* Sets of the pictures of two lists of folders; without the second one a part of the first is set
 * aside. */
static enum nncl_status load(
    const struct paths *train, const struct paths *test, struct nncl_mnist *mnist)
{
    enum nncl_status status = NNCL_OK;
    struct gallery gallery = {0};
    struct nncl_dataset *all = NULL;
    const uint32_t classes = (uint32_t)train->count;
    TRY(add_folders(&gallery, train, train));
    size_t train_rows = gallery.rows;
    TRY(add_folders(&gallery, test, train));
    if (!gallery.coloured)
        make_grey(&gallery);
    mnist->set_aside = gallery.rows == train_rows;
    if (mnist->set_aside) {
        TRY(make(&gallery, 0, train_rows, classes, &all));
        TRY(nncl_dataset_split(all, test_part, 0, &mnist->train, &mnist->test));
    } else {
        TRY(make(&gallery, 0, train_rows, classes, &mnist->train));
        TRY(make(&gallery, train_rows, gallery.rows, classes, &mnist->test));
    }
out:
    nncl_dataset_free(&all);
    gallery_free(&gallery);
    return status == NNCL_USAGE ? NNCL_BAD_DATA : status;
}

static enum nncl_status list_below(const char *folder, const char *name, struct paths *classes)
{
    char *below = text_format("%s/%s", folder, name);
    if (!below)
        return nncl_fail_memory("a folder's name", strlen(folder));
    enum nncl_status status = list_classes(below, classes);
    free(below);
    return status;
}

enum nncl_status png_folder_load(const char *folder, bool *found, struct nncl_mnist *mnist)
{
    enum nncl_status status = NNCL_OK;
    struct paths train = {0}, test = {0};
    struct nncl_mnist new = {0};
    *found = false;
    TRY(list_below(folder, "train", &train));
    if (train.count > 0) {
        TRY(list_below(folder, "test", &test));
    } else {
        paths_free(&train);
        TRY(list_classes(folder, &train));
    }
    *found = train.count > 0;
    if (!*found)
        goto out;
    if (train.count > MOST_CLASSES)
        TRY(nncl_fail(NNCL_BAD_DATA, "it has more than %d folders of pictures", MOST_CLASSES));
    TRY(load(&train, &test, &new));
    TRY(name_classes(&train, &new));
    TRY(loaded_digest(&new));
    snprintf(new.source, sizeof new.source, "%s", folder);
    *mnist = new;
    new = (struct nncl_mnist){0};
out:
    paths_free(&train);
    paths_free(&test);
    nncl_mnist_free(&new);
    return status;
}
