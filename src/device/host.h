/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* The host as a device. */
#ifndef NNCL_DEVICE_HOST_H
#define NNCL_DEVICE_HOST_H

#include "device/device.h"

/* Opens `ref`: plain C on the host. Errors: NNCL_OUT_OF_MEMORY. */
enum nncl_status host_device_open(struct nncl_device **device);

#endif
