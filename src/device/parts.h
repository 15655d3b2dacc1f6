/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Several programs as one source text: a compiler then reads the language's own declarations, which
 * take most drivers longer than a kernel does, only once. */
#ifndef NNCL_DEVICE_PARTS_H
#define NNCL_DEVICE_PARTS_H

#include "base/text.h"
#include "device/device.h"

/* Appends the text of cl/<name>.cl as part `number`. Its build options `options` ("-DX=1 -DY")
 * become macros that end with the part, as all its own macros do; the kernels, functions, types
 * and structures that it defines get names of their own. These are found by the words `kernel`,
 * `inline`, `typedef` and `struct`, without which none is defined in cl/.
 * Errors: as source_append. */
enum nncl_status part_append(
    struct text *text, const char *name, const char *options, unsigned number);

/* The name of a kernel of part `number`, to be freed; NULL without memory. */
char *part_kernel(const char *kernel, unsigned number);

#endif
