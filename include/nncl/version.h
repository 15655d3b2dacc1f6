/* SPDX-FileCopyrightText: The nncl authors
 * SPDX-License-Identifier: Apache-2.0 */

/* Which nncl this is. */
#ifndef NNCL_VERSION_H
#define NNCL_VERSION_H

#include <nncl/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNCL_VERSION "0.1.0"

/* The version of the library in use, as in NNCL_VERSION; static storage. Thread-safety: safe. */
NNCL_API const char *nncl_version(void);

#ifdef __cplusplus
}
#endif
#endif
