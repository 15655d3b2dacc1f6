/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* On which devices which networks have been checked before. */
#ifndef NNCL_TRAIN_KNOWN_GOOD_H
#define NNCL_TRAIN_KNOWN_GOOD_H

#include <stdbool.h>

#include <nncl/data.h>
#include <nncl/device.h>
#include <nncl/model.h>
#include <nncl/train.h>

/* Whether this device, with its driver, this nncl, this CLBlast and these products, has passed the
 * check with this network, these options and this kind of data. The reference needs none. */
bool known_good(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_fit_options *options);

/* Keeps the verdict in the cache folder. */
void remember_good(struct nncl_device *device, const struct nncl_model *model,
    const struct nncl_dataset *train, const struct nncl_fit_options *options);

#endif
