/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Streaming data through a device: the host gathers the rows of the next piece, in the order in
 * which steps use them, while the device computes on this one. */
#ifndef NNCL_TRAIN_FEEDER_H
#define NNCL_TRAIN_FEEDER_H

#include "train/parameters.h"

struct feeder;

/* `data` has staging buffers and outlives the feeder. `shuffle`: by the epoch's permutation under
 * `seed`, as nncl_op_permute. Free with feeder_free. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status feeder_create(
    const struct device_data *data, uint64_t seed, bool shuffle, struct feeder **feeder);

/* Waits for uploads under way, frees and clears; *feeder may be NULL. */
void feeder_free(struct feeder **feeder);

/* From here on pieces are those of `epoch`, beginning with number `piece`. */
void feeder_begin(struct feeder *feeder, uint32_t epoch, uint32_t piece);

/* Has what is enqueued from now on wait for `piece`, which is in part piece % 2 of the data.
 * Pieces are entered in order. */
enum nncl_status feeder_enter(struct feeder *feeder, uint32_t piece);

/* Says that all steps on `piece` are enqueued. */
enum nncl_status feeder_leave(struct feeder *feeder, uint32_t piece);

/* Gathers and uploads the piece behind the one entered last, if that is not done yet. Does not wait
 * for the device. */
enum nncl_status feeder_prefetch(struct feeder *feeder);

#endif
