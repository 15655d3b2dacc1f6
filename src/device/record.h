/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Recording when each launch ran: nncl_device_record's other side. */
#ifndef NNCL_DEVICE_RECORD_H
#define NNCL_DEVICE_RECORD_H

#include "device/device.h"

struct step;

/* Enqueues a step of a plan on a device that records. */
enum nncl_status record_step(struct step *step);

/* Reports what the host has computed by itself. Times are nncl_clock's. */
void record_host(
    struct nncl_device *device, const struct nncl_launch *launch, double begin, double end);

/* Reports the launches known to be done, in order; with `wait` all that are under way. Does nothing
 * on a device that does not record. */
enum nncl_status record_harvest(struct nncl_device *device, bool wait);

/* Ends recording without a report of what has not been reported. */
void record_drop(struct nncl_device *device);

#endif
