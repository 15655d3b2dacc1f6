/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What augmentations mean, on the device and on the host. */
#ifndef NNCL_TRAIN_AUGMENT_DATA_H
#define NNCL_TRAIN_AUGMENT_DATA_H

#include <nncl/ops.h>

/* The displacement field that `augment` asks for: noise by *elastic, smoothed by *elastic and then,
 * having been turned over, by *turned. */
void augment_field(
    const struct nncl_augment *augment, struct nncl_elastic *elastic, struct nncl_elastic *turned);

#endif
