/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* What cltool says about a device, as text and as JSON from one table. */
#ifndef TOOLS_CLTOOL_PROPERTIES_H
#define TOOLS_CLTOOL_PROPERTIES_H

#include <nncl/device.h>

#include "common/output.h"

/* How a kind of device is called in texts: "GPU", "integrated GPU", … */
const char *kind_label(enum nncl_device_kind kind);

/* All properties, one line each. `for_others`: without what identifies this one machine. */
void properties_add(const struct nncl_device_info *info, bool for_others, struct output *output);

/* All properties as an object; null for what the driver does not say. NULL when out of memory. */
json_t *properties_json(const struct nncl_device_info *info);

#endif
