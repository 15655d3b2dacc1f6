/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Checking a device and putting the outcome into words, for `check` and `report`. */
#ifndef TOOLS_CLTOOL_CHECKING_H
#define TOOLS_CLTOOL_CHECKING_H

#include <nncl/check.h>

#include "common/output.h"

/* Adds an op's line, and the first failure under it. */
void checking_add(const struct nncl_check_result *result, struct output *output);

/* An op's result as an object. */
json_t *checking_json(const struct nncl_check_result *result);

#endif
