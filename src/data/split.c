/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Parts of a data set: rows by number, and the rows set aside for a validation. */
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "data/dataset.h"

static void copy_rows(const struct nncl_dataset_source *source, const uint32_t *rows, size_t count,
    uint8_t *features, uint32_t *labels)
{
    const size_t bytes = dataset_row_features(&source->shape) * nncl_type_size(source->type);
    for (size_t i = 0; i < count; i++) {
        memcpy(features + i * bytes, (const uint8_t *)source->features + rows[i] * bytes, bytes);
        if (labels)
            labels[i] = source->labels[rows[i]];
    }
}

enum nncl_status nncl_dataset_select(const struct nncl_dataset *dataset, const uint32_t *rows,
    size_t count, struct nncl_dataset **selection)
{
    enum nncl_status status = NNCL_OK;
    struct nncl_dataset_source source = *nncl_dataset_get(dataset);
    const size_t bytes = dataset_row_features(&source.shape) * nncl_type_size(source.type);
    uint8_t *features = NULL;
    uint32_t *labels = NULL;
    for (size_t i = 0; i < count; i++)
        if (rows[i] >= source.rows)
            TRY(nncl_fail(NNCL_USAGE, "cannot select row %u of a data set of %zu rows", rows[i],
                source.rows));
    if (count == 0 || count > SIZE_MAX / bytes)
        TRY(nncl_fail(NNCL_USAGE, "cannot select %zu rows of a data set", count));
    features = malloc(count * bytes);
    labels = source.labels ? malloc(count * sizeof *labels) : NULL;
    if (!features || (source.labels && !labels))
        TRY(nncl_fail_memory("a part of a data set", count * bytes));
    copy_rows(&source, rows, count, features, labels);
    source.rows = count;
    TRY(dataset_adopt(&source, features, labels, selection));
    features = NULL;
    labels = NULL;
out:
    free(features);
    free(labels);
    return status;
}

/* Per class: its rows, how many of them are set aside, and how many were met so far. */
struct stratum {
    uint32_t rows, quota, met;
};

static enum nncl_status count_classes(
    const struct nncl_dataset_source *source, double fraction, struct stratum **strata)
{
    const size_t classes = source->labels ? source->classes : 1;
    struct stratum *new = calloc(classes, sizeof *new);
    if (!new)
        return nncl_fail_memory("the classes of a data set", classes * sizeof *new);
    for (size_t row = 0; row < source->rows; row++)
        new[source->labels ? source->labels[row] : 0].rows++;
    for (size_t class = 0; class < classes; class ++)
        new[class].quota = (uint32_t)((double)new[class].rows *fraction + 0.5);
    *strata = new;
    return NNCL_OK;
}

/* Puts the numbers of the rows that stay at the front of `rows`, and of those set aside behind
 * them. Returns how many stay. */
static size_t divide(const struct nncl_dataset_source *source, uint64_t seed,
    struct stratum *strata, size_t aside, uint32_t *rows)
{
    size_t stay = source->rows - aside, kept = 0, taken = stay;
    for (size_t row = 0; row < source->rows; row++) {
        const uint32_t class = source->labels ? source->labels[row] : 0;
        struct stratum *stratum = &strata[class];
        /* Epochs count up from 0, so these permutations are none of theirs. */
        bool out =
            nncl_permuted(seed, UINT32_MAX - class, stratum->rows, stratum->met++) < stratum->quota;
        rows[out ? taken++ : kept++] = (uint32_t)row;
    }
    return stay;
}

enum nncl_status nncl_dataset_split(const struct nncl_dataset *dataset, double fraction,
    uint64_t seed, struct nncl_dataset **rest, struct nncl_dataset **part)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    struct stratum *strata = NULL;
    uint32_t *rows = NULL;
    struct nncl_dataset *new_rest = NULL;
    size_t aside = 0;
    if (!(fraction > 0 && fraction < 1))
        TRY(nncl_fail(
            NNCL_USAGE, "cannot set %g of a data set aside: it must be in (0, 1)", fraction));
    TRY(count_classes(source, fraction, &strata));
    for (size_t class = 0; class < (source->labels ? source->classes : 1); class ++)
        aside += strata[class].quota;
    if (aside == 0 || aside == source->rows)
        TRY(nncl_fail(NNCL_USAGE,
            "cannot set %g of a data set of %zu rows aside: no row would be left on one side",
            fraction, source->rows));
    rows = malloc(source->rows * sizeof *rows);
    if (!rows)
        TRY(nncl_fail_memory("the rows of a data set", source->rows * sizeof *rows));
    size_t stay = divide(source, seed, strata, aside, rows);
    TRY(nncl_dataset_select(dataset, rows, stay, &new_rest));
    TRY(nncl_dataset_select(dataset, rows + stay, aside, part));
    *rest = new_rest;
    new_rest = NULL;
out:
    nncl_dataset_free(&new_rest);
    free(strata);
    free(rows);
    return status;
}
