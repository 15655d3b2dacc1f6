/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef TOOLS_CLTOOL_PRIVACY_H
#define TOOLS_CLTOOL_PRIVACY_H

#include "common/output.h"

/* Adds `text` to `output` without private data: the home folder becomes ~, the user's name <user>,
 * and what stands before the @ of an address <hidden>. */
void privacy_add(struct output *output, const char *text);

#endif
