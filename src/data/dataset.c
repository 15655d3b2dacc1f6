/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "data/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/label.h"
#include "base/status.h"

struct nncl_dataset {
    struct nncl_dataset_source source;
    void *features;
    uint32_t *labels;
    const char *const *names; /* of the classes, one piece of memory; NULL: they have none */
};

size_t dataset_row_features(const struct nncl_picture_shape *shape)
{
    size_t features = shape->height;
    if (shape->width && features > SIZE_MAX / shape->width)
        return 0;
    features *= shape->width;
    if (shape->channels && features > SIZE_MAX / shape->channels)
        return 0;
    return features * shape->channels;
}

static enum nncl_status check_source(const struct nncl_dataset_source *source)
{
    const struct nncl_picture_shape *shape = &source->shape;
    if (source->type != NNCL_UINT8 && source->type != NNCL_FLOAT32)
        return nncl_fail(NNCL_USAGE,
            "cannot make a data set: its features must be of type NNCL_UINT8 or NNCL_FLOAT32");
    if (source->rows == 0)
        return nncl_fail(NNCL_USAGE, "cannot make a data set of no rows");
    if (source->rows > UINT32_MAX)
        return nncl_fail(NNCL_USAGE, "cannot make a data set of %zu rows: at most %u are possible",
            source->rows, UINT32_MAX);
    size_t features = dataset_row_features(shape);
    if (features == 0 || features > SIZE_MAX / sizeof(float) / source->rows)
        return nncl_fail(NNCL_USAGE,
            "cannot make a data set of %zu rows of %u x %u x %u features: each must be at least 1, "
            "and their product must fit into memory",
            source->rows, shape->height, shape->width, shape->channels);
    if (source->class_names && source->classes == 0)
        return nncl_fail(
            NNCL_USAGE, "cannot make a data set: its classes have names, but no number");
    if (!isfinite(source->scale) || !isfinite(source->shift))
        return nncl_fail(NNCL_USAGE, "cannot make a data set: its scale or shift is not finite");
    return NNCL_OK;
}

static enum nncl_status check_finite(const float *features, size_t rows, size_t row_size)
{
    for (size_t i = 0; i < rows * row_size; i++)
        if (!isfinite(features[i]))
            return nncl_fail(NNCL_BAD_DATA, "feature %zu of row %zu is not a finite number",
                i % row_size, i / row_size);
    return NNCL_OK;
}

/* Checks the labels against *classes, or finds *classes if it is 0. */
static enum nncl_status check_labels(const uint32_t *labels, size_t rows, uint32_t *classes)
{
    uint32_t limit = *classes ? *classes : UINT32_MAX, largest = 0;
    for (size_t row = 0; row < rows; row++) {
        if (labels[row] >= limit)
            return nncl_fail(NNCL_USAGE,
                "the label %u of row %zu is out of range: it must be below %u", labels[row], row,
                limit);
        if (labels[row] > largest)
            largest = labels[row];
    }
    if (*classes == 0)
        *classes = largest + 1;
    return NNCL_OK;
}

static float default_scale(enum nncl_type type)
{
    return type == NNCL_UINT8 ? 1.0f / 255.0f : 1.0f;
}

/* Checks everything and fills in the defaults. */
static enum nncl_status complete(struct nncl_dataset_source *source)
{
    enum nncl_status status = check_source(source);
    if (status == NNCL_OK && source->type == NNCL_FLOAT32)
        status = check_finite(source->features, source->rows, dataset_row_features(&source->shape));
    if (status == NNCL_OK && source->labels)
        status = check_labels(source->labels, source->rows, &source->classes);
    if (source->scale == 0)
        source->scale = default_scale(source->type);
    return status;
}

enum nncl_status dataset_adopt(const struct nncl_dataset_source *source, void *features,
    uint32_t *labels, struct nncl_dataset **dataset)
{
    struct nncl_dataset_source own = *source;
    own.features = features;
    own.labels = labels;
    enum nncl_status status = complete(&own);
    if (status != NNCL_OK)
        return status;
    const char *const *names = NULL;
    status = labels_copy(own.class_names, own.classes, &names);
    if (status != NNCL_OK)
        return status;
    own.class_names = names;
    struct nncl_dataset *new = malloc(sizeof *new);
    if (!new) {
        free((void *)names);
        return nncl_fail_memory("a data set", sizeof *new);
    }
    *new = (struct nncl_dataset){
        .source = own, .features = features, .labels = labels, .names = names};
    *dataset = new;
    return NNCL_OK;
}

static enum nncl_status duplicate(const char *what, const void *bytes, size_t size, void **copy)
{
    *copy = malloc(size);
    if (!*copy)
        return nncl_fail_memory(what, size);
    memcpy(*copy, bytes, size);
    return NNCL_OK;
}

enum nncl_status nncl_dataset_create(
    const struct nncl_dataset_source *source, struct nncl_dataset **dataset)
{
    enum nncl_status status = NNCL_OK;
    void *features = NULL, *labels = NULL;
    if (!source->features)
        TRY(nncl_fail(NNCL_USAGE, "cannot make a data set: there are no features"));
    TRY(check_source(source));
    size_t size =
        source->rows * dataset_row_features(&source->shape) * nncl_type_size(source->type);
    TRY(duplicate("a data set's features", source->features, size, &features));
    if (source->labels)
        TRY(duplicate(
            "a data set's labels", source->labels, source->rows * sizeof(uint32_t), &labels));
    TRY(dataset_adopt(source, features, labels, dataset));
    features = labels = NULL;
out:
    free(features);
    free(labels);
    return status;
}

void nncl_dataset_free(struct nncl_dataset **dataset)
{
    if (!*dataset)
        return;
    free((*dataset)->features);
    free((*dataset)->labels);
    free((void *)(*dataset)->names);
    free(*dataset);
    *dataset = NULL;
}

const struct nncl_dataset_source *nncl_dataset_get(const struct nncl_dataset *dataset)
{
    return &dataset->source;
}

enum nncl_status nncl_dataset_name_classes(
    struct nncl_dataset *dataset, const char *const *names, uint32_t count)
{
    const char *const *copy = NULL;
    if (count < dataset->source.classes)
        return nncl_fail(NNCL_USAGE, "there are %u names for the %u classes of a data set", count,
            dataset->source.classes);
    enum nncl_status status = labels_copy(names, count, &copy);
    if (status != NNCL_OK)
        return status;
    free((void *)dataset->names);
    dataset->names = dataset->source.class_names = copy;
    dataset->source.classes = count;
    return NNCL_OK;
}

enum nncl_status nncl_dataset_normalise(struct nncl_dataset *dataset, float scale, float shift)
{
    if (!isfinite(scale) || !isfinite(shift))
        return nncl_fail(NNCL_USAGE, "cannot normalise a data set: scale or shift is not finite");
    dataset->source.scale = scale == 0 ? default_scale(dataset->source.type) : scale;
    dataset->source.shift = shift;
    return NNCL_OK;
}
