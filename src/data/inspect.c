/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Looking at a data set: balance of its classes, mean and deviation, rows that are suspicious. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "data/dataset.h"

/* A row by its content. */
struct entry {
    uint64_t hash;
    const uint8_t *bytes;
    size_t size;
    uint32_t row;
    bool other; /* of the other data set */
};

/* FNV-1a (Fowler, Noll and Vo) in 64 bits. */
static uint64_t hash_of(const uint8_t *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

static int by_content(const struct entry *a, const struct entry *b)
{
    return a->hash != b->hash ? (a->hash < b->hash ? -1 : 1) : memcmp(a->bytes, b->bytes, a->size);
}

/* Equal contents stand together, the rows of the set itself first and in order. */
static int by_all(const void *one, const void *another)
{
    const struct entry *a = one, *b = another;
    int order = by_content(a, b);
    if (order == 0)
        order = a->other - b->other;
    return order ? order : (a->row > b->row) - (a->row < b->row);
}

static void add_entries(const struct nncl_dataset_source *source, bool other, struct entry *entries)
{
    const size_t size = dataset_row_features(&source->shape) * nncl_type_size(source->type);
    for (size_t row = 0; row < source->rows; row++) {
        const uint8_t *bytes = (const uint8_t *)source->features + row * size;
        entries[row] = (struct entry){hash_of(bytes, size), bytes, size, (uint32_t)row, other};
    }
}

/* One run of equal contents: the first `own` entries are the set's. */
static void count_run(const struct nncl_dataset_source *source, const struct entry *run, size_t own,
    size_t count, struct nncl_dataset_report *report)
{
    for (size_t i = 1; i < own; i++) {
        report->duplicates++;
        report->conflicts +=
            source->labels && source->labels[run[i].row] != source->labels[run[0].row];
    }
    if (own < count)
        report->shared += own;
}

static enum nncl_status count_duplicates(const struct nncl_dataset_source *source,
    const struct nncl_dataset_source *other, struct nncl_dataset_report *report)
{
    const size_t count = source->rows + (other ? other->rows : 0);
    struct entry *entries = calloc(count, sizeof *entries);
    if (!entries)
        return nncl_fail_memory("a search for duplicates", count * sizeof *entries);
    add_entries(source, false, entries);
    if (other)
        add_entries(other, true, entries + source->rows);
    qsort(entries, count, sizeof *entries, by_all);
    for (size_t begin = 0, end; begin < count; begin = end) {
        size_t own = 0;
        for (end = begin; end < count && by_content(&entries[begin], &entries[end]) == 0; end++)
            own += !entries[end].other;
        count_run(source, &entries[begin], own, end - begin, report);
    }
    free(entries);
    return NNCL_OK;
}

static void count_blank(
    const struct nncl_dataset_source *source, struct nncl_dataset_report *report)
{
    const size_t element = nncl_type_size(source->type),
                 size = dataset_row_features(&source->shape) * element;
    for (size_t row = 0; row < source->rows; row++) {
        const uint8_t *bytes = (const uint8_t *)source->features + row * size;
        report->blank += size > element && memcmp(bytes, bytes + element, size - element) == 0;
    }
}

static enum nncl_status count_classes(
    const struct nncl_dataset_source *source, struct nncl_dataset_report *report)
{
    report->classes = source->labels ? source->classes : 0;
    if (report->classes == 0)
        return NNCL_OK;
    report->class_rows = calloc(report->classes, sizeof *report->class_rows);
    if (!report->class_rows)
        return nncl_fail_memory("the classes", report->classes * sizeof *report->class_rows);
    for (size_t row = 0; row < source->rows; row++)
        report->class_rows[source->labels[row]]++;
    return NNCL_OK;
}

enum nncl_status nncl_dataset_inspect(const struct nncl_dataset *dataset,
    const struct nncl_dataset *other, struct nncl_dataset_report *report)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset),
                                     *second = other ? nncl_dataset_get(other) : NULL;
    struct nncl_dataset_report new = {0};
    if (second && (second->type != source->type ||
                      dataset_row_features(&second->shape) != dataset_row_features(&source->shape)))
        TRY(nncl_fail(NNCL_USAGE, "cannot compare data sets with rows of different sizes"));
    TRY(count_classes(source, &new));
    TRY(count_duplicates(source, second, &new));
    count_blank(source, &new);
    nncl_dataset_moments(dataset, &new.mean, &new.deviation);
    *report = new;
    new = (struct nncl_dataset_report){0};
out:
    nncl_dataset_report_free(&new);
    return status;
}

void nncl_dataset_report_free(struct nncl_dataset_report *report)
{
    free(report->class_rows);
    *report = (struct nncl_dataset_report){0};
}

/* Exact for bytes: how often each value occurs. */
static void byte_moments(const uint8_t *bytes, size_t count, double *mean, double *deviation)
{
    uint64_t histogram[256] = {0};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        histogram[bytes[i]]++;
    for (unsigned value = 0; value < 256; value++)
        sum += (double)histogram[value] * value;
    *mean = sum / (double)count;
    for (unsigned value = 0; value < 256; value++)
        squares += (double)histogram[value] * (value - *mean) * (value - *mean);
    *deviation = sqrt(squares / (double)count);
}

static void float_moments(const float *values, size_t count, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i];
    *mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += ((double)values[i] - *mean) * ((double)values[i] - *mean);
    *deviation = sqrt(squares / (double)count);
}

void nncl_dataset_moments(const struct nncl_dataset *dataset, double *mean, double *deviation)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    const size_t count = source->rows * dataset_row_features(&source->shape);
    if (source->type == NNCL_UINT8)
        byte_moments(source->features, count, mean, deviation);
    else
        float_moments(source->features, count, mean, deviation);
}
