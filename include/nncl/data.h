/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Data sets: labelled rows on the host, made from MNIST-style files or from the caller's arrays. */
#ifndef NNCL_DATA_H
#define NNCL_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nncl/status.h>
#include <nncl/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a data set is made of. Arrays are copied by nncl_dataset_create. */
struct nncl_dataset_source {
    enum nncl_type type;    /* of the features: NNCL_UINT8 or NNCL_FLOAT32 */
    const void *features;   /* [rows][features] */
    const uint32_t *labels; /* [rows], each below `classes`; NULL: no labels, for prediction only */
    size_t rows;
    struct nncl_picture_shape shape; /* height · width · channels = features of a row */
    uint32_t classes;                /* 0: one more than the largest label */
    float scale, shift;              /* a feature enters the network as feature · scale + shift;
                                        scale 0 means 1/255 for bytes and 1 for floats */
    const char *const *class_names;  /* [classes], UTF-8 of at most 255 bytes; NULL: none */
};

struct nncl_dataset;

/* Makes a data set from arrays; free it with nncl_dataset_free.
 * Errors: NNCL_USAGE (no rows, a label out of range: the message names the row),
 * NNCL_BAD_DATA (a feature that is not finite), NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_dataset_create(
    const struct nncl_dataset_source *source, struct nncl_dataset **dataset);

/* Frees the data set and clears the pointer; *dataset may be NULL.
 * Thread-safety: one thread a data set. */
NNCL_API void nncl_dataset_free(struct nncl_dataset **dataset);

/* The data set's own arrays and properties, valid as long as it lives. All functions that only read
 * a data set may run in several threads. */
NNCL_API const struct nncl_dataset_source *nncl_dataset_get(const struct nncl_dataset *dataset);

/* Copies some rows, by number and in the order given, into a data set of their own; free it with
 * nncl_dataset_free. Classes and normalisation stay as they are. Errors: NNCL_USAGE for no row or
 * one that is not there, NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_dataset_select(const struct nncl_dataset *dataset,
    const uint32_t *rows, size_t count, struct nncl_dataset **selection);

/* Splits a data set into a part of about `fraction` of it, such as 0.1 to validate with, and the
 * rest. Stratified: of each class that fraction, rounded to whole rows, drawn by `seed`, so the
 * same seed gives the same parts everywhere; both keep the order of the rows. Free both with
 * nncl_dataset_free. Errors: NNCL_USAGE (a fraction outside (0, 1), or a side without a row),
 * NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_dataset_split(const struct nncl_dataset *dataset, double fraction,
    uint64_t seed, struct nncl_dataset **rest, struct nncl_dataset **part);

/* Gives the classes these names, which are copied; if there are more names than classes, the data
 * set now has that many classes. Errors: NNCL_USAGE (fewer names than classes, a name that is empty
 * or no UTF-8), NNCL_OUT_OF_MEMORY. Thread-safety: one thread a data set. */
NNCL_API enum nncl_status nncl_dataset_name_classes(
    struct nncl_dataset *dataset, const char *const *names, uint32_t count);

/* Sets how features enter the network (see nncl_dataset_source; a scale of 0 means the default), as
 * scale 1/deviation and shift -mean/deviation for data of mean 0 and deviation 1. A model is
 * trained and evaluated with one normalisation, which it keeps. Errors: NNCL_USAGE for numbers that
 * are not finite. Thread-safety: one thread a data set. */
NNCL_API enum nncl_status nncl_dataset_normalise(
    struct nncl_dataset *dataset, float scale, float shift);

/* Mean and standard deviation over all features of all rows, as they are stored. Thread-safety:
 * safe for reading. */
NNCL_API void nncl_dataset_moments(
    const struct nncl_dataset *dataset, double *mean, double *deviation);

/* What there is to know of a data set before one trains with it. */
struct nncl_dataset_report {
    uint32_t classes;
    uint64_t *class_rows; /* [classes]: rows of each class; NULL without labels */
    uint64_t duplicates;  /* rows with the same features as one before them */
    uint64_t conflicts;   /* duplicates whose label is another one than the first one's */
    uint64_t blank;       /* rows whose features all have the same value */
    uint64_t shared;      /* rows with the same features as one of the other data set */
    double mean, deviation;
};

/* Looks at each row of `dataset`; `other` (may be NULL), such as a test set, should share none with
 * it. *report is filled on success; free it with nncl_dataset_report_free. Errors: NNCL_USAGE for
 * sets with rows of different sizes, NNCL_OUT_OF_MEMORY. Thread-safety: safe for reading. */
NNCL_API enum nncl_status nncl_dataset_inspect(const struct nncl_dataset *dataset,
    const struct nncl_dataset *other, struct nncl_dataset_report *report);

/* Frees what a report holds and clears it. Thread-safety: one thread a report. */
NNCL_API void nncl_dataset_report_free(struct nncl_dataset_report *report);

/* Reads one pair of IDX files, plain or gzipped: pictures (magic 0x00000803, or 0x00000804 with
 * channels last) and labels (0x00000801; 0x00000C01 or, the class in the first of some columns,
 * 0x00000C02). Every count is checked against the file's size before
 * anything is allocated. Errors: NNCL_BAD_DATA naming the file, NNCL_OUT_OF_MEMORY.
 * Thread-safety: safe. */
NNCL_API enum nncl_status nncl_dataset_read_idx(
    const char *images_path, const char *labels_path, struct nncl_dataset **dataset);

/* Where a training and a test set came from. */
struct nncl_mnist {
    struct nncl_dataset *train, *test;
    char name[32];     /* "MNIST", "Fashion-MNIST", as far as it is known; else "" */
    char source[4096]; /* a folder, or "generated digits" */
    char sha256[65];   /* over the four files' own SHA-256, in order, or where there are not four
                          such files over those of pictures and labels as loaded; "" for generated
                          digits */
    bool genuine;      /* the SHA-256 of all four files are MNIST's */
    bool set_aside;    /* the folder has no test set: a tenth of the pictures was set aside */
    bool generated;    /* true: not MNIST but digits drawn by nncl; say so to the user */
};

/* Finds the MNIST training and test set: `folder` if not NULL, else $NNCL_DATA_DIR, else
 * $XDG_DATA_HOME/nncl/mnist, else the system's folders, else a download from the mirrors
 * ($NNCL_MIRROR overrides them) into $XDG_DATA_HOME/nncl/mnist, else generated digits. A folder
 * given explicitly (`folder`, $NNCL_DATA_DIR) that lacks good files is an error and never replaced;
 * a system folder and a download are taken only if their SHA-256 match.
 *
 * An explicit folder may hold any data set, which is recognised by its files: IDX files under the
 * names that MNIST, Fashion-MNIST, KMNIST, EMNIST or QMNIST have (of several EMNIST sets in a
 * folder one is named as in DIR/emnist-letters), CIFAR-10's binary files, or PNG pictures of one
 * size in train/<class>/ and test/<class>/, or in <class>/, of which a tenth is then set aside to
 * test with. Shapes and classes come from the files, the classes' names from what is known of the
 * set. Free with nncl_mnist_free. Blocks; may use the network. Errors: NNCL_BAD_DATA naming folder
 * and files, NNCL_OUT_OF_MEMORY, NNCL_INTERRUPTED (see nncl/program.h). Thread-safety: safe. */
NNCL_API enum nncl_status nncl_mnist_open(const char *folder, struct nncl_mnist *mnist);

/* Names the classes of both sets: by a text file with a name a line, or by the name of a known set:
 * mnist, fashion-mnist, kmnist, emnist-letters, emnist-balanced, emnist-bymerge, emnist-byclass,
 * cifar-10. More names than labels in use mean more classes. Errors: NNCL_BAD_DATA (fewer names
 * than classes, a line that is no name), NNCL_OUT_OF_MEMORY. Thread-safety: one thread a struct. */
NNCL_API enum nncl_status nncl_mnist_name_classes(
    struct nncl_mnist *mnist, const char *file_or_set);

/* Frees both data sets and clears the struct. Thread-safety: one thread a struct. */
NNCL_API void nncl_mnist_free(struct nncl_mnist *mnist);

/* Reads a PNG of any size, depth and colour type and brings it into the form of MNIST's pictures:
 * grey, light strokes on black, the digit scaled into a 20x20 box keeping its proportions and
 * placed in 28x28 with its centre of mass in the middle (LeCun, Cortes and Burges). Dark-on-light
 * pictures are inverted, transparency is laid over the background. pixels: [28 * 28]. Errors:
 * NNCL_BAD_DATA naming the file (no PNG, cut off, blank), NNCL_OUT_OF_MEMORY. Thread-safety: safe.
 */
NNCL_API enum nncl_status nncl_picture_read(const char *path, uint8_t *pixels);

/* Reads a PNG as it is, scaled to the height and width of `shape` by averaging over areas, in grey
 * (1 channel) or red, green and blue (3); transparency is laid over black. pixels:
 * [height][width][channels]. Errors: NNCL_USAGE for other channels, NNCL_BAD_DATA naming the file,
 * NNCL_OUT_OF_MEMORY. Thread-safety: safe. */
NNCL_API enum nncl_status nncl_picture_read_whole(
    const char *path, const struct nncl_picture_shape *shape, uint8_t *pixels);

#ifdef __cplusplus
}
#endif
#endif
