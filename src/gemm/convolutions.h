/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What the tuning database knows of convolutions: how fast each was directly and as a matrix
 * product. */
#ifndef NNCL_GEMM_CONVOLUTIONS_H
#define NNCL_GEMM_CONVOLUTIONS_H

#include <jansson.h>

#include "gemm/database.h"

/* "forward", as files call it. */
const char *tuning_pass_name(enum tuning_pass pass);

/* "direct" or "product". */
const char *tuning_way_name(bool product);

/* Adds a copy. Of a convolution and a way there is one record: the newer one, and of the same date
 * the one that was measured, the faster one. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status tuning_add_convolution(
    struct tuning_database *database, const struct tuning_convolution_record *record);

/* Puts a record in place of what is known of its convolution and way. */
enum nncl_status tuning_put_convolution(
    struct tuning_database *database, const struct tuning_convolution_record *record);

/* The record of a convolution and a way; NULL: none. */
const struct tuning_convolution_record *tuning_convolution_find(
    const struct tuning_database *database, const struct tuning_convolution *convolution,
    bool product);

bool tuning_same_convolution(
    const struct tuning_convolution *one, const struct tuning_convolution *other);

/* Whether the database says which way convolutions like this one are faster: that of the closest
 * one that was tried both ways. Its window, stride, dilation, groups, padding and pass are the
 * same, its sizes no more than a factor of two away (above 32 pictures are alike). */
bool tuning_convolution_way(const struct tuning_database *database,
    const struct tuning_convolution *convolution, bool *product);

/* A record's figures as a line, cut to `size`: another line, another record. */
void tuning_describe_convolution(
    const struct tuning_convolution_record *record, char *text, size_t size);

/* ---- Files: convolutions_file.c ---- */

/* A convolution as a JSON object, to which more may be added; NULL without memory. */
json_t *tuning_convolution_json(const struct tuning_convolution *convolution);

/* The convolution that an object tells; false if something lacks or is out of range. */
bool tuning_take_convolution(const json_t *object, struct tuning_convolution *convolution);

/* The same of whole records. */
json_t *tuning_convolution_record_json(const struct tuning_convolution_record *record);
bool tuning_take_convolution_record(const json_t *entry, struct tuning_convolution_record *record);

/* What entries of all kinds have in common: database_file.c. */
bool tuning_take_size(const json_t *object, const char *key, size_t *size);
bool tuning_take_flag(const json_t *object, const char *key, bool *flag);
bool tuning_take_text(const json_t *object, const char *key, char *text, size_t size);
bool tuning_take_time(const json_t *time, struct tuning_time *value);
bool tuning_take_end(const json_t *entry, enum tuning_end *end, char what[TUNING_WHAT]);
bool tuning_is_date(const char *text);
json_t *tuning_time_json(const struct tuning_time *time);

#endif
