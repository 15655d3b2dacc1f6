/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#include "train/feeder.h"

#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/status.h"
#include "data/dataset.h"
#include "device/device.h"

/* One staging buffer's host side. */
struct side {
    uint8_t *features; /* [piece][features]; NULL until first used */
    uint32_t *labels;  /* [piece] */
    struct fence features_uploaded, labels_uploaded;
    struct fence left; /* the steps that read the device's side */
};

struct feeder {
    const struct device_data *data;
    uint64_t seed;
    bool shuffle;
    uint32_t epoch;
    uint32_t entered, next; /* the piece entered last, and the one to be gathered next */
    struct side sides[2];
};

enum nncl_status feeder_create(
    const struct device_data *data, uint64_t seed, bool shuffle, struct feeder **feeder)
{
    struct feeder *made = calloc(1, sizeof *made);
    if (!made)
        return nncl_fail_memory("a feeder", sizeof *made);
    *made = (struct feeder){.data = data, .seed = seed, .shuffle = shuffle};
    *feeder = made;
    return NNCL_OK;
}

void feeder_free(struct feeder **feeder)
{
    if (!*feeder)
        return;
    nncl_error_hold();
    for (unsigned i = 0; i < 2; i++) {
        struct side *side = &(*feeder)->sides[i];
        (void)fence_wait(&side->features_uploaded);
        (void)fence_wait(&side->labels_uploaded);
        fence_clear(&side->left);
        free(side->features);
        free(side->labels);
    }
    nncl_error_restore();
    free(*feeder);
    *feeder = NULL;
}

void feeder_begin(struct feeder *feeder, uint32_t epoch, uint32_t piece)
{
    feeder->epoch = epoch;
    feeder->entered = feeder->next = piece;
}

static enum nncl_status allocate(const struct device_data *data, struct side *side)
{
    size_t bytes = data->features[0]->buffer->bytes;
    if (!side->features)
        side->features = malloc(bytes);
    if (!side->labels)
        side->labels = malloc(data->labels[0]->buffer->bytes);
    if (!side->features || !side->labels)
        return nncl_fail_memory("a piece of the data", bytes);
    return NNCL_OK;
}

static void gather(const struct feeder *feeder, uint32_t first, uint32_t rows, struct side *side)
{
    const struct nncl_dataset_source *source = nncl_dataset_get(feeder->data->dataset);
    const size_t bytes = dataset_row_features(&source->shape) * nncl_type_size(source->type);
    for (uint32_t i = 0; i < rows; i++) {
        uint32_t row = first + i;
        if (feeder->shuffle)
            row = nncl_permuted(feeder->seed, feeder->epoch, feeder->data->rows, row);
        memcpy(side->features + i * bytes, (const uint8_t *)source->features + row * bytes, bytes);
        side->labels[i] = source->labels[row];
    }
}

static enum nncl_status upload_next(struct feeder *feeder)
{
    enum nncl_status status = NNCL_OK;
    const struct device_data *data = feeder->data;
    const unsigned part = feeder->next % 2;
    struct side *side = &feeder->sides[part];
    const uint32_t first = feeder->next * data->piece, left = data->rows - first,
                   rows = left < data->piece ? left : data->piece;
    TRY(allocate(data, side));
    TRY(fence_wait(&side->features_uploaded)); /* long ago: the host's side is free */
    TRY(fence_wait(&side->labels_uploaded));
    gather(feeder, first, rows, side);
    struct buffer *features = data->features[part]->buffer;
    TRY(buffer_upload(features, side->features, features->bytes / data->piece * rows, &side->left,
        &side->features_uploaded));
    TRY(buffer_upload(data->labels[part]->buffer, side->labels, rows * sizeof *side->labels,
        &side->left, &side->labels_uploaded));
    feeder->next++;
out:
    return status;
}

enum nncl_status feeder_enter(struct feeder *feeder, uint32_t piece)
{
    enum nncl_status status = NNCL_OK;
    struct side *side = &feeder->sides[piece % 2];
    if (feeder->next <= piece)
        TRY(upload_next(feeder));
    feeder->entered = piece;
    TRY(fence_hold(&side->features_uploaded));
    TRY(fence_hold(&side->labels_uploaded));
out:
    return status;
}

enum nncl_status feeder_leave(struct feeder *feeder, uint32_t piece)
{
    return device_mark(feeder->data->features[0]->buffer->device, &feeder->sides[piece % 2].left);
}

enum nncl_status feeder_prefetch(struct feeder *feeder)
{
    bool there = feeder->next > feeder->entered + 1;
    bool any = (uint64_t)feeder->next * feeder->data->piece < feeder->data->rows;
    return there || !any ? NNCL_OK : upload_next(feeder);
}
