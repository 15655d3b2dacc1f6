/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* How providers read a left operand through windows: cl/windows.h.cl. */
#ifndef NNCL_GEMM_WINDOWS_H
#define NNCL_GEMM_WINDOWS_H

#include "gemm/gemm.h"

enum { WINDOWS_OPTIONS = 256 };

/* The build options of cl/windows.h.cl, to append to a kernel's own; "" for a product whose left
 * operand is a matrix. */
const char *windows_options(const struct gemm *gemm, char options[WINDOWS_OPTIONS]);

#endif
