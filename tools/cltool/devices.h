/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Finding devices, and failing in both kinds of output. */
#ifndef TOOLS_CLTOOL_DEVICES_H
#define TOOLS_CLTOOL_DEVICES_H

#include <stdbool.h>

#include <nncl/device.h>

/* Whether nncl can compute on any device of the list. */
bool devices_any_eligible(const struct nncl_device_list *list);

/* Prints the diagnosis to stderr. Returns the exit status: NNCL_NO_DEVICE, unless memory runs out.
 */
int devices_diagnose(void);

/* Prints the last error to stderr and, if `json`, {"error": …} to stdout. Returns `status`. */
int devices_fail(enum nncl_status status, bool json);

#endif
