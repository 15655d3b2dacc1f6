/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* A program's whole source text. */
#ifndef NNCL_DEVICE_SOURCE_H
#define NNCL_DEVICE_SOURCE_H

#include "base/text.h"
#include "device/device.h"

/* Appends the text of cl/<name>.cl: common.h.cl, then the file itself, each `#include "x.h.cl"`
 * line (at most one in effect per file) replaced by that file. `#line` directives make a compiler's
 * log name cl/<file>:<line>. A file in the folder $NNCL_CL_DIR takes the place of the built-in one.
 * Errors: NNCL_BUILD_FAILED naming a file that does not exist, NNCL_BAD_DATA for one in
 * $NNCL_CL_DIR that cannot be read, NNCL_OUT_OF_MEMORY. */
enum nncl_status source_append(struct text *text, const char *name);

#endif
