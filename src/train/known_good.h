/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which devices have been checked before. */
#ifndef NNCL_TRAIN_KNOWN_GOOD_H
#define NNCL_TRAIN_KNOWN_GOOD_H

#include <stdbool.h>

#include <nncl/device.h>

/* Whether this device, with its driver, this nncl and this CLBlast, has passed the check with these
 * products. The reference needs none. */
bool known_good(struct nncl_device *device, const char *gemm);

/* Runs the quick check and remembers that it passed, in the cache folder. Blocks.
 * Errors: NNCL_CHECK_FAILED, and those of nncl_check. */
enum nncl_status become_known_good(struct nncl_device *device, const char *gemm);

#endif
