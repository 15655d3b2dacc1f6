/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Augmentation of a data set on the host, to be looked at. */
#include <math.h>
#include <stdlib.h>

#include <nncl/train.h>

#include "base/status.h"
#include "data/dataset.h"
#include "ref/ref.h"

/* The op knows what amounts it takes. */
static enum nncl_status check(const struct nncl_augment *augment, size_t features)
{
    const struct nncl_shape words = {1, {NNCL_STATE_SIZE}}, row = {2, {1, features}};
    struct nncl_op_list *list = NULL;
    nncl_tensor_id state, x, out;
    enum nncl_status status;
    TRY(nncl_op_list_create(&list));
    TRY(nncl_op_list_tensor(list, "state", NNCL_UINT32, &words, &state));
    TRY(nncl_op_list_tensor(list, "x", NNCL_FLOAT32, &row, &x));
    TRY(nncl_op_augment(list, augment, state, x, &out));
out:
    nncl_op_list_free(&list);
    return status;
}

/* Changes row number `row`; x and out [features] are room to work in. */
static void change_row(const struct nncl_augment *augment, const struct nncl_dataset_source *source,
    size_t row, size_t features, float *x, float *out, void *to)
{
    const uint32_t state[NNCL_STATE_SIZE] = {[NNCL_STATE_POSITION] = (uint32_t)row};
    const bool bytes = source->type == NNCL_UINT8;
    for (size_t i = 0; i < features; i++)
        x[i] = bytes ? ((const uint8_t *)source->features)[row * features + i]
                     : ((const float *)source->features)[row * features + i];
    ref_augment(1, augment, state, x, out);
    for (size_t i = 0; i < features; i++)
        if (bytes)
            ((uint8_t *)to)[row * features + i] =
                (uint8_t)(fminf(fmaxf(out[i], 0.0f), 255.0f) + 0.5f);
        else
            ((float *)to)[row * features + i] = out[i];
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
    room = malloc(2 * features * sizeof *room);
    to = malloc(size);
    if (!room || !to)
        TRY(nncl_fail_memory("changed pictures", size));
    for (size_t row = 0; row < source->rows; row++)
        change_row(&augment, source, row, features, room, room + features, to);
    changed.features = to;
    TRY(nncl_dataset_create(&changed, augmented));
out:
    free(room);
    free(to);
    return status;
}
