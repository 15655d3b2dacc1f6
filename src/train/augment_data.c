/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Augmentation of a data set on the host, to be looked at. */
#include <math.h>
#include <stdlib.h>

#include <nncl/train.h>

#include "base/status.h"
#include "data/dataset.h"
#include "ref/ref.h"
#include "train/augment_data.h"

void augment_field(
    const struct nncl_augment *augment, struct nncl_elastic *elastic, struct nncl_elastic *turned)
{
    enum { USUAL_SIGMA = 4 };
    const struct nncl_augmentation *by = &augment->by;
    *elastic = (struct nncl_elastic){.seed = augment->seed,
        .height = augment->shape.height,
        .width = augment->shape.width,
        .amount = by->elastic,
        .sigma = by->sigma != 0 ? by->sigma : USUAL_SIGMA};
    *turned = *elastic;
    turned->height = elastic->width;
    turned->width = elastic->height;
}

/* The ops know what amounts they take. */
static enum nncl_status check(const struct nncl_augment *augment, size_t features)
{
    const struct nncl_shape words = {1, {NNCL_STATE_SIZE}}, row = {2, {1, features}};
    const struct nncl_mixup mixup = {augment->seed, augment->by.mixup};
    struct nncl_op_list *list = NULL;
    struct nncl_elastic elastic, turned;
    nncl_tensor_id state, x, out;
    enum nncl_status status;
    augment_field(augment, &elastic, &turned);
    TRY(nncl_op_list_create(&list));
    TRY(nncl_op_list_tensor(list, "state", NNCL_UINT32, &words, &state));
    TRY(nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &row, &x));
    TRY(nncl_op_augment(list, augment, state, x, &out));
    TRY(nncl_op_elastic_noise(list, &elastic, 1, state, &out));
    if (mixup.alpha != 0)
        TRY(nncl_op_mixup_weights(list, &mixup, 1, state, &out));
out:
    nncl_op_list_free(&list);
    return status;
}

/* The displacement field of a picture, at the begin of `room`, [4 · pixels]. */
static void make_field(const struct nncl_augment *augment, const uint32_t *state, float *room)
{
    struct nncl_elastic elastic, turned;
    augment_field(augment, &elastic, &turned);
    float *other = room + 2 * (size_t)elastic.height * elastic.width;
    ref_elastic_noise(1, &elastic, state, room);
    ref_elastic_smooth(2, elastic.height, elastic.width, elastic.sigma, room, other);
    ref_elastic_smooth(2, turned.height, turned.width, turned.sigma, other, room);
}

/* Changes row number `row` into out [features]; x [5 · features] is room to work in. */
static void change_row(const struct nncl_augment *augment, const struct nncl_dataset_source *source,
    size_t row, size_t features, float *x, float *out)
{
    float *field = augment->by.elastic != 0 ? x + features : NULL;
    const uint32_t state[NNCL_STATE_SIZE] = {[NNCL_STATE_POSITION] = (uint32_t)row};
    const bool bytes = source->type == NNCL_UINT8;
    for (size_t i = 0; i < features; i++)
        x[i] = bytes ? ((const uint8_t *)source->features)[row * features + i]
                     : ((const float *)source->features)[row * features + i];
    if (field)
        make_field(augment, state, field);
    ref_augment(1, augment, state, x, field, out);
}

/* What becomes of row number `row`, at the begin of `room`, [ROOM][features]; the whole set is one
 * batch, in which it is mixed with the next row. */
enum { ROOM = 9 };
static void make_row(const struct nncl_augment *augment, const struct nncl_dataset_source *source,
    size_t row, size_t features, float *room)
{
    const uint32_t state[NNCL_STATE_SIZE] = {[NNCL_STATE_POSITION] = (uint32_t)row};
    const struct nncl_mixup mixup = {augment->seed, augment->by.mixup};
    float *pair = room + 2 * features, *x = pair + 2 * features, weights[2] = {1, 1};
    change_row(augment, source, row, features, x, mixup.alpha == 0 ? room : pair);
    if (mixup.alpha == 0)
        return;
    change_row(augment, source, (row + 1) % source->rows, features, x, pair + features);
    ref_mixup_weights(1, &mixup, state, weights);
    ref_mixup(2, features, pair, weights, room);
}

static void store_row(
    const struct nncl_dataset_source *source, size_t row, size_t features, const float *x, void *to)
{
    for (size_t i = 0; i < features; i++)
        if (source->type == NNCL_UINT8)
            ((uint8_t *)to)[row * features + i] =
                (uint8_t)(fminf(fmaxf(x[i], 0.0f), 255.0f) + 0.5f);
        else
            ((float *)to)[row * features + i] = x[i];
}

enum nncl_status nncl_dataset_augment(const struct nncl_dataset *dataset,
    const struct nncl_augmentation *by, uint64_t seed, struct nncl_dataset **augmented)
{
    enum nncl_status status = NNCL_OK;
    const struct nncl_dataset_source *source = nncl_dataset_get(dataset);
    const size_t features = dataset_row_features(&source->shape),
                 size = source->rows * features * nncl_type_size(source->type);
    struct nncl_augment augment = {.seed = seed, .shape = source->shape, .by = *by};
    struct nncl_dataset_source changed = *source;
    float *room = NULL;
    void *to = NULL;
    augment.by.noise *= source->type == NNCL_UINT8 ? 255.0f : 1.0f;
    TRY(check(&augment, features));
    room = malloc(ROOM * features * sizeof *room);
    to = malloc(size);
    if (!room || !to)
        TRY(nncl_fail_memory("changed pictures", size));
    for (size_t row = 0; row < source->rows; row++) {
        make_row(&augment, source, row, features, room);
        store_row(source, row, features, room, to);
    }
    changed.features = to;
    TRY(nncl_dataset_create(&changed, augmented));
out:
    free(room);
    free(to);
    return status;
}
