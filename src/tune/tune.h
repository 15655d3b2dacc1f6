/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the parts of the tuner share. */
#ifndef NNCL_TUNE_TUNE_H
#define NNCL_TUNE_TUNE_H

#include <nncl/tune.h>

#include "gemm/convolutions.h"

enum { TUNE_MOST_SHAPES = 64, TUNE_PARAMETERS_TEXT = 320 };

/* ---- tune_worker.c: measuring in a process of its own ---- */

/* How closely a worker measures. */
struct tune_effort {
    unsigned samples;
    double sample_seconds, product_seconds; /* of one sample; of all samples of one product */
};

/* A set of parameters to be measured with some products. */
struct tune_candidate {
    const struct gemm_provider *provider;
    struct gemm_parameters parameters;
    const struct tuning_shape *shapes;
    size_t shape_count;
};

struct tune_outcome {
    enum tuning_end end;
    char what[TUNING_WHAT];
    char provider[TUNING_PROVIDER];             /* that computed a convolution */
    struct tuning_time times[TUNE_MOST_SHAPES]; /* TUNING_MEASURED: by shape */
};

/* The request for a worker; free with free(). Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status tune_request(const struct nncl_device *device,
    const struct tune_candidate *candidate, const struct tune_effort *effort, char **request);

/* Understands a worker's answer about `count` products; one that is none is a failure, too. */
void tune_take_answer(const char *answer, size_t count, struct tune_outcome *outcome);

/* Whether a worker's request is for a convolution; then the answer to it, NULL without memory. */
bool tune_is_convolution(const json_t *request);
json_t *tune_answer_convolution(const json_t *request);

/* "wrong" or "failed" with what nncl_last_error says, as a worker answers. */
json_t *tune_failure_json(enum nncl_status status);

/* ---- tune_run.c: measuring candidates and keeping what was found ---- */

struct tune_run {
    struct nncl_device *device;
    struct nncl_tune_options options;
    struct tune_effort effort;
    double candidate_seconds; /* limit for one set of parameters */
    double begin, deadline;   /* by nncl_clock */
    char *path;
    struct tuning_database database; /* the file's contents */
    struct nncl_tune_progress progress;
    struct nncl_tune_convolution convolution; /* what progress.convolution points to */
    char best[TUNE_PARAMETERS_TEXT];          /* what progress.parameters points to */
    size_t planned, done;                     /* convolutions, and products by provider */
    bool interrupted;
};

double tune_seconds_left(const struct tune_run *run);

/* Measures a set in a child process, for at most `seconds`. A set that fails is kept as such,
 * unless it was the tuning's own end that cut it off, or a busy machine one that was `proven` to
 * answer before: then NNCL_OK with TUNING_FAILED, unnoted. One that is known to fail is not tried.
 * Errors: NNCL_INTERRUPTED, NNCL_FAILED, NNCL_OUT_OF_MEMORY. */
enum nncl_status tune_measure(struct tune_run *run, const struct tune_candidate *candidate,
    double seconds, bool proven, struct tune_outcome *outcome);

/* Asks a worker, for at most `seconds`, about `count` products or convolutions. Errors:
 * NNCL_INTERRUPTED, NNCL_FAILED, NNCL_OUT_OF_MEMORY. */
enum nncl_status tune_ask(struct tune_run *run, const char *request, size_t count, double seconds,
    struct tune_outcome *outcome);

/* The seconds that what must be measured even if little time is left gets. */
double tune_time_for_one(const struct tune_run *run);

/* Puts a record of a convolution into the database, with today's date, and writes it. */
enum nncl_status tune_keep_convolution(
    struct tune_run *run, struct tuning_convolution_record *record);

/* Puts measured times, and those of the built-in values (NULL: they do not work), into the database
 * and writes it. */
enum nncl_status tune_keep(struct tune_run *run, const struct tune_candidate *candidate,
    const struct tuning_time *times, const struct tuning_time *by_default);

/* ---- tune_list.c ---- */

/* Reports what a database says of a shape by a provider, if anything. */
void tune_report(const struct nncl_device *device, const struct tuning_database *database,
    const struct tuning_record *record,
    void (*report)(void *user, const struct nncl_tune_result *result), void *user);

struct nncl_tune_shape tune_public_shape(const struct tuning_shape *shape);

/* ---- tune_convolution.c ---- */

struct nncl_tune_convolution tune_public_convolution(const struct tuning_convolution *convolution);

/* The windows of a convolution; false if none fits. */
struct window;
bool tune_window(const struct tuning_convolution *convolution, struct window *window);

/* Errors: NNCL_USAGE for one that no window fits, or whose sizes are out of range. */
enum nncl_status tune_take_convolution(
    const struct nncl_tune_convolution *from, struct tuning_convolution *convolution);

/* Measures a convolution both ways, in turns where they are close, and keeps the times. `deadline`
 * by nncl_clock. */
enum nncl_status tune_convolution(
    struct tune_run *run, const struct tuning_convolution *convolution, double deadline);

/* Reports what a database says of one way of a convolution. */
void tune_report_convolution(const struct nncl_device *device,
    const struct tuning_database *database, const struct tuning_convolution_record *record,
    void (*report)(void *user, const struct nncl_tune_convolution_result *result), void *user);

/* ---- tune_check.c ---- */

/* Matrices of a product, drawn and on the device. Starts as {0}. */
struct tune_product {
    struct gemm gemm;
    float *values; /* a, then b, on the host */
    float *result; /* c */
    struct buffer *a, *b, *c;
};

enum nncl_status tune_product_make(
    struct nncl_device *device, const struct tuning_shape *shape, struct tune_product *product);
void tune_product_clear(struct tune_product *product);

/* Whether the result that stands on the device is right and, if there is one from before, the same
 * bits. Errors: NNCL_CHECK_FAILED saying what is wrong. */
enum nncl_status tune_product_check(struct tune_product *product);

/* ---- tune_search.c: which parameters to try next ---- */

/* Starts as {0}, but for the first three. */
struct tune_search {
    const struct nncl_device *device;
    const struct gemm_provider *provider;
    uint64_t seed;
    const struct tuning_shape *shapes;
    size_t shape_count;
    struct gemm_parameters *seen; /* whatever was proposed */
    size_t seen_count;
    uint32_t drawn;   /* random numbers used */
    size_t neighbour; /* how many of the best set's neighbours were looked at since it changed */
};

/* The next valid set that was not proposed before, near `best` first; false if there seems to be
 * none or memory runs out. */
bool tune_propose(
    struct tune_search *search, const struct gemm_parameters *best, struct gemm_parameters *next);

/* Notes a set as proposed; false if it was, or is not valid for all shapes. */
bool tune_note(struct tune_search *search, const struct gemm_parameters *parameters);

/* To be called when the best set changes. */
void tune_search_improved(struct tune_search *search);

void tune_search_clear(struct tune_search *search);

#endif
