/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The tuning database: which provider with which parameters was measured how fast for a product on
 * one device with one driver. docs/tuning.md describes the files. */
#ifndef NNCL_GEMM_DATABASE_H
#define NNCL_GEMM_DATABASE_H

#include <stdint.h>

#include "gemm/gemm.h"

/* How trying a set of parameters ended. */
enum tuning_end { TUNING_MEASURED, TUNING_HANG, TUNING_CRASH, TUNING_WRONG, TUNING_FAILED };

struct tuning_shape {
    size_t m, n, k;
    bool transpose_a, transpose_b;
};

/* Seconds of one product. */
struct tuning_time {
    double median, spread; /* spread: between the lower and the upper quartile */
    unsigned repetitions;  /* 0: not measured */
};

/* "hang", as files call it. */
const char *tuning_end_name(enum tuning_end end);

enum { TUNING_DATE = 24, TUNING_VERSION = 24, TUNING_WHAT = 120 };

struct tuning_record {
    struct tuning_shape shape;
    const struct gemm_provider *provider;
    struct gemm_parameters parameters;
    enum tuning_end end;
    struct tuning_time time;       /* TUNING_MEASURED */
    struct tuning_time by_default; /* … of the provider's built-in values, measured in turns */
    char what[TUNING_WHAT];        /* otherwise: how it failed */
    char date[TUNING_DATE];        /* "2026-01-31T23:59:59Z" */
    char nncl[TUNING_VERSION], clblast[TUNING_VERSION];
};

/* Of a convolution: its outputs, or the gradient of its input or of its weights. */
enum tuning_pass { TUNING_FORWARD, TUNING_INPUT, TUNING_WEIGHTS, TUNING_PASSES };

/* A convolution of pictures [height][width][channels] by `filters` windows of down x across. */
struct tuning_convolution {
    enum tuning_pass pass;
    size_t pictures, height, width, channels, filters, down, across, stride, dilation, groups;
    bool same; /* padded to keep the size */
};

enum { TUNING_PROVIDER = 16 };

/* How fast a convolution was one of its two ways: gemm/convolutions.h. */
struct tuning_convolution_record {
    struct tuning_convolution convolution;
    bool product;                   /* the way: as a matrix product, else directly */
    char provider[TUNING_PROVIDER]; /* that computed the product; else "own" */
    enum tuning_end end;
    struct tuning_time time; /* TUNING_MEASURED */
    char what[TUNING_WHAT];  /* otherwise: how it failed */
    char date[TUNING_DATE], nncl[TUNING_VERSION], clblast[TUNING_VERSION];
};

/* At most one measured record per shape and provider, and one per convolution and way, in no order.
 * Starts as {0}. */
struct tuning_database {
    struct tuning_record *records;
    size_t count, capacity;
    struct tuning_convolution_record *convolutions;
    size_t convolution_count, convolution_capacity;
};

void tuning_free(struct tuning_database *database);

/* Adds a copy. A measured record takes the place of an older one of the same shape and provider, or
 * of a slower one of the same date; if it is the older one itself, nothing is done. Errors:
 * NNCL_OUT_OF_MEMORY. */
enum nncl_status tuning_add(struct tuning_database *database, const struct tuning_record *record);

/* Puts a measured record in place of what is known of its shape and provider. */
enum nncl_status tuning_put(struct tuning_database *database, const struct tuning_record *record);

/* The measured record of a shape and provider; NULL: none. */
const struct tuning_record *tuning_measured(const struct tuning_database *database,
    const struct tuning_shape *shape, const struct gemm_provider *provider);

/* The measured record closest in size to a product with the same transposes, no dimension more than
 * a factor of two away (above 2048 all are alike); the faster one where several are equally close.
 * Of `provider` only, unless it is NULL: then of those that support the product, and NULL if
 * `needed`, which may be NULL, was not measured there. */
const struct tuning_record *tuning_find(const struct tuning_database *database,
    const struct nncl_device *device, const struct gemm *gemm, const struct gemm_provider *provider,
    const struct gemm_provider *needed);

/* The record that says how these parameters failed; NULL: they did not, as far as is known. */
const struct tuning_record *tuning_failure(const struct tuning_database *database,
    const struct gemm_provider *provider, const struct tuning_shape *shape,
    const struct gemm_parameters *parameters);

/* Steps of a factor of two between two sizes; above 2048 all are alike. */
double tuning_size_distance(size_t one, size_t other);

bool tuning_same_shape(const struct tuning_shape *one, const struct tuning_shape *other);

/* The dense product of a shape, without its buffers. */
struct gemm tuning_gemm(const struct tuning_shape *shape);

/* "ROWS=4 VECTORS=2", cut to `size`. */
void tuning_describe(const struct gemm_provider *provider, const struct gemm_parameters *parameters,
    char *text, size_t size);

/* ---- Files: database_file.c ---- */

/* Adds what a file's text (`size` bytes and a NUL) says of this device; a file of another device
 * adds nothing. Entries that do not fit this nncl or device are left out; *left_out counts them.
 * Errors: NNCL_BAD_DATA without a path, NNCL_OUT_OF_MEMORY; the database is then unchanged. */
enum nncl_status tuning_parse(const struct nncl_device *device, const char *bytes, size_t size,
    struct tuning_database *database, size_t *left_out);

/* Adds what `other` says and `database` does not, or says of an earlier date. Errors:
 * NNCL_OUT_OF_MEMORY. */
enum nncl_status tuning_join(struct tuning_database *database, const struct tuning_database *other);

/* The database as a file's text; free with free(). Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status tuning_format(
    const struct nncl_device *device, const struct tuning_database *database, char **text);

/* The file that this machine's own measurements of a device go to; the folder is made if
 * `make_folder`. Free with free(). Errors: NNCL_FAILED, NNCL_OUT_OF_MEMORY. */
enum nncl_status tuning_path(const struct nncl_device *device, bool make_folder, char **path);

/* Reads one file; one that is not there adds nothing, one that is damaged is left alone with a
 * warning. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status tuning_read_file(
    const struct nncl_device *device, const char *path, struct tuning_database *database);

/* All files of the folder, read when first asked for and kept with the device. Nothing under
 * $NNCL_PRETEND, which makes it another device. Never NULL. */
const struct tuning_database *tuning_of_device(const struct nncl_device *device);

#endif
